import Glibc
import TickerText

/// Folders that the daemon needs and makes where they are missing. Any thread; blocks as long as the disk takes.
public enum Folder {
  /// Nobody but the daemon's user reads what is recorded.
  public static let stateMode: UInt32 = 0o700
  /// The sockets' own modes decide who may connect.
  public static let runtimeMode: UInt32 = 0o755

  /// Makes the folder at the absolute `path`, and those above it that are missing, with `mode`.
  public static func make(_ path: String, mode: UInt32) throws(StoreError) {
    var made = ""
    for part in path.split(separator: "/") {
      made += "/" + part
      guard mkdir(made, mode) != 0, errno != EEXIST, access(made, F_OK) != 0 else { continue }
      throw StoreError(.disk, "\(VisibleText.escaped(made)) cannot be made: \(String(cString: strerror(errno)))")
    }
  }

  /// The folder in which a file stands.
  static func of(_ file: String) -> String {
    guard let slash = file.lastIndex(of: "/") else { return "." }
    return slash == file.startIndex ? "/" : String(file[..<slash])
  }
}
