import Glibc

/// A file open for reading. Owns its descriptor; used on one thread, closed when it goes out of scope.
struct OpenFile: ~Copyable {
  enum Fault: Error, Equatable {
    /// errno of what failed.
    case system(Int32)
    case notAFile
    /// It has more bytes than allowed.
    case longer(than: Int)

    /// A part of a sentence.
    var text: String {
      switch self {
      case .system(let number): String(cString: strerror(number))
      case .notAFile: "it is not a file"
      case .longer(let limit): "it is longer than \(limit) bytes"
      }
    }
  }

  private let descriptor: Int32
  /// The permission bits.
  let mode: mode_t

  /// Opens a regular file, or with `pipes` also what a shell puts in a file's place (`-c /dev/stdin`, `-c <(…)`).
  init(_ path: String, pipes: Bool = false) throws(Fault) {
    // Without O_NONBLOCK, opening a pipe that nobody writes to would hang.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .system(errno) }
    var facts = stat()
    let known = fstat(descriptor, &facts) == 0
    let kind = facts.st_mode & S_IFMT
    guard known, kind == S_IFREG || pipes && kind == S_IFIFO else {
      close(descriptor)
      throw .notAFile
    }
    if kind == S_IFIFO { _ = fcntl(descriptor, F_SETFL, 0) }
    self.descriptor = descriptor
    mode = facts.st_mode & 0o7777
  }

  deinit { close(descriptor) }

  /// All its bytes from here on, at most `limit`.
  func read(atMost limit: Int) throws(Fault) -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .system(errno) }
      guard count > 0 else { return bytes }
      bytes += buffer[..<count]
      guard bytes.count <= limit else { throw .longer(than: limit) }
    }
  }
}
