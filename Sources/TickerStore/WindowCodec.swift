import TickerModel
import TickerText

/// A stored window as two blobs. One row per source instead of one per line: a poll that changes two lines of sixty
/// writes one page, not sixty index entries. Pure.
enum WindowCodec {
  /// For each line its hash and a byte: whether it stood, and how long it has kept its place.
  static func lines(_ window: StoredWindow) -> [UInt8] {
    window.lines.flatMap { $0.fingerprint.bytes + [UInt8($0.kept) | ($0.stood ? stood : 0)] }
  }

  /// For each absent line its hash and, in two bytes, the index of the line below it.
  static func absent(_ window: StoredWindow) -> [UInt8] {
    window.absent.flatMap { $0.fingerprint.bytes + pair($0.above) }
  }

  /// Two bytes for each remembered length.
  static func lengths(_ window: StoredWindow) -> [UInt8] { window.lengths.flatMap(pair) }

  /// For each entry that a feed's memory keeps its two words.
  static func settled(_ keys: [FeedMemory.Key]) -> [UInt8] { keys.flatMap { bytes($0.content) + bytes($0.names) } }

  static func settled(_ bytes: [UInt8]) -> [FeedMemory.Key] {
    stride(from: 0, to: bytes.count - 15, by: 16).map { start in
      FeedMemory.Key(content: word(bytes[start..<start + 8]), names: word(bytes[start + 8..<start + 16]))
    }
  }

  static func window(lines: [UInt8], absent: [UInt8], lengths: [UInt8]) -> StoredWindow {
    StoredWindow(
      lines: entries(lines, extra: 1).map { line, state in
        let state = state.first ?? 0
        return .init(line, stood: state & stood != 0, kept: Int(state & ~stood))
      },
      absent: entries(absent, extra: 2).map { .init($0, above: number($1)) },
      lengths: stride(from: 0, to: lengths.count - 1, by: 2).map { number(lengths[$0...($0 + 1)]) })
  }

  private static let stood: UInt8 = 0x80

  private static func bytes(_ word: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) }
  }

  private static func word(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }

  private static func pair(_ number: Int) -> [UInt8] {
    let number = UInt16(clamping: number)
    return [UInt8(number >> 8), UInt8(number & 0xFF)]
  }

  private static func number(_ pair: ArraySlice<UInt8>) -> Int { pair.reduce(0) { $0 << 8 | Int($1) } }

  private static func entries(_ bytes: [UInt8], extra: Int) -> [(Fingerprint, ArraySlice<UInt8>)] {
    let size = Digest.size + extra
    return stride(from: 0, to: bytes.count - size + 1, by: size).compactMap { start in
      let end = start + Digest.size
      return Fingerprint(bytes: Array(bytes[start..<end])).map { ($0, bytes[end..<start + size]) }
    }
  }
}
