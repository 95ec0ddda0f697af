/// Bytes from a client, cut into command lines. Pure value.
struct LineBuffer {
  /// One line, or one that was longer than allowed and is skipped up to its line feed.
  enum Line: Equatable {
    case command([UInt8])
    case tooLong
  }

  private var bytes: [UInt8] = []
  /// How much of `bytes` was cut off already.
  private var start = 0
  /// How far the search for a line feed has come.
  private var searched = 0
  private var skipping = false

  /// A line has begun and not ended.
  var isMidLine: Bool { skipping || start < bytes.count }

  /// Bytes that wait for their line feed.
  var kept: Int { bytes.count - start }

  /// The beginning of a line; of one that is too long, only that much of it.
  var beginning: [UInt8] {
    skipping ? [UInt8](repeating: UInt8(ascii: "x"), count: SocketProtocol.longestCommand + 2) : Array(bytes[start...])
  }

  mutating func append(_ more: UnsafeRawBufferPointer) { bytes.append(contentsOf: more) }

  /// The next line without its line feed and carriage return; empty lines are passed over. Nil when no line is whole.
  mutating func next() -> Line? {
    while let end = lineFeed() {
      let line = bytes[start..<end]
      start = end + 1
      searched = start
      if skipping {
        skipping = false
        continue
      }
      let trimmed = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      if trimmed.count > SocketProtocol.longestCommand { return .tooLong }
      if !trimmed.isEmpty { return .command(Array(trimmed)) }
    }
    return keepRest()
  }

  /// The last line, when the client ended its input without a line feed.
  mutating func finish() -> Line? {
    guard isMidLine, !skipping else { return nil }
    bytes.append(UInt8(ascii: "\n"))
    return next()
  }

  /// Drops the line that has begun, up to its line feed.
  mutating func abandonLine() {
    guard isMidLine else { return }
    bytes = []
    start = 0
    searched = 0
    skipping = true
  }

  private mutating func lineFeed() -> Int? {
    let found = bytes[searched...].firstIndex(of: UInt8(ascii: "\n"))
    if found == nil { searched = bytes.count }
    return found
  }

  /// Drops what was cut off; of an endless line nothing is kept.
  private mutating func keepRest() -> Line? {
    let tooLong = !skipping && bytes.count - start > SocketProtocol.longestCommand + 1
    if tooLong { skipping = true }
    // A new array gives the memory of a long burst back.
    bytes = skipping || start == bytes.count ? [] : Array(bytes[start...])
    start = 0
    searched = bytes.count
    return tooLong ? .tooLong : nil
  }
}
