import CLinux
import Glibc

/// Tells systemd how the service is (sd_notify(3)): datagrams to `$NOTIFY_SOCKET`, nothing where there is none.
struct ServiceManager: Sendable {
  private let address: String?

  init(address: String? = getenv("NOTIFY_SOCKET").map { String(cString: $0) }) { self.address = address }

  func ready(status: String) { send("READY=1\nSTATUS=\(status)") }

  /// MONOTONIC_USEC is mandatory from systemd 253 on.
  func reloading() { send("RELOADING=1\nMONOTONIC_USEC=\(clinux_monotonic() / 1000)") }

  func stopping() { send("STOPPING=1") }

  private func send(_ message: String) {
    guard let address, !address.isEmpty else { return }
    let socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard socket >= 0 else { return }
    defer { close(socket) }
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    // An abstract address is written with @ for its leading NUL.
    let path = Array(address.utf8).enumerated().map { $0 == 0 && $1 == UInt8(ascii: "@") ? 0 : $1 }
    guard path.count < MemoryLayout.size(ofValue: name.sun_path) else { return }
    withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path) }
    let length = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
    let bytes = Array(message.utf8)
    withUnsafePointer(to: &name) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = sendto(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL), $0, length)
      }
    }
  }
}
