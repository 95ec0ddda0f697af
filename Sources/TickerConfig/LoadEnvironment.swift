@preconcurrency import Glibc  // `environ` is a mutable C global; it is read once, before anything could change it

/// What of the process decides how a configuration is found and read; a value, so that nothing depends on global state.
public struct LoadEnvironment: Sendable {
  /// Where the configuration of the machine stands.
  public static let systemConfiguration = "/etc/tickerd/tickerd.toml"

  /// The environment variables.
  public let variables: [String: String]
  /// Whether the effective user is root.
  public let isRoot: Bool
  /// The last place where a configuration is looked for.
  public let systemConfiguration: String
  /// The groups of this machine.
  let groups: UserGroups

  /// A made-up one, for tests.
  public init(
    variables: [String: String], isRoot: Bool, systemConfiguration: String = LoadEnvironment.systemConfiguration
  ) {
    self.init(
      variables: variables, isRoot: isRoot, systemConfiguration: systemConfiguration,
      groups: .ofMachine(isRoot: isRoot))
  }

  init(variables: [String: String], isRoot: Bool, systemConfiguration: String, groups: UserGroups) {
    self.groups = groups
    self.variables = variables
    self.isRoot = isRoot
    self.systemConfiguration = systemConfiguration
  }

  /// That of this process, as it was at the first use.
  public static let process = LoadEnvironment(variables: processVariables(), isRoot: geteuid() == 0)

  /// `path` with a leading `~/` resolved; nil when it is relative, or when the home folder is not known.
  func absolute(_ path: String) -> String? {
    guard path.hasPrefix("~/") else { return path.hasPrefix("/") ? path : nil }
    return home.map { $0 + path.dropFirst() }
  }

  /// The configuration of the user; nil for root, whose configuration is the machine's.
  var userConfiguration: String? {
    guard !isRoot else { return nil }
    return (folder("XDG_CONFIG_HOME") ?? home.map { $0 + "/.config" }).map { $0 + "/tickerd/tickerd.toml" }
  }

  /// The database where the configuration names none; nil when a user has no home folder.
  var defaultState: String? {
    if let folder = serviceFolder("STATE_DIRECTORY") { return folder + "/tickerd.db" }
    guard !isRoot else { return "/var/lib/tickerd/tickerd.db" }
    return (folder("XDG_STATE_HOME") ?? home.map { $0 + "/.local/state" }).map { $0 + "/tickerd/tickerd.db" }
  }

  /// Where the daemon of this user listens when the configuration names nothing; nil when a user has no home folder.
  public var defaultControlSocket: String? { defaultState.map { defaultRuntime(state: $0) + "/tickerd.sock" } }

  /// The folder of the sockets where the configuration names none.
  func defaultRuntime(state: String) -> String {
    if let folder = serviceFolder("RUNTIME_DIRECTORY") { return folder }
    guard !isRoot else { return "/run/tickerd" }
    return folder("XDG_RUNTIME_DIR").map { $0 + "/tickerd" } ?? PathText.folder(of: state)
  }

  /// A folder that the service manager made; of several the first (systemd.exec(5), "RuntimeDirectory=").
  private func serviceFolder(_ variable: String) -> String? {
    variables[variable].flatMap { $0.split(separator: ":").first }.flatMap { $0.hasPrefix("/") ? String($0) : nil }
  }

  private var home: String? { folder("HOME") }

  /// A variable that names a folder. Relative ones are invalid and ignored, as the XDG Base Directory Specification
  /// asks (https://specifications.freedesktop.org/basedir-spec/latest/#basics).
  private func folder(_ variable: String) -> String? {
    guard let path = variables[variable], path.hasPrefix("/") else { return nil }
    return path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
  }

  private static func processVariables() -> [String: String] {
    var variables: [String: String] = [:]
    var next = environ
    while let entry = next.pointee {
      let parts = String(cString: entry).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
      next += 1
    }
    return variables
  }
}

/// Paths as text.
enum PathText {
  /// The folder a path stands in: `.` for a bare name.
  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
