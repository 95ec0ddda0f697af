import Glibc
public import TickerModel
import TickerText

/// What reading a configuration came to.
public struct LoadedConfiguration: Sendable {
  /// Nil when there is any fault.
  public let configuration: Configuration?
  /// The daemon's settings as far as they could be read, also where something is faulty: a client finds the running
  /// daemon by them.
  public let daemon: DaemonSettings
  /// Everything found, warnings too, in the order of `files` and within each in that of its lines. At most a
  /// thousand of either severity a file.
  public let faults: [ConfigurationFault]
  /// The main file and those it includes, as they were read.
  public let files: [String]
}

/// No configuration was found.
public struct ConfigurationNotFound: Error, Sendable, Equatable {
  /// Where it was looked for, in this order.
  public let places: [String]

  /// A sentence that says what to do next, safe for a terminal.
  public var text: String {
    "no configuration; looked for " + places.map(VisibleText.escaped).joined(separator: ", ")
      + "; write one of them, or name one with -c FILE or TICKERD_CONFIG"
  }
}

/// A configuration in a file, with those that it includes. Blocks for file reads; any thread, no state.
public enum ConfigurationFile {
  /// Where the configuration is: `explicit` (of `-c`), `TICKERD_CONFIG`, the user's, the machine's, the first that is
  /// named or there. One that is named need not be there: reading it will tell.
  public static func find(
    explicit: String?, environment: LoadEnvironment
  ) throws(ConfigurationNotFound) -> String {
    if let explicit { return explicit }
    if let named = environment.variables["TICKERD_CONFIG"], !named.isEmpty { return named }
    let places = [environment.userConfiguration, environment.systemConfiguration].compactMap { $0 }
    guard let found = places.first(where: { access($0, F_OK) == 0 }) else {
      throw ConfigurationNotFound(places: places)
    }
    return found
  }

  /// Reads `path` and what it includes, and finds every fault in one run. `selectorFault` tells what is wrong with a
  /// selector or path, nil when nothing is.
  public static func load(
    path: String, environment: LoadEnvironment,
    selectorFault: @escaping @Sendable (String, RuleLanguage) -> String?
  ) -> LoadedConfiguration {
    var main = topTable(of: path, pipes: true, title: "the main file", keys: Keys.mainFile)
    let included = IncludedFiles.paths(&main, environment: environment).map {
      topTable(of: $0, pipes: false, title: "an included file", keys: Keys.repeatedTables)
    }
    let context = SourceContext(environment: environment, selectorFault: selectorFault)
    var assembly = ConfigurationAssembly(files: [main] + included, context: context)
    let configuration = assembly.configuration()
    let faults = assembly.files.flatMap { $0.faults.sorted { $0.place < $1.place } }
    return LoadedConfiguration(
      configuration: faults.contains { $0.severity == .fault } ? nil : configuration, daemon: configuration.daemon,
      faults: faults, files: assembly.files.map(\.file))
  }

  private static func topTable(of path: String, pipes: Bool, title: String, keys: [String]) -> TableReader {
    var bytes: [UInt8] = []
    var unreadable: OpenFile.Fault?
    do throws(OpenFile.Fault) {
      bytes = try OpenFile(path, pipes: pipes).read(atMost: Bounds.fileBytes)
    } catch { unreadable = error }
    let document = SyntaxRecovery(bytes, file: path)
    var reader = TableReader(document.table, file: path, title: title, keys: keys)
    for fault in document.faults { reader.report(fault) }
    if let unreadable { reader.fault(.file, "cannot be read: \(unreadable.text)" + advice(on: unreadable)) }
    return reader
  }

  private static func advice(on fault: OpenFile.Fault) -> String {
    switch fault {
    case .system(ENOENT): "; write it, or name another with -c FILE"
    case .system(EACCES): "; become a user who may read it, or change its mode"
    case .longer: "; split it with include"
    default: "; name a file with -c FILE"
    }
  }
}

extension ConfigurationFault {
  fileprivate var place: Place { Place(line: line, column: column) }
}
