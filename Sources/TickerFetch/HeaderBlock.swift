/// Collects the head of the final answer from libcurl's header lines, within bounds. Pure.
struct HeaderBlock {
  private(set) var headers = HeaderFields()
  /// The empty line after the head has come; what follows are trailers or the next head.
  private(set) var isComplete = false
  private var blocks = 0
  private var lines = 0
  private var bytes = 0

  /// The most that real sites send is about 100 lines and 16 KiB.
  static let maxLines = 256
  static let maxBytes = 64 << 10
  /// Interim answers (RFC 9110 §15.2) of one transfer.
  static let maxBlocks = 32

  /// What a line meant.
  enum Effect: Equatable { case newHead, field, ignored, tooMuch }

  /// Takes one line with its end. libcurl gives the lines of every head of the transfer, and trailers.
  mutating func add(_ line: some RandomAccessCollection<UInt8>) -> Effect {
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

  private init(after blocks: Int) {
    self.blocks = blocks + 1
    headers.reserve()
  }

  private mutating func addField(_ line: some RandomAccessCollection<UInt8>) {
    let content = Self.trimmed(line[...])
    if line.first == UInt8(ascii: " ") || line.first == UInt8(ascii: "\t") {
      // Obsolete line folding: the value goes on (RFC 9112 §5.2).
      headers.extendLast(by: content)
    } else if content.isEmpty {
      isComplete = true
    } else if let colon = content.firstIndex(of: UInt8(ascii: ":")) {
      headers.append(content[..<colon], Self.trimmed(content[content.index(after: colon)...]))
    }
  }

  /// Without the white space and line ends around.
  private static func trimmed<Bytes: RandomAccessCollection<UInt8>>(_ bytes: Bytes) -> Bytes
  where Bytes.SubSequence == Bytes {
    var rest = bytes
    while let first = rest.first, isSpace(first) { rest = rest.dropFirst() }
    while let last = rest.last, isSpace(last) { rest = rest.dropLast() }
    return rest
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A }
}
