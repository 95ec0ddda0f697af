/// Collects the head of the final answer from libcurl's header lines, within bounds. Pure.
struct HeaderBlock {
  private(set) var headers: [Header] = []
  /// The empty line after the head has come; what follows are trailers or the next head.
  private(set) var isComplete = false
  private var blocks = 0
  private var lines = 0
  private var bytes = 0

  /// The most that real sites send is about 100 lines and 16 KiB.
  static let maxLines = 256
  static let maxBytes = 64 << 10
  /// Redirects and interim answers (RFC 9110 §15.2) of one transfer.
  static let maxBlocks = 32

  /// What a line meant.
  enum Effect: Equatable { case newHead, field, ignored, tooMuch }

  /// Takes one line with its end. libcurl gives the lines of every head of the transfer, and trailers.
  mutating func add(_ line: some Collection<UInt8>) -> Effect {
    if blocks == 0 || isComplete {
      guard line.starts(with: "HTTP/".utf8) else { return .ignored }
      self = HeaderBlock(after: blocks)
      return blocks <= Self.maxBlocks ? .newHead : .tooMuch
    }
    lines += 1
    bytes += line.count
    guard lines <= Self.maxLines, bytes <= Self.maxBytes else { return .tooMuch }
    addField(line)
    return .field
  }

  init() {}

  private init(after blocks: Int) { self.blocks = blocks + 1 }

  private mutating func addField(_ line: some Collection<UInt8>) {
    let content = Self.trimmed(Array(line))
    if line.first == UInt8(ascii: " ") || line.first == UInt8(ascii: "\t") {
      // Obsolete line folding: the value goes on (RFC 9112 §5.2).
      guard let last = headers.popLast() else { return }
      headers.append(Header(last.name, last.value + [UInt8(ascii: " ")] + content))
    } else if content.isEmpty {
      isComplete = true
    } else if let colon = content.firstIndex(of: UInt8(ascii: ":")) {
      let name = String(decoding: content[..<colon], as: UTF8.self)
      headers.append(Header(name, Self.trimmed(content[(colon + 1)...])))
    }
  }

  /// Without the white space and line ends around; CR, LF and NUL within become spaces (RFC 9110 §5.5), so that a value
  /// can be sent back.
  private static func trimmed(_ bytes: some BidirectionalCollection<UInt8>) -> [UInt8] {
    let isSpace = { (byte: UInt8) in [0x20, 0x09, 0x0D, 0x0A].contains(byte) }
    let end = bytes.reversed().drop(while: isSpace)
    return end.reversed().drop(while: isSpace).map { [0x0D, 0x0A, 0].contains($0) ? 0x20 : $0 }
  }
}
