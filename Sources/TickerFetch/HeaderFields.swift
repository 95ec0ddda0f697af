/// The fields of one head, in order, in the bytes they came in: most answers are asked for two of them. A collection of
/// ``Header``; a pure value.
public struct HeaderFields: Sendable, Equatable, RandomAccessCollection {
  private struct Field: Sendable, Equatable {
    let name: Range<Int>
    var value: Range<Int>
  }

  private var bytes: [UInt8] = []
  private var fields: [Field] = []

  init() {}

  public var startIndex: Int { 0 }
  public var endIndex: Int { fields.count }

  public subscript(position: Int) -> Header { header(fields[position]) }

  /// The first field of that name, in any case.
  public func first(_ name: String) -> Header? {
    let length = name.utf8.count
    return fields.first { $0.name.count == length && Header.isSame(bytes[$0.name], name.utf8) }.map(header)
  }

  /// Makes room for what most heads have.
  mutating func reserve() {
    bytes.reserveCapacity(512)
    fields.reserveCapacity(16)
  }

  /// Adds a field; both parts without the white space around them.
  mutating func append(_ name: some Collection<UInt8>, _ value: some Collection<UInt8>) {
    let name = take(name)
    fields.append(Field(name: name, value: take(value)))
  }

  /// Goes on with the last field's value, behind a space; nothing where there is none.
  mutating func extendLast(by value: some Collection<UInt8>) {
    guard var last = fields.popLast() else { return }
    bytes.append(UInt8(ascii: " "))
    last.value = last.value.lowerBound..<take(value).upperBound
    fields.append(last)
  }

  /// CR, LF and NUL within become spaces (RFC 9110 §5.5), so that a value can be sent back.
  private mutating func take(_ part: some Collection<UInt8>) -> Range<Int> {
    let start = bytes.count
    bytes.append(contentsOf: part)
    for place in start..<bytes.count where Self.isBroken(bytes[place]) { bytes[place] = 0x20 }
    return start..<bytes.count
  }

  private static func isBroken(_ byte: UInt8) -> Bool { byte == 0x0D || byte == 0x0A || byte == 0 }

  private func header(_ field: Field) -> Header {
    Header(String(decoding: bytes[field.name], as: UTF8.self), Array(bytes[field.value]))
  }
}
