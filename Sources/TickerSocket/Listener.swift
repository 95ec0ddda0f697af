import CLinux
import Glibc

/// A listening Unix socket. Whoever holds it closes it with ``close()``.
struct Listener {
  /// Connections that wait to be accepted; the kernel cuts it to net.core.somaxconn.
  private static let backlog: Int32 = 4096

  let descriptor: Int32
  /// The path with the file's identity when it was bound here, nil for one that was handed in.
  private let bound: (path: String, file: FileIdentity)?

  /// Binds `path` with `mode`. A socket left behind by a dead process is replaced, a living one never.
  init(path: String, mode: Int) throws(SocketError) {
    try Self.clearStale(path)
    let descriptor = clinux_unix_socket()
    guard descriptor >= 0 else { throw SocketError("create a socket for \(path)", errno: errno) }
    do throws(SocketError) {
      try Self.bind(descriptor, to: path, mode: mode)
    } catch {
      Glibc.close(descriptor)
      throw error
    }
    self.descriptor = descriptor
    bound = FileIdentity(path).map { (path, $0) }
  }

  /// Takes over a listening socket, from systemd for example.
  init(handedIn descriptor: Int32) throws(SocketError) {
    guard clinux_set_nonblocking(descriptor) == 0 else {
      throw SocketError("use the listening descriptor \(descriptor) that was handed in", errno: errno)
    }
    self.descriptor = descriptor
    bound = nil
  }

  /// Stops listening; removes the file that was bound here, but not a successor's.
  func close() {
    if let bound, FileIdentity(bound.path) == bound.file { unlink(bound.path) }
    Glibc.close(descriptor)
  }
}

extension Listener {
  private static func clearStale(_ path: String) throws(SocketError) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFSOCK else {
      throw SocketError(.system, "\(path) is there and is no socket; move it away or choose another runtime folder")
    }
    let probe = clinux_unix_socket()
    guard probe >= 0 else { throw SocketError("create a socket to try \(path)", errno: errno) }
    defer { Glibc.close(probe) }
    let address = try UnixAddress(path)
    let answered = address.connect(probe)
    // EAGAIN: somebody listens and has a full backlog.
    if answered == 0 || answered == EAGAIN {
      throw SocketError(.inUse, "another tickerd listens on \(path); stop it or choose another runtime folder")
    }
    guard answered == ECONNREFUSED else { throw SocketError("find out who listens on \(path)", errno: answered) }
    guard unlink(path) == 0 || errno == ENOENT else { throw SocketError("remove the stale \(path)", errno: errno) }
  }

  private static func bind(_ descriptor: Int32, to path: String, mode: Int) throws(SocketError) {
    let address = try UnixAddress(path)
    // Before bind(2), the mode narrows the file that bind makes, whatever the umask; after it, the mode is exact.
    guard fchmod(descriptor, mode_t(mode)) == 0 else { throw SocketError("set the mode of \(path)", errno: errno) }
    let failure = address.bind(descriptor)
    if failure == ENOENT { throw SocketError(.system, "the folder of \(path) is missing; create it") }
    if failure == EACCES || failure == EROFS {
      throw SocketError(
        .system, "cannot create \(path): \(SocketError.text(of: failure)); it needs a folder of its own")
    }
    guard failure == 0 else { throw SocketError("bind \(path)", errno: failure) }
    guard chmod(path, mode_t(mode)) == 0 else { throw SocketError("set the mode of \(path)", errno: errno) }
    guard listen(descriptor, backlog) == 0 else { throw SocketError("listen on \(path)", errno: errno) }
  }
}

/// Which file a path named at some moment.
private struct FileIdentity: Equatable {
  let device: dev_t
  let inode: ino_t

  init?(_ path: String) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    device = status.st_dev
    inode = status.st_ino
  }
}

/// A path as unix(7) takes it. Pure value.
struct UnixAddress {
  /// `sun_path` has 108 bytes, the last one zero.
  static let longestPath = 107

  private let address: sockaddr_un

  init(_ path: String) throws(SocketError) {
    let bytes = Array(path.utf8)
    guard (1...Self.longestPath).contains(bytes.count) else {
      throw SocketError(
        .system,
        "the socket path \(path) has \(bytes.count) bytes, at most \(Self.longestPath) fit; choose a shorter one")
    }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    self.address = address
  }

  /// 0 or an errno.
  func bind(_ descriptor: Int32) -> Int32 {
    withPointer { Glibc.bind(descriptor, $0, $1) == 0 ? 0 : errno }
  }

  /// 0 or an errno.
  func connect(_ descriptor: Int32) -> Int32 {
    withPointer { Glibc.connect(descriptor, $0, $1) == 0 ? 0 : errno }
  }

  private func withPointer(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
  }
}
