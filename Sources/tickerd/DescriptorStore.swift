import CLinux
import Glibc
import TickerSocket

/// systemd's descriptor store (`FileDescriptorStoreMax=`, sd_pid_notify_with_fds(3)): it keeps copies of descriptors
/// over restarts and crashes of the service.
// @unchecked: touched on the loop's thread alone.
final class DescriptorStore: @unchecked Sendable {
  fileprivate enum Order {
    case keep(name: String, descriptor: Int32)
    case forget(name: String)
  }

  /// Descriptors that systemd keeps.
  let capacity: Int
  private let address: NotifyAddress
  private let loop: EventLoop
  private var socket: Int32?
  /// Orders that systemd had no room for yet, oldest first from `firstOrder` on.
  private var orders: [Order] = []
  private var firstOrder = 0
  /// Names with an order that has not left, and how many.
  private var waiting: [String: Int] = [:]

  init(address: NotifyAddress, capacity: Int, loop: EventLoop) {
    self.address = address
    self.capacity = capacity
    self.loop = loop
  }

  /// Hands over a copy; at once, or as soon as systemd takes it.
  func keep(_ name: String, _ descriptor: Int32) { add(.keep(name: name, descriptor: descriptor), name) }

  /// Drops the copy. An order to keep that has not left is withdrawn: its descriptor may be another's soon.
  func forget(_ name: String) {
    if waiting[name] != nil, let index = orders[firstOrder...].firstIndex(where: { $0.isKeeping(name) }) {
      orders[index] = .forget(name: name)
    } else {
      add(.forget(name: name), name)
    }
  }

  /// No order for this name waits.
  func holds(_ name: String) -> Bool { waiting[name] == nil }

  private func add(_ order: Order, _ name: String) {
    orders.append(order)
    waiting[name, default: 0] += 1
    if orders.count - firstOrder == 1 { send() }
  }

  private func send() {
    guard let socket = connected() else { return }
    while firstOrder < orders.count {
      let order = orders[firstOrder]
      if order.send(on: socket) < 0 {
        if errno == EINTR { continue }
        // systemd is behind: EPOLLOUT tells when it has caught up. Another error concerns this order alone.
        if errno == EAGAIN { return }
      }
      firstOrder += 1
      let left = waiting[order.name, default: 1] - 1
      waiting[order.name] = left > 0 ? left : nil
    }
    orders.removeAll(keepingCapacity: true)
    firstOrder = 0
  }

  private func connected() -> Int32? {
    if let socket { return socket }
    guard let socket = address.connect() else { return nil }
    do throws(SocketError) {
      try loop.add(socket, [.writable, .edgeTriggered]) { [self] _ in send() }
    } catch {
      close(socket)
      return nil
    }
    self.socket = socket
    return socket
  }
}

extension DescriptorStore.Order {
  var name: String {
    switch self {
    case .keep(let name, _), .forget(let name): name
    }
  }

  func isKeeping(_ other: String) -> Bool {
    if case .keep(let name, _) = self { name == other } else { false }
  }

  func send(on socket: Int32) -> Int {
    switch self {
    case .keep(let name, let descriptor):
      let bytes = Array("FDSTORE=1\nFDNAME=\(name)".utf8)
      return clinux_send_datagram(socket, bytes, bytes.count, descriptor)
    case .forget(let name):
      let bytes = Array("FDSTOREREMOVE=1\nFDNAME=\(name)".utf8)
      return clinux_send_datagram(socket, bytes, bytes.count, -1)
    }
  }
}
