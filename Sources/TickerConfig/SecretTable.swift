import TickerModel

/// Where a secret stands: `{ credential = "NAME" }`, `{ file = "/path" }` or `{ env = "NAME" }`.
enum SecretTable {
  static let forms = "{ credential = \"NAME\" }, { file = \"/path\" } or { env = \"NAME\" }"
  /// What Standard Webhooks secrets begin with: one that stands in place of a name is not repeated in a message.
  private static let mark = "whsec_"
  /// A file's name has at most so many bytes (NAME_MAX, limits.h).
  private static let longestName = 255

  /// The reference in `node`, which is the value of `key`.
  static func read(
    _ key: String, _ node: TOMLNode, in table: inout TableReader, environment: LoadEnvironment
  ) -> SecretReference? {
    guard case .table(let inner) = node.value else {
      table.fault(node.place, "\(key): secrets never stand in the file; write \(forms)")
      return nil
    }
    var reader = TableReader(inner, file: table.file, title: key, keys: Keys.secret)
    let given = Keys.secret.compactMap { form in reader.text(form).map { (form: form, text: $0) } }
    if given.count != 1, reader.faults.isEmpty { reader.fault(node.place, "\(key): exactly one of \(forms)") }
    defer { table.absorb(reader) }
    guard given.count == 1, let (form, text) = given.first else { return nil }
    guard !text.value.contains(mark) else {
      reader.fault(text.place, "\(key): this looks like the secret itself; write where it stands")
      return nil
    }
    guard let reference = reference(form, text, in: &reader, environment) else { return nil }
    probe(reference, key, at: text.place, in: &reader, environment)
    return reference
  }

  private static func reference(
    _ form: String, _ text: Located<String>, in reader: inout TableReader, _ environment: LoadEnvironment
  ) -> SecretReference? {
    let name = text.value
    switch form {
    case "file":
      if let path = environment.absolute(name) { return .file(path) }
      reader.fault(text.place, "file: \(Quoted.text(name)) must be an absolute path", excerpt: Quoted.text(name))
    case "credential":
      if isName(name), !name.contains("/"), name != ".", name != ".." { return .credential(name) }
      reader.fault(text.place, "credential: \(Quoted.text(name)) is no file name", excerpt: Quoted.text(name))
    default:
      if isName(name), !name.contains("=") { return .environment(name) }
      reader.fault(text.place, "env: \(Quoted.text(name)) is no variable's name", excerpt: Quoted.text(name))
    }
    return nil
  }

  private static func isName(_ name: String) -> Bool { (1...longestName).contains(name.utf8.count) }

  /// What is missing here may be there for the service; what everybody can read is a secret nowhere.
  private static func probe(
    _ reference: SecretReference, _ key: String, at place: Place, in reader: inout TableReader,
    _ environment: LoadEnvironment
  ) {
    guard let error = SecretReader.probe(reference, environment: environment) else { return }
    if case .openToOthers = error.cause {
      reader.fault(place, "\(key): \(error.text)", excerpt: Quoted.plain(reference.description))
    } else {
      reader.warn(place, "\(key): \(error.text)", excerpt: Quoted.plain(reference.description))
    }
  }
}

/// The `url` of a source or webhook.
enum URLValue {
  /// Nil with a fault in `table` when there is none, or no good one. Of a URL that `isSecret` nothing is shown.
  static func read(
    _ table: inout TableReader, schemes: [String], isSecret: Bool = false, environment: LoadEnvironment
  ) -> ConfiguredURL? {
    guard let entry = table.take("url") else {
      table.fault(table.table.place, "\(table.title) needs a url")
      return nil
    }
    if case .table = entry.node.value {
      return SecretTable.read("url", entry.node, in: &table, environment: environment).map { .secret($0) }
    }
    guard case .string(let url) = entry.node.value else {
      table.fault(entry, expected: "a URL in quotes, or where it stands as a secret: \(SecretTable.forms)")
      return nil
    }
    if let reason = URLRule.fault(in: url, schemes: schemes) {
      let shown = isSecret ? nil : shown(url)
      table.fault(entry.node.place, "url: \(shown ?? "it") \(reason)", excerpt: shown)
      return nil
    }
    return .literal(url)
  }

  /// A URL in disorder as far as it may be shown: an `@` can end a password that is not where it should be.
  static func shown(_ url: String) -> String? {
    let parts = URLParts(url)
    guard parts.userinfo == nil, parts.query == nil else { return Quoted.plain(MaskedURL.text(url)) }
    return url.contains("@") ? nil : Quoted.plain(url)
  }

  /// Warns of an address that would be refused at connection.
  static func warnOfPrivateAddress(
    _ url: ConfiguredURL, allowing allowed: [NetworkRange], isSecret: Bool = false, in table: inout TableReader
  ) {
    guard case .literal(let url) = url, let refusal = URLRule.refusal(of: url, allowing: allowed),
      let entry = table.table["url"]
    else { return }
    table.warn(
      entry.node.place,
      "url: \(refusal.address.text) is refused at connection (\(refusal.reason)); to allow it: \(refusal.remedy)",
      excerpt: Quoted.plain(isSecret ? MaskedURL.hostOnly(url) : MaskedURL.text(url)))
  }
}
