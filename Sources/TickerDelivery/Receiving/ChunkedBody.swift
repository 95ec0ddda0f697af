/// A body in chunks (RFC 9112 §7.1), decoded as its pieces arrive. A value; bounded by
/// ``WebhookRequestParser/longestBody``.
struct ChunkedBody: Sendable {
  private(set) var bytes: [UInt8] = []
  private var state = State.size
  private var trailerBytes = 0

  private enum State { case size, data(Int), dataEnd, trailer }

  /// A size in hexadecimal and an extension that nobody uses.
  static let longestLine = 256
  /// Trailer fields are read over.
  static let longestTrailer = 8 << 10

  /// Takes from the front of `input` what belongs to the body; true when the body is complete.
  mutating func read(_ input: inout ArraySlice<UInt8>) throws(WebhookRequestFault) -> Bool {
    while true {
      switch state {
      case .size:
        guard let line = try Self.line(&input, limit: Self.longestLine) else { return false }
        let size = try Self.size(line)
        guard bytes.count + size <= WebhookRequestParser.longestBody else { throw WebhookRequestParser.bodyTooLong }
        state = size == 0 ? .trailer : .data(size)
      case .data(let rest):
        let piece = input.prefix(rest)
        bytes += piece
        input = input.dropFirst(piece.count)
        guard piece.count == rest else {
          state = .data(rest - piece.count)
          return false
        }
        state = .dataEnd
      case .dataEnd:
        guard let line = try Self.line(&input, limit: Self.longestLine) else { return false }
        guard line.isEmpty else { throw Self.broken }
        state = .size
      case .trailer:
        guard let line = try Self.line(&input, limit: Self.longestTrailer) else { return false }
        if line.isEmpty { return true }
        trailerBytes += line.count
        guard trailerBytes <= Self.longestTrailer else { throw Self.broken }
      }
    }
  }

  private static let broken = WebhookRequestFault(status: 400, reason: "the chunked body is broken")

  /// The next line without its end; nil when it is not complete yet.
  private static func line(
    _ input: inout ArraySlice<UInt8>, limit: Int
  ) throws(WebhookRequestFault) -> ArraySlice<UInt8>? {
    guard let end = input.prefix(limit + 2).firstIndex(of: UInt8(ascii: "\n")) else {
      guard input.count <= limit else { throw broken }
      return nil
    }
    guard end > input.startIndex, input[end - 1] == UInt8(ascii: "\r") else { throw broken }
    defer { input = input[(end + 1)...] }
    return input[..<(end - 1)]
  }

  private static func size(_ line: ArraySlice<UInt8>) throws(WebhookRequestFault) -> Int {
    let digits = line.prefix { $0 != UInt8(ascii: ";") }
    // Eight digits are 4 GiB, far over the bound and far from an overflow.
    guard (1...8).contains(digits.count), digits.allSatisfy({ Unicode.Scalar($0).properties.isASCIIHexDigit }),
      let size = Int(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw broken }
    return size
  }
}
