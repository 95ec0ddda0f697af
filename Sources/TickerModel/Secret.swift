import TickerText

/// Where a secret stands; the secret itself never stands in the configuration.
public enum SecretReference: Sendable, Hashable {
  /// A systemd credential, a file of that name in `$CREDENTIALS_DIRECTORY`.
  case credential(String)
  /// A file that nobody but its owner (and group) may read.
  case file(String)
  /// An environment variable.
  case environment(String)

  /// How messages name it: never the value.
  public var description: String {
    switch self {
    case .credential(let name): "credential \(name)"
    case .file(let path): "file \(path)"
    case .environment(let name): "variable \(name)"
    }
  }
}

/// A URL that is written in the configuration, or is a secret itself.
public enum ConfiguredURL: Sendable, Hashable {
  case literal(String)
  case secret(SecretReference)

  /// What may be shown of it.
  public var description: String {
    switch self {
    case .literal(let url): MaskedURL.text(url)
    case .secret(let reference): reference.description
    }
  }
}

/// A URL as logs, errors and tables show it: without userinfo, query values or fragment.
public enum MaskedURL {
  /// `https://host/path`; userinfo and query values are replaced by a short hash of the whole URL, which tells two
  /// of them apart without telling what they are.
  public static func text(_ url: String) -> String {
    let parts = URLParts(url)
    guard parts.userinfo != nil || parts.query != nil else { return VisibleText.escaped(parts.withoutFragment) }
    return VisibleText.escaped(parts.scheme + "://" + parts.authority + parts.path) + " (" + mark(url) + ")"
  }

  /// Host and a short hash, for a URL whose every part is secret.
  public static func hostOnly(_ url: String) -> String {
    VisibleText.escaped(URLParts(url).authority) + " (" + mark(url) + ")"
  }

  /// `#` and a short hash, which tells one secret from another without telling what it is.
  public static func mark(_ url: String) -> String {
    "#" + BinaryText.hex(Digest.sha256(Array(url.utf8)).prefix(4))
  }
}
