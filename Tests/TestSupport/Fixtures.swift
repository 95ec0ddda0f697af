import Glibc

/// A file that tells a test case.
public struct FixtureFile: Sendable, CustomStringConvertible {
  public let name: String
  public let text: String
  public var description: String { name }
}

/// Test cases that are files: found beside the test, not by `resources:`, which would bring Foundation in.
public enum Fixtures {
  public struct Missing: Error {
    public let path: String
  }

  /// The files of `folder` beside the source file `source` whose names end so, in name order; never empty.
  public static func files(in folder: String, ending: String, beside source: String) throws -> [FixtureFile] {
    let path = self.folder(of: source) + "/" + folder
    guard let directory = opendir(path) else { throw Missing(path: path) }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasSuffix(ending) { names.append(name) }
    }
    guard !names.isEmpty else { throw Missing(path: path + "/*" + ending) }
    return try names.sorted().map { FixtureFile(name: $0, text: try text(of: path + "/" + $0)) }
  }

  /// The bytes of a file.
  public static func bytes(of path: String) throws -> [UInt8] {
    guard let file = fopen(path, "rb") else { throw Missing(path: path) }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0 { return bytes }
      bytes += buffer[..<count]
    }
  }

  public static func text(of path: String) throws -> String { String(decoding: try bytes(of: path), as: UTF8.self) }

  /// The folder of a file's path.
  public static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
  }
}
