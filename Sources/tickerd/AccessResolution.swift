import TickerConfig
import TickerFetch
import TickerModel
import TickerText

/// Makes of configured headers, logins and proxies what requests take, with the secrets read.
struct AccessResolution {
  /// What is missing or cannot be used, a sentence each, without any secret.
  private(set) var problems: [String] = []

  /// The secret that `reference` names; nil with a problem noted.
  mutating func read(_ reference: SecretReference, for subject: String) -> String? {
    do throws(SecretError) { return try SecretReader.read(reference, environment: .process) } catch {
      problems.append("\(subject): \(error.text)")
      return nil
    }
  }

  mutating func access(of source: Source) -> FetchAccess {
    let subject = "source \(source.name)"
    var headers = headers(source.headers, for: subject)
    if let auth = source.auth, let login = login(auth, for: "\(subject): auth") {
      headers.append(Header("authorization", login))
    }
    return FetchAccess(
      headers: headers,
      proxy: proxy(source.proxy, for: "\(subject): proxy"), caFile: source.caFile, insecure: source.insecure)
  }

  mutating func access(of webhook: Webhook) -> FetchAccess {
    let subject = "webhook \(webhook.name)"
    return FetchAccess(
      headers: headers(webhook.headers, for: subject), proxy: proxy(webhook.proxy, for: "\(subject): proxy"))
  }
}

extension AccessResolution {
  private mutating func headers(_ headers: [ConfiguredHeader], for subject: String) -> [Header] {
    headers.compactMap { header in
      switch header.value {
      case .literal(let value): return Header(header.name, value)
      case .secret(let reference):
        guard let value = read(reference, for: "\(subject): header \(header.name)") else { return nil }
        if let reason = HeaderRule.fault(inValue: value) {
          problems.append("\(subject): header \(header.name): \(reference.description) \(reason)")
        }
        return Header(header.name, value)
      }
    }
  }

  private mutating func login(_ auth: ConfiguredAuth, for subject: String) -> String? {
    switch auth {
    case .basic(let reference):
      guard let text = read(reference, for: subject) else { return nil }
      if !text.contains(":") { problems.append("\(subject): \(reference.description) is not user:password") }
      return "Basic " + BinaryText.base64(Array(text.utf8))
    case .bearer(let reference):
      guard let token = read(reference, for: subject) else { return nil }
      if !token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
        problems.append("\(subject): \(reference.description) is no token: visible ASCII without blanks")
      }
      return "Bearer " + token
    }
  }

  private mutating func proxy(_ url: ConfiguredURL?, for subject: String) -> String? {
    switch url {
    case nil: return nil
    case .literal(let url): return url
    case .secret(let reference):
      guard let url = read(reference, for: subject) else { return nil }
      if let reason = URLRule.faultInProxy(url) { problems.append("\(subject): \(reference.description) \(reason)") }
      return url
    }
  }
}
