import CLinux
import Glibc
import TickerText

/// The journal's own protocol (https://systemd.io/JOURNAL_NATIVE_PROTOCOL): one datagram of `FIELD=value` lines for an
/// entry. Any thread.
final class JournalSocket: Sendable {
  private static let path = "/run/systemd/journal/socket"
  /// A longer datagram would need a sealed file in memory; a sentence never is.
  private static let longestValue = 16 << 10

  private let socket: Int32

  /// Nil unless standard error is the journal, which systemd tells by its device and inode (systemd.exec(5)): a
  /// redirected one is not.
  init?() {
    var status = stat()
    guard let stream = getenv("JOURNAL_STREAM"), fstat(STDERR_FILENO, &status) == 0,
      String(cString: stream) == "\(status.st_dev):\(status.st_ino)"
    else { return nil }
    socket = clinux_datagram_socket()
    guard socket >= 0, Self.connect(socket) else { return nil }
  }

  deinit { if socket >= 0 { close(socket) } }

  /// False when the journal did not take the entry.
  func send(_ message: String, priority: Int, fields: [(key: String, value: String)]) -> Bool {
    var entry: [UInt8] = []
    Self.append("MESSAGE", message, to: &entry)
    Self.append("PRIORITY", String(priority), to: &entry)
    Self.append("SYSLOG_IDENTIFIER", "tickerd", to: &entry)
    for field in fields { Self.append(Self.name(field.key), field.value, to: &entry) }
    return clinux_send_datagram(socket, entry, entry.count, -1) == entry.count
  }

  /// Fields are named in capital letters, digits and underscores, after the program.
  private static func name(_ key: String) -> String {
    let letters = key.utf8.map { byte -> UInt8 in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - 32
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): byte
      default: UInt8(ascii: "_")
      }
    }
    return "TICKERD_" + String(decoding: letters.prefix(48), as: UTF8.self)
  }

  /// Escaped text has no line feed, which would end the field.
  private static func append(_ name: String, _ value: String, to entry: inout [UInt8]) {
    entry += Array(name.utf8)
    entry.append(UInt8(ascii: "="))
    entry += VisibleText.escaped(value).utf8.prefix(longestValue)
    entry.append(UInt8(ascii: "\n"))
  }

  private static func connect(_ socket: Int32) -> Bool {
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path.utf8) }
    return withUnsafePointer(to: &name) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
      }
    }
  }
}
