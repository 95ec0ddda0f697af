import Glibc

/// A document that a person names on the command line: a file, a pipe, or standard input.
enum InputFile {
  /// Why there are no bytes, in a sentence.
  struct Unreadable: Error {
    let reason: String
  }

  /// Bytes of a document given by hand; more is refused.
  static let longest = 256 << 20

  /// Everything in `path`, or on standard input without one.
  static func bytes(of path: String?) throws(Unreadable) -> [UInt8] {
    guard let path else { return try readAll(STDIN_FILENO) }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Unreadable(reason: "cannot be opened: \(String(cString: strerror(errno)))") }
    defer { close(descriptor) }
    return try readAll(descriptor)
  }

  private static func readAll(_ descriptor: Int32) throws(Unreadable) -> [UInt8] {
    var bytes: [UInt8] = []
    // A file's size is known: memory that grows would be twice as much for a moment.
    var status = stat()
    if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG {
      bytes.reserveCapacity(min(max(Int(status.st_size), 0), longest) + 1)
    }
    var piece = [UInt8](repeating: 0, count: 64 << 10)
    while bytes.count <= longest {
      let count = read(descriptor, &piece, piece.count)
      if count == 0 { return bytes }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw Unreadable(reason: "cannot be read: \(String(cString: strerror(errno)))") }
      bytes += piece[..<count]
    }
    throw Unreadable(reason: "is larger than \(longest >> 20) MiB")
  }
}
