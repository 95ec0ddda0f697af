import Glibc

/// An empty folder of its own for one test, removed with everything in it when it is let go of.
public final class TemporaryFolder: Sendable {
  /// Absolute, without slash at the end.
  public let path: String

  /// Makes the folder below `$TMPDIR` or `/tmp`.
  public init() {
    let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(parent)/tickerd-test.XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { preconditionFailure("no temporary folder in \(parent): errno \(errno)") }
    path = String(cString: made)
  }

  deinit { Self.remove(path) }

  /// The path of a file or folder in it.
  public func file(_ name: String) -> String { "\(path)/\(name)" }

  /// Writes a file, replacing one of that name, and returns its path.
  @discardableResult
  public func write(_ name: String, _ bytes: [UInt8], mode: UInt32 = 0o600) -> String {
    let descriptor = open(file(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
    precondition(descriptor >= 0, "cannot write \(file(name)): errno \(errno)")
    defer { close(descriptor) }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      precondition(count > 0, "cannot write \(file(name)): errno \(errno)")
      rest = rest.dropFirst(count)
    }
    return file(name)
  }

  /// Writes a text file, replacing one of that name, and returns its path.
  @discardableResult
  public func write(_ name: String, _ text: String, mode: UInt32 = 0o600) -> String {
    write(name, Array(text.utf8), mode: mode)
  }

  private static func remove(_ path: String) {
    if let folder = opendir(path) {
      while let entry = readdir(folder) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
          pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        guard name != ".", name != ".." else { continue }
        let isFolder = entry.pointee.d_type == UInt8(DT_DIR)
        if isFolder { remove("\(path)/\(name)") } else { unlink("\(path)/\(name)") }
      }
      closedir(folder)
    }
    rmdir(path)
  }
}
