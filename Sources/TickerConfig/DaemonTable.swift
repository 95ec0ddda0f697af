import TickerModel

/// The `[daemon]` table.
enum DaemonTable {
  /// The settings with the defaults of `environment` filled in. `top` is the main file.
  static func read(_ top: inout TableReader, environment: LoadEnvironment) -> DaemonSettings {
    let written = top.table("daemon", title: "[daemon]", keys: Keys.daemon)
    var table =
      written
      ?? TableReader(TOMLTable(entries: [], place: .file), file: top.file, title: "[daemon]", keys: Keys.daemon)
    let state = path("state", in: &table, environment) ?? defaultState(&table, environment)
    let runtime = path("runtime", in: &table, environment) ?? environment.defaultRuntime(state: state)
    var settings = DaemonSettings(state: state, runtime: runtime)
    readSocketMode(&table, into: &settings.socketMode)
    readUserAgent(&table, into: &settings.userAgent)
    table.choice("log_level", into: &settings.logLevel)
    table.integer("max_transfers", within: Bounds.maxTransfers, into: &settings.maxTransfers)
    table.integer("max_subscribers", within: Bounds.maxSubscribers, into: &settings.maxSubscribers)
    table.integer("keep_documents", within: Bounds.keepDocuments, into: &settings.keepDocuments)
    table.size("keep_bytes", within: Bounds.keepBytes, into: &settings.keepBytes)
    table.integer("per_host", within: Bounds.perHost, into: &settings.perHost)
    PacingValues.budget(&table, into: &settings.requestBudget)
    judgeSocketPath(settings, &table)
    readAdminGroup(&table, into: &settings, environment)
    top.absorb(table)
    return settings
  }

  /// An absolute path without a slash at its end.
  private static func path(_ key: String, in table: inout TableReader, _ environment: LoadEnvironment) -> String? {
    guard let text = table.text(key) else { return nil }
    guard let path = environment.absolute(text.value), path.contains(where: { $0 != "/" }) else {
      let message = "\(key): \(Quoted.text(text.value)) must be an absolute path, or begin with ~/ (and HOME be set)"
      table.fault(text.place, message, excerpt: Quoted.text(text.value))
      return nil
    }
    guard path.hasSuffix("/") else { return path }
    guard key != "state" else {
      table.fault(text.place, "state: the path of a file, not of a folder", excerpt: Quoted.text(text.value))
      return nil
    }
    return String(path.reversed().drop { $0 == "/" }.reversed())
  }

  private static func defaultState(_ table: inout TableReader, _ environment: LoadEnvironment) -> String {
    if let state = environment.defaultState { return state }
    if !table.has("state") {
      table.fault(table.table.place, "state: no default without HOME or XDG_STATE_HOME; write an absolute path")
    }
    return "/"
  }

  private static func readSocketMode(_ table: inout TableReader, into mode: inout Int) {
    guard let entry = table.take("socket_mode") else { return }
    guard case .string(let text) = entry.node.value, (3...4).contains(text.utf8.count),
      text.utf8.allSatisfy({ (0x30...0x37).contains($0) }), let written = Int(text, radix: 8),
      Bounds.socketMode.range.contains(written)
    else { return table.fault(entry, expected: "an octal file mode in quotes, \"0000\" to \"0777\", such as \"0660\"") }
    mode = written
    if written & 0o002 != 0 {
      table.warn(entry.node.place, "socket_mode: everybody on this machine may connect", excerpt: entry.node.excerpt)
    }
  }

  /// It goes into a header line as it is (RFC 9110 §5.5).
  private static func readUserAgent(_ table: inout TableReader, into userAgent: inout String) {
    guard let text = table.text("user_agent") else { return }
    guard (1...Bounds.userAgentBytes).contains(text.value.utf8.count), text.value.utf8.allSatisfy({ $0 < 0x80 }) else {
      let message = "user_agent: 1 to \(Bounds.userAgentBytes) characters of ASCII"
      return table.fault(text.place, message, excerpt: Quoted.text(text.value))
    }
    userAgent = text.value
  }

  /// Whoever may subscribe could command as well, if the group were the sockets' own.
  private static func readAdminGroup(
    _ table: inout TableReader, into settings: inout DaemonSettings, _ environment: LoadEnvironment
  ) {
    guard let text = table.text("admin_group") else { return }
    let excerpt = Quoted.text(text.value)
    guard let number = environment.groups.number(of: text.value) else {
      return table.fault(text.place, "admin_group: there is no group \(excerpt) on this machine", excerpt: excerpt)
    }
    if environment.groups.ofSocket(settings.controlSocket) == number {
      return table.fault(
        text.place, "admin_group: \(excerpt) is the group of the sockets: everybody who may subscribe could command",
        excerpt: excerpt)
    }
    settings.adminGroup = UserGroup(name: text.value, number: number)
  }

  private static func judgeSocketPath(_ settings: DaemonSettings, _ table: inout TableReader) {
    let length = settings.controlSocket.utf8.count
    guard length > Bounds.socketPathBytes else { return }
    let source = table.has("runtime") ? "" : " (the default here)"
    table.fault(
      table.table["runtime"]?.node.place ?? table.table.place,
      "runtime\(source): the path of tickerd.sock in it has \(length) bytes, a socket's path at most "
        + "\(Bounds.socketPathBytes); choose a shorter one", excerpt: Quoted.text(settings.runtime))
  }
}
