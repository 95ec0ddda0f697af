import CLinux
import Glibc
import TickerDelivery
import TickerModel

/// One accepted connection of a receiver: it owns the descriptor and closes it when it is let go of. Belongs to the
/// thread of its ``ReceiveServer``.
final class ReceiveConnection {
  /// What the server has to answer.
  enum Arrival {
    case request(WebhookRequest)
    case fault(WebhookRequestFault)
  }

  let descriptor: Int32
  /// Monotonic nanoseconds; then the server lets go of it.
  private(set) var deadline: Int64
  /// The client has gone, or takes no answer.
  private(set) var isGone = false
  private var parser = WebhookRequestParser()
  private var isInsideRequest = false
  /// Answered for the last time; what still arrives is thrown away.
  private var isClosing = false

  /// For one whole request to arrive; Standard Webhooks lets a sender wait 15 to 30 seconds.
  private static let requestTime = Duration.seconds(20)
  /// A kept connection without a request.
  private static let idleTime = Duration.seconds(60)
  /// After the last answer the client gets this long to read it: closing at once could destroy it on its way.
  private static let lingerTime = Duration.seconds(2)
  /// One read at most, so that no connection starves the others.
  private static let pieceSize = 64 << 10

  /// Takes over a non-blocking socket.
  init(descriptor: Int32) {
    self.descriptor = descriptor
    deadline = Self.after(Self.requestTime)
  }

  deinit { close(descriptor) }

  /// A request has begun that is not complete.
  var isWaitingForRequest: Bool { isInsideRequest && !isClosing }

  /// Reads one piece of what has arrived.
  func read() {
    var piece = [UInt8](repeating: 0, count: Self.pieceSize)
    let count = recv(descriptor, &piece, piece.count, 0)
    if count > 0 {
      if !isClosing { parser.feed(piece[..<count]) }
    } else if count == 0 || errno != EAGAIN && errno != EINTR {
      isGone = true
    }
  }

  /// The next request that is complete, to be answered before the next call; nil when more must be read.
  func next() -> Arrival? {
    while !isClosing, !isGone {
      switch parser.next() {
      case .request(let request):
        isInsideRequest = false
        return .request(request)
      case .refused(let fault): return .fault(fault)
      case .continueExpected: send(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
      case .incomplete:
        setDeadline()
        return nil
      }
    }
    return nil
  }

  /// Answers what ``next()`` gave; after the last answer the client is given time to close.
  func send(_ answer: WebhookAnswer, isLast: Bool) {
    send(answer.bytes(keepsAlive: !isLast))
    guard isLast else { return }
    isClosing = true
    deadline = Self.after(Self.lingerTime)
    shutdown(descriptor, Int32(SHUT_WR))
  }
}

extension ReceiveConnection {
  private static func after(_ duration: Duration) -> Int64 { clinux_monotonic() + duration.inMilliseconds * 1_000_000 }

  /// The time of a request runs from its first byte, whatever trickles in later.
  private func setDeadline() {
    if !parser.isInsideRequest {
      deadline = Self.after(Self.idleTime)
    } else if !isInsideRequest {
      deadline = Self.after(Self.requestTime)
    }
    isInsideRequest = parser.isInsideRequest
  }

  /// Answers are far smaller than the kernel's buffer: a client that takes less than all of one does not read.
  private func send(_ bytes: [UInt8]) {
    if Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) < bytes.count { isGone = true }
  }
}
