/// An IPv4 or IPv6 address as bytes: 4 or 16 of them. Pure value.
public struct NetworkAddress: Sendable, Hashable {
  /// Network order; 4 or 16 bytes.
  public let bytes: [UInt8]

  public init?(bytes: [UInt8]) {
    guard bytes.count == 4 || bytes.count == 16 else { return nil }
    self.bytes = bytes
  }

  /// Reads the strict forms only: four decimal numbers without leading zeros, or RFC 4291's IPv6 without zone.
  public init?(_ text: String) {
    guard let bytes = text.contains(":") ? Self.version6(text) : Self.version4(text) else { return nil }
    self.bytes = bytes
  }

  /// The canonical text (RFC 5952 without the longest-run rule's ties).
  public var text: String {
    guard bytes.count == 16 else { return bytes.map(String.init).joined(separator: ".") }
    let groups = (0..<8).map { UInt16(bytes[$0 * 2]) << 8 | UInt16(bytes[$0 * 2 + 1]) }
    var best = 0..<0
    var index = 0
    while index < 8 {
      let run = groups[index...].prefix { $0 == 0 }.count
      if run > max(1, best.count) { best = index..<index + run }
      index += max(1, run)
    }
    let hex = { (part: ArraySlice<UInt16>) in part.map { String($0, radix: 16) }.joined(separator: ":") }
    return best.isEmpty ? hex(groups[...]) : hex(groups[..<best.lowerBound]) + "::" + hex(groups[best.upperBound...])
  }

  /// Byte by byte: every request asks what address it goes to.
  private static func version4(_ text: some StringProtocol) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(4)
    var number = 0
    var digits = 0
    for character in text.utf8 {
      switch character {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        // No zero stands before another digit.
        guard digits == 0 || number > 0 else { return nil }
        number = number * 10 + Int(character - UInt8(ascii: "0"))
        digits += 1
        guard number <= UInt8.max else { return nil }
      case UInt8(ascii: "."):
        guard digits > 0, bytes.count < 3 else { return nil }
        bytes.append(UInt8(number))
        (number, digits) = (0, 0)
      default: return nil
      }
    }
    guard digits > 0, bytes.count == 3 else { return nil }
    return bytes + [UInt8(number)]
  }

  private static func version6(_ text: String) -> [UInt8]? {
    let halves = text.components(separatedBy: "::")
    guard halves.count <= 2, let head = groups(halves[0]) else { return nil }
    guard halves.count == 2 else { return head.count == 16 ? head : nil }
    guard let tail = groups(halves[1]), head.count + tail.count <= 14 else { return nil }
    return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
  }

  private static func groups(_ text: String) -> [UInt8]? {
    guard !text.isEmpty else { return [] }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    var bytes: [UInt8] = []
    for (index, part) in parts.enumerated() {
      if index == parts.count - 1, part.contains(".") {
        guard let embedded = version4(part) else { return nil }
        bytes += embedded
      } else {
        guard (1...4).contains(part.utf8.count), part.utf8.first != UInt8(ascii: "+"),
          let group = UInt16(part, radix: 16)
        else { return nil }
        bytes += [UInt8(group >> 8), UInt8(group & 0xFF)]
      }
    }
    return bytes.count <= 16 ? bytes : nil
  }
}

/// A network in CIDR form: `127.0.0.0/8`, `fd00::/8`, or one address.
public struct NetworkRange: Sendable, Hashable {
  public let address: NetworkAddress
  /// Bits that count, 0 to 32 or 128.
  public let prefix: Int

  /// Bits beyond the prefix must be zero, so that a slip of the pen is seen.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count <= 2, let address = NetworkAddress(String(parts[0])) else { return nil }
    let width = address.bytes.count * 8
    let prefix = parts.count == 2 ? Int(parts[1]) : width
    guard let prefix, (0...width).contains(prefix) else { return nil }
    self.address = address
    self.prefix = prefix
    guard (prefix..<width).allSatisfy({ address.bytes[$0 / 8] >> UInt8(7 - $0 % 8) & 1 == 0 }) else { return nil }
  }

  public var text: String { "\(address.text)/\(prefix)" }

  public func contains(_ other: NetworkAddress) -> Bool {
    guard other.bytes.count == address.bytes.count else { return false }
    let whole = prefix / 8
    guard other.bytes[..<whole] == address.bytes[..<whole] else { return false }
    let rest = prefix % 8
    return rest == 0 || (other.bytes[whole] ^ address.bytes[whole]) >> UInt8(8 - rest) == 0
  }
}

extension String {
  fileprivate func components(separatedBy mark: String) -> [String] {
    guard let range = firstRange(of: mark) else { return [self] }
    return [String(self[..<range.lowerBound])] + String(self[range.upperBound...]).components(separatedBy: mark)
  }
}
