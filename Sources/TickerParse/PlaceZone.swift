import Glibc
import TickerModel

/// The zone of a place (`Europe/Brussels`) as the machine's time zone files tell it: what is law there changes, and the
/// distribution brings it up to date. Reads one small file for each date that names a place, which few feeds do.
/// Format: RFC 8536.
struct PlaceZone {
  private static let folder = "/usr/share/zoneinfo/"
  /// Bytes of a name; the longest real one has 32.
  private static let longestName = 40
  /// Bytes of a file; the largest real one has some 4 KiB.
  private static let largestFile = 64 << 10

  /// Moments in seconds since 1970, ascending, and the seconds east of UTC from each on.
  private let transitions: [(at: Int64, offset: Int)]
  private let first: Int
  private let later: DaylightRule?

  /// `text` without the place it names, and the place; nil where it names none that is known.
  static func split(_ text: String) -> (rest: String, place: PlaceZone?) {
    let bytes = Array(text.utf8)
    let isLetter = { (index: Int) in bytes.indices.contains(index) && (0x61...0x7A).contains(bytes[index] | 0x20) }
    guard
      let slash = bytes.indices.first(where: { bytes[$0] == UInt8(ascii: "/") && isLetter($0 - 1) && isLetter($0 + 1) })
    else { return (text, nil) }
    let start = bytes[..<slash].lastIndex { !isOfName($0) }.map { $0 + 1 } ?? 0
    let end = bytes[slash...].firstIndex { !isOfName($0) } ?? bytes.count
    let name = String(decoding: bytes[start..<end], as: UTF8.self)
    guard isLetter(start), let place = PlaceZone(name) else { return (text, nil) }
    return (String(decoding: bytes[..<start] + [0x20] + bytes[end...], as: UTF8.self), place)
  }

  /// The moment at which clocks there show `local`; of two the earlier.
  func moment(local: Timestamp) -> Timestamp {
    let seconds = local.milliseconds / 1000
    // The offset of the day before is right unless clocks changed since.
    let before = offset(at: seconds - 86_400)
    let after = offset(at: seconds - Int64(before))
    let chosen = offset(at: seconds - Int64(after)) == after ? after : before
    return Timestamp(milliseconds: local.milliseconds - Int64(chosen) * 1000)
  }

  private func offset(at seconds: Int64) -> Int {
    guard let last = transitions.last else { return later?.offset(at: seconds) ?? first }
    if seconds >= last.at, let later { return later.offset(at: seconds) }
    return transitions.last { $0.at <= seconds }?.offset ?? first
  }
}

extension PlaceZone {
  /// No dots: the name cannot lead out of the folder.
  private static func isOfName(_ byte: UInt8) -> Bool {
    (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte) || "/_-+".utf8.contains(byte)
  }

  private init?(_ name: String) {
    if ["Etc/UTC", "Etc/GMT"].contains(name) {  // also where no files are installed
      (transitions, first, later) = ([], 0, nil)
      return
    }
    guard name.utf8.count <= Self.longestName, let bytes = Self.file(Self.folder + name) else { return nil }
    // The second block has times of 64 bits; the first is skipped.
    var reader = ZoneReader(bytes)
    guard let old = reader.header(), old.version >= 0x32 else { return nil }
    reader.skip(old.bytes(timeSize: 4))
    guard let header = reader.header() else { return nil }
    let times = (0..<header.times).map { _ in Int64(bitPattern: reader.number(8)) }
    let kinds = (0..<header.times).map { _ in Int(reader.number(1)) }
    let offsets = (0..<header.kinds).map { _ in
      let offset = Int(Int32(truncatingIfNeeded: reader.number(4)))
      reader.skip(2)
      return offset
    }
    reader.skip(header.names + header.leaps * 12 + header.standards + header.universals)
    guard !reader.isOver, let first = offsets.first, kinds.allSatisfy(offsets.indices.contains) else { return nil }
    transitions = zip(times, kinds).map { ($0, offsets[$1]) }
    self.first = first
    later = DaylightRule(reader.line())
  }

  private static func file(_ path: String) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: largestFile)
    let count = read(descriptor, &bytes, bytes.count)
    return count > 0 && count < largestFile ? Array(bytes.prefix(count)) : nil
  }
}

/// A zone file from front to back. Beyond its end are zeros.
private struct ZoneReader {
  struct Header {
    let version: UInt8
    let universals, standards, leaps, times, kinds, names: Int

    func bytes(timeSize: Int) -> Int {
      times * (timeSize + 1) + kinds * 6 + names + leaps * (timeSize + 4) + standards + universals
    }
  }

  private let bytes: [UInt8]
  private var index = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isOver: Bool { index > bytes.count }

  mutating func skip(_ count: Int) { index += count }

  mutating func number(_ size: Int) -> UInt64 {
    defer { index += size }
    return (index..<index + size).reduce(0) { $0 << 8 | UInt64($1 < bytes.count ? bytes[$1] : 0) }
  }

  /// Nil when the file is none of a zone, or promises more than it holds.
  mutating func header() -> Header? {
    guard number(4) == 0x545A_6966 else { return nil }  // "TZif"
    let version = UInt8(number(1))
    skip(15)
    let counts = (0..<6).map { _ in Int(number(4)) }
    guard counts.allSatisfy({ $0 <= bytes.count }) else { return nil }
    return Header(
      version: version, universals: counts[0], standards: counts[1], leaps: counts[2], times: counts[3],
      kinds: counts[4], names: counts[5])
  }

  /// The last line, between its line feeds.
  func line() -> String {
    String(decoding: bytes.dropFirst(index + 1).prefix { $0 != 0x0A }, as: UTF8.self)
  }
}
