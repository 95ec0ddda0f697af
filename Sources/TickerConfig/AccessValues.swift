import Glibc
import TickerModel

/// What requests carry and go through: `headers`, `auth`, `proxy`, `ca_file`, `insecure`.
extension TableReader {
  /// `headers = { Name = "value", Other = { env = "NAME" } }`; a table of its own replaces that of `[defaults]` whole.
  mutating func headers(into headers: inout [ConfiguredHeader], environment: LoadEnvironment) {
    guard let entry = take("headers") else { return }
    guard case .table(let table) = entry.node.value else {
      return fault(entry, expected: "a table such as { Accept-Language = \"en\" }")
    }
    guard table.entries.count <= Bounds.headers else {
      return fault(entry.node.place, "headers: \(table.entries.count) headers, at most \(Bounds.headers) are sent")
    }
    headers = table.entries.compactMap { header($0, environment) }
    var names: Set<String> = []
    for written in table.entries where !names.insert(written.key.lowercased()).inserted {
      fault(written.place, "headers: \(Quoted.text(written.key)) is there in another case already")
    }
  }

  /// `auth = { basic = SECRET }` or `auth = { bearer = SECRET }`.
  mutating func auth(into auth: inout ConfiguredAuth?, environment: LoadEnvironment) {
    guard let entry = take("auth") else { return }
    guard case .table(let table) = entry.node.value else {
      return fault(entry, expected: "{ basic = … } or { bearer = … }")
    }
    var inner = TableReader(table, file: file, title: "auth", keys: Keys.auth)
    let given = Keys.auth.compactMap { form in inner.take(form).map { (form: form, node: $0.node) } }
    if given.count == 1,
      let reference = SecretTable.read(given[0].form, given[0].node, in: &inner, environment: environment)
    {
      auth = given[0].form == "basic" ? .basic(reference) : .bearer(reference)
    } else if given.count != 1, inner.faults.isEmpty {
      inner.fault(entry.node.place, "auth: exactly one of basic, whose secret is user:password, and bearer")
    }
    absorb(inner)
  }

  /// A proxy's URL, or `""` for none where `[defaults]` has one.
  mutating func proxy(into proxy: inout ConfiguredURL?, environment: LoadEnvironment) {
    guard let entry = take("proxy") else { return }
    switch entry.node.value {
    case .table:
      proxy = SecretTable.read("proxy", entry.node, in: &self, environment: environment).map { .secret($0) }
    case .string(""): proxy = nil
    case .string(let url):
      if let reason = URLRule.faultInProxy(url) {
        let shown = URLValue.shown(url)
        return fault(entry.node.place, "proxy: \(shown ?? "it") \(reason)", excerpt: shown)
      }
      proxy = .literal(url)
    default: fault(entry, expected: "a proxy's URL in quotes, or where it stands as a secret: \(SecretTable.forms)")
    }
  }

  /// A file of certificates in place of the system's.
  mutating func certificates(into path: inout String?, environment: LoadEnvironment) {
    guard let text = text("ca_file") else { return }
    guard let absolute = environment.absolute(text.value) else {
      let message = "ca_file: \(Quoted.text(text.value)) must be an absolute path"
      return fault(text.place, message, excerpt: Quoted.text(text.value))
    }
    path = absolute
    // The daemon may be another user than the one who checks.
    guard access(absolute, R_OK) != 0 else { return }
    warn(
      text.place, "ca_file: \(Quoted.text(text.value)) cannot be read: \(String(cString: strerror(errno)))",
      excerpt: Quoted.text(text.value))
  }

  private mutating func header(_ entry: TOMLEntry, _ environment: LoadEnvironment) -> ConfiguredHeader? {
    let name = entry.key
    if let reason = HeaderRule.fault(inName: name) {
      fault(entry.place, "headers: \(Quoted.text(name)) \(reason)", excerpt: Quoted.text(name))
      return nil
    }
    if case .table = entry.node.value {
      return SecretTable.read(name, entry.node, in: &self, environment: environment)
        .map { ConfiguredHeader(name: name, value: .secret($0)) }
    }
    guard case .string(let value) = entry.node.value else {
      fault(
        entry.node.place,
        "headers: \(Quoted.text(name)): expected a string in quotes, or where it stands as a secret: "
          + SecretTable.forms)
      return nil
    }
    guard !["authorization", "cookie"].contains(name.lowercased()) else {
      fault(entry.node.place, "headers: \(name): secrets never stand in the file; write \(SecretTable.forms)")
      return nil
    }
    if let reason = HeaderRule.fault(inValue: value) {
      fault(entry.node.place, "headers: the value of \(name) \(reason)")
      return nil
    }
    if HeaderRule.isSecret(name) {
      warn(entry.node.place, "headers: \(name) looks like a secret; write \(SecretTable.forms)")
    }
    return ConfiguredHeader(name: name, value: .literal(value))
  }
}
