import CCurl
import CLinux
import Glibc

/// What epoll watches for libcurl. A connection stays watched between two requests, because a pair of epoll_ctl for each
/// would cost as much as sending it. Owned by the libcurl thread.
final class WatchedSockets {
  private struct Socket {
    /// What epoll watches it for; 0 where it is not in there.
    var watched: UInt32 = 0
    /// What libcurl wants now; 0 between requests.
    var wanted: UInt32 = 0
    /// Opened for libcurl by ``opened(_:)``, whose end ``closed(_:)`` will tell. Others (the resolver's) go in silence, and
    /// their number comes back as another socket's: they are taken out as soon as libcurl wants them no more.
    var isOwn = false
  }

  private let epoll: Int32
  private var sockets: [Socket] = []
  private var events = [epoll_event](repeating: epoll_event(), count: eventsPerWait)

  /// Ready descriptors per look: any number does, more wait for the next one.
  private static let eventsPerWait = 64

  init() { epoll = clinux_epoll_create() }

  deinit { close(epoll) }

  /// Those that are ready, waiting for them at most so long (-1: for ever).
  func wait(milliseconds: Int32) -> ArraySlice<epoll_event> {
    let count = epoll_wait(epoll, &events, Int32(events.count), milliseconds)
    precondition(count >= 0 || errno == EINTR, "epoll_wait: errno \(errno)")
    return events.prefix(max(0, Int(count)))
  }

  /// Watches something that is not libcurl's; false when the system refuses.
  func watch(_ descriptor: Int32, _ mask: UInt32) -> Bool { control(EPOLL_CTL_ADD, descriptor, mask) }

  /// Whether libcurl wants to hear of it; where nobody does it is watched no longer.
  func isWanted(_ descriptor: Int32) -> Bool {
    guard place(descriptor), sockets[Int(descriptor)].wanted == 0 else { return true }
    unwatch(descriptor)
    return false
  }

  /// CURLMOPT_SOCKETFUNCTION: what libcurl wants to hear of it.
  func want(_ descriptor: Int32, _ wish: Int32) {
    guard place(descriptor) else { return }
    let mask: UInt32 =
      switch wish {
      case CURL_POLL_REMOVE: 0
      case CURL_POLL_IN: CLINUX_EPOLLIN
      case CURL_POLL_OUT: CLINUX_EPOLLOUT
      default: CLINUX_EPOLLIN | CLINUX_EPOLLOUT
      }
    sockets[Int(descriptor)].wanted = mask
    let socket = sockets[Int(descriptor)]
    if mask == 0 {
      // Waiting for room to write it would be told all the time.
      if !socket.isOwn || socket.watched & CLINUX_EPOLLOUT != 0 { unwatch(descriptor) }
    } else if mask != socket.watched {
      watchSocket(descriptor, mask)
    }
  }

  /// A socket of ours was opened under this number.
  func opened(_ descriptor: Int32) {
    if place(descriptor) { sockets[Int(descriptor)] = Socket(isOwn: true) }
  }

  /// It is about to be closed, which takes it out of epoll.
  func closed(_ descriptor: Int32) {
    if place(descriptor) { sockets[Int(descriptor)] = Socket() }
  }

  private func watchSocket(_ descriptor: Int32, _ mask: UInt32) {
    let isIn = sockets[Int(descriptor)].watched != 0
    // Where the number was another's before, epoll knows better what stands there.
    let isDone =
      control(isIn ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, descriptor, mask)
      || errno == EEXIST && control(EPOLL_CTL_MOD, descriptor, mask)
      || errno == ENOENT && control(EPOLL_CTL_ADD, descriptor, mask)
    sockets[Int(descriptor)].watched = isDone ? mask : 0
  }

  private func unwatch(_ descriptor: Int32) {
    if sockets[Int(descriptor)].watched != 0 { epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, nil) }
    sockets[Int(descriptor)].watched = 0
  }

  private func control(_ operation: Int32, _ descriptor: Int32, _ mask: UInt32) -> Bool {
    var event = epoll_event()
    event.events = mask
    event.data.fd = descriptor
    return epoll_ctl(epoll, operation, descriptor, &event) == 0
  }

  /// Makes room for a descriptor's number; false for none.
  private func place(_ descriptor: Int32) -> Bool {
    guard descriptor >= 0 else { return false }
    while sockets.count <= Int(descriptor) { sockets.append(Socket()) }
    return true
  }
}
