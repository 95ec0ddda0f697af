import CLinux
import Glibc
import TickerSocket

/// What systemd hands to a service it starts (sd_listen_fds(3)): its listening sockets, and the connections that the
/// process before gave into the descriptor store.
enum InheritedDescriptors {
  private static let first: Int32 = 3

  /// Takes what is meant for this process, and no other program will see it again. Before any thread is started:
  /// setenv(3) and getenv(3) do not agree.
  static func take() -> InheritedSockets {
    defer { for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { unsetenv(name) } }
    var sockets = InheritedSockets()
    guard Environment.text("LISTEN_PID") == String(getpid()),
      let count = Environment.text("LISTEN_FDS").flatMap({ Int32($0) }), count > 0
    else { return sockets }
    let names = (Environment.text("LISTEN_FDNAMES") ?? "").split(separator: ":", omittingEmptySubsequences: false)
    for index in 0..<count {
      let name = Int(index) < names.count ? String(names[Int(index)]) : ""
      add(first + index, name, to: &sockets)
    }
    return sockets
  }

  private static func add(_ descriptor: Int32, _ name: String, to sockets: inout InheritedSockets) {
    guard clinux_set_cloexec(descriptor) == 0 else { return }
    switch (clinux_unix_stream_kind(descriptor), role(name, descriptor)) {
    case (listening, "control") where sockets.control == nil:
      sockets.control = descriptor
      sockets.controlPath = path(of: descriptor)
    case (listening, "live") where sockets.live == nil: sockets.live = descriptor
    case (connected, _) where clinux_set_nonblocking(descriptor) == 0:
      sockets.kept.append((name: name, descriptor: descriptor))
    default: close(descriptor)
    }
  }

  private static let listening: Int32 = 2
  private static let connected: Int32 = 1

  /// The name that the socket unit gives (`FileDescriptorName=`); without one, what the socket's path says.
  private static func role(_ name: String, _ descriptor: Int32) -> String {
    guard name != "control", name != "live" else { return name }
    return path(of: descriptor).hasSuffix("/live.sock") ? "live" : "control"
  }

  private static func path(of descriptor: Int32) -> String {
    var address = sockaddr_un()
    var length = socklen_t(MemoryLayout<sockaddr_un>.size)
    let result = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
    }
    guard result == 0 else { return "" }
    return withUnsafeBytes(of: &address.sun_path) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}
