import Glibc
import TickerConfig

/// A folder of its own for one test, removed with everything in it at the end.
final class TemporaryFolder {
  let path: String
  private var made: [String] = []

  init() {
    var template = Array("/tmp/tickerd-config-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { fatalError("mkdtemp: \(String(cString: strerror(errno)))") }
    path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit {
    for made in made.reversed() { remove(made) }
    remove(path)
  }

  /// Writes a file, and the folders it stands in; its path.
  @discardableResult
  func write(_ name: String, _ text: String, mode: mode_t = 0o600) -> String {
    write(name, Array(text.utf8), mode: mode)
  }

  @discardableResult
  func write(_ name: String, _ bytes: [UInt8], mode: mode_t = 0o600) -> String {
    for slash in name.indices where name[slash] == "/" { folder(String(name[..<slash])) }
    let file = path + "/" + name
    made.append(file)
    let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0, Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
      fatalError("\(file): \(String(cString: strerror(errno)))")
    }
    fchmod(descriptor, mode)
    close(descriptor)
    return file
  }

  /// Makes a folder inside; its path.
  @discardableResult
  func folder(_ name: String) -> String {
    let folder = path + "/" + name
    if mkdir(folder, 0o700) == 0 { made.append(folder) }
    return folder
  }
}

extension LoadEnvironment {
  /// Root without any variable: the defaults of the machine.
  static let root = LoadEnvironment(variables: [:], isRoot: true)
}

/// Loads `path` as root would, with selectors that are sound unless they hold `!`.
func load(_ path: String, _ environment: LoadEnvironment = .root) -> LoadedConfiguration {
  ConfigurationFile.load(path: path, environment: environment) { text, _ in text.contains("!") ? "unexpected !" : nil }
}

/// Loads a file of this text.
func load(text: String, _ environment: LoadEnvironment = .root) -> LoadedConfiguration {
  let folder = TemporaryFolder()
  return load(folder.write("tickerd.toml", text), environment)
}

extension LoadedConfiguration {
  /// The faults as lines, with names of files in place of paths.
  var lines: [String] {
    faults.map { fault in
      let name = fault.file.split(separator: "/").last.map(String.init) ?? fault.file
      return ConfigurationFault(
        severity: fault.severity, file: name, line: fault.line, column: fault.column,
        message: fault.message.replacing(fault.file, with: name)
      ).text
    }
  }
}
