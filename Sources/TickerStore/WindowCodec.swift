import TickerModel
import TickerText

/// A stored window as two blobs. One row per source instead of one per line: a poll that changes two lines of sixty
/// writes one page, not sixty index entries. Pure.
enum WindowCodec {
  /// For each line its hash and a byte that tells whether it stood.
  static func lines(_ window: StoredWindow) -> [UInt8] {
    window.lines.flatMap { $0.fingerprint.bytes + [$0.stood ? 1 : 0] }
  }

  /// For each absent line its hash and, in two bytes, the index of the line below it.
  static func absent(_ window: StoredWindow) -> [UInt8] {
    window.absent.flatMap { $0.fingerprint.bytes + [UInt8($0.above >> 8 & 0xFF), UInt8($0.above & 0xFF)] }
  }

  static func window(lines: [UInt8], absent: [UInt8]) -> StoredWindow {
    StoredWindow(
      lines: entries(lines, extra: 1).map { .init($0, stood: $1.first == 1) },
      absent: entries(absent, extra: 2).map {
        .init($0, above: Int($1[$1.startIndex]) << 8 | Int($1[$1.startIndex + 1]))
      })
  }

  private static func entries(_ bytes: [UInt8], extra: Int) -> [(Fingerprint, ArraySlice<UInt8>)] {
    let size = Digest.size + extra
    return stride(from: 0, to: bytes.count - size + 1, by: size).compactMap { start in
      let end = start + Digest.size
      return Fingerprint(bytes: Array(bytes[start..<end])).map { ($0, bytes[end..<start + size]) }
    }
  }
}
