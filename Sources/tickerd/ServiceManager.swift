import CLinux
import Glibc
import TickerSocket

/// Tells systemd how the service is (sd_notify(3)): datagrams to `$NOTIFY_SOCKET`, nothing where there is none. Any
/// thread.
struct ServiceManager: Sendable {
  private let address: NotifyAddress?
  /// How often systemd wants to hear that the daemon is alive, in nanoseconds; nil when it does not watch this process.
  let watchdogInterval: Int64?

  init() {
    address = Environment.text("NOTIFY_SOCKET").flatMap(NotifyAddress.init)
    let isMine = Environment.text("WATCHDOG_PID").map { $0 == String(getpid()) } ?? true
    let microseconds = Environment.text("WATCHDOG_USEC").flatMap { Int64($0) }
    watchdogInterval = address != nil && isMine ? microseconds.map { $0 * 1000 }.flatMap { $0 > 0 ? $0 : nil } : nil
  }

  func ready(status: String) { send("READY=1\nSTATUS=\(status)") }

  func show(status: String) { send("STATUS=\(status)") }

  /// MONOTONIC_USEC is mandatory from systemd 253 on.
  func reloading() { send("RELOADING=1\nMONOTONIC_USEC=\(clinux_monotonic() / 1000)") }

  func stopping() { send("STOPPING=1") }

  func isAlive() { send("WATCHDOG=1") }

  /// A socket over which descriptors can be handed to systemd; nil without systemd, or where it keeps none.
  func descriptorStore(on loop: EventLoop) -> DescriptorStore? {
    // systemd 254 and later say how many they keep; for earlier ones the unit says it in the same variable.
    guard let address, let capacity = Environment.text("FDSTORE").flatMap({ Int($0) }), capacity > 0 else { return nil }
    return DescriptorStore(address: address, capacity: capacity, loop: loop)
  }

  private func send(_ message: String) {
    guard let socket = address?.connect() else { return }
    defer { close(socket) }
    let bytes = Array(message.utf8)
    // Waits a moment where systemd is behind: a lost READY=1 would end the service.
    while clinux_send_datagram(socket, bytes, bytes.count, -1) < 0, errno == EAGAIN || errno == EINTR {
      var room = pollfd(fd: socket, events: Int16(POLLOUT), revents: 0)
      guard poll(&room, 1, Self.patience) > 0 else { return }
    }
  }

  /// Milliseconds.
  private static let patience: Int32 = 1000
}

/// Where systemd listens for its services. Pure value.
struct NotifyAddress: Sendable {
  private let name: sockaddr_un
  private let length: socklen_t

  /// An abstract address is written with @ for its leading NUL.
  init?(_ text: String) {
    let path = Array(text.utf8).enumerated().map { $0 == 0 && $1 == UInt8(ascii: "@") ? 0 : $1 }
    var name = sockaddr_un()
    guard !path.isEmpty, path.count < MemoryLayout.size(ofValue: name.sun_path) else { return nil }
    name.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path) }
    self.name = name
    length = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
  }

  /// A connected, non-blocking datagram socket; nil when systemd is not there.
  func connect() -> Int32? {
    let socket = clinux_datagram_socket()
    guard socket >= 0 else { return nil }
    let isConnected = withUnsafePointer(to: name) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(socket, $0, length) == 0 }
    }
    if !isConnected { close(socket) }
    return isConnected ? socket : nil
  }
}

/// What the environment says.
enum Environment {
  static func text(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
