/// Reads the requests of one connection from the bytes that arrive on it. A value without a socket; bounded in every
/// direction; its work grows with the bytes, not with the pieces they come in.
public struct WebhookRequestParser: Sendable {
  /// What the bytes so far amount to.
  public enum Step: Sendable, Equatable {
    /// Read on.
    case incomplete
    /// Send `100 Continue`, then read on.
    case continueExpected
    /// A whole request; more may wait behind it.
    case request(WebhookRequest)
    /// Answer and close; nothing behind it can be understood.
    case refused(WebhookRequestFault)
  }

  /// Request line and header fields together.
  public static let longestHead = 64 << 10
  /// Sixteen times what tickerd sends; other senders are heard too.
  public static let longestBody = 1 << 20

  private var input: ArraySlice<UInt8> = []
  /// How much of `input` is known to hold no end of a head.
  private var searched = 0
  private var head: RequestHead?
  private var chunks = ChunkedBody()
  private var fault: WebhookRequestFault?

  /// At the start of a connection.
  public init() {}

  /// Whether a request has begun and is not complete.
  public var isInsideRequest: Bool { head != nil || !input.isEmpty }

  /// Adds what was read. Call ``next()`` until it says `incomplete` before feeding again.
  public mutating func feed(_ bytes: some Collection<UInt8>) {
    if input.isEmpty { input = [] }  // lets go of what was read before
    input.append(contentsOf: bytes)
  }

  /// The next step. A request is handed out once; after a fault there is nothing but that fault.
  public mutating func next() -> Step {
    if let fault { return .refused(fault) }
    do throws(WebhookRequestFault) {
      return head == nil ? try readHead() : try body()
    } catch {
      fault = error
      return .refused(error)
    }
  }

  static let bodyTooLong = WebhookRequestFault(
    status: 413, reason: "the body is longer than \(longestBody) bytes")
}

extension WebhookRequestParser {
  private static let headEnd = Array("\r\n\r\n".utf8)
  /// The first byte of every TLS connection (RFC 8446 §5.1), and of no HTTP request.
  private static let tlsHandshake: UInt8 = 0x16

  private mutating func readHead() throws(WebhookRequestFault) -> Step {
    // RFC 9112 §2.2: an empty line before a request is read over.
    if searched == 0 { while input.starts(with: Self.headEnd.prefix(2)) { input = input.dropFirst(2) } }
    guard input.first != Self.tlsHandshake else {
      throw WebhookRequestFault(status: 400, reason: "the sender speaks TLS; here it is plain http://")
    }
    guard let end = endOfHead(), end - input.startIndex <= Self.longestHead else {
      guard input.count <= Self.longestHead else {
        throw WebhookRequestFault(status: 431, reason: "the request's head is longer than \(Self.longestHead) bytes")
      }
      return .incomplete
    }
    let head = try RequestHead(input[..<end])
    input = input[(end + Self.headEnd.count)...]
    searched = 0
    self.head = head
    let step = try body()
    return step == .incomplete && head.expectsContinue ? .continueExpected : step
  }

  /// Where the empty line behind the head begins.
  private mutating func endOfHead() -> Int? {
    var index = input.startIndex + searched
    while index + Self.headEnd.count <= input.endIndex {
      if input[index] == Self.headEnd[0], input[index...].starts(with: Self.headEnd) { return index }
      index += 1
    }
    searched = index - input.startIndex
    return nil
  }

  private mutating func body() throws(WebhookRequestFault) -> Step {
    guard let head else { return .incomplete }
    switch head.framing {
    case .length(let length):
      guard input.count >= length else { return .incomplete }
      let body = Array(input.prefix(length))
      input = input.dropFirst(length)
      return finish(head, body)
    case .chunked:
      guard try chunks.read(&input) else { return .incomplete }
      return finish(head, chunks.bytes)
    }
  }

  private mutating func finish(_ head: RequestHead, _ body: [UInt8]) -> Step {
    self.head = nil
    chunks = ChunkedBody()
    return .request(
      WebhookRequest(
        method: head.method, target: head.target, headers: head.headers, body: body, keepsAlive: head.keepsAlive))
  }
}
