import FoundationEssentials

/// A JSON value read as it comes, for templates. Pure value.
public enum TemplateValue: Decodable, Sendable, Equatable {
  case absent
  case flag(Bool)
  /// As it is written.
  case number(String)
  case text(String)
  case list([TemplateValue])
  case object([String: TemplateValue])

  /// The value of a complete JSON text; nil when it is none.
  public init?(json: [UInt8]) {
    guard let value = try? JSONDecoder().decode(TemplateValue.self, from: Data(json)) else { return nil }
    self = value
  }

  public init(from decoder: any Decoder) throws {
    if let object = try? decoder.container(keyedBy: Key.self) {
      var members: [String: TemplateValue] = [:]
      for key in object.allKeys { members[key.stringValue] = try object.decode(TemplateValue.self, forKey: key) }
      self = .object(members)
    } else if var list = try? decoder.unkeyedContainer() {
      var values: [TemplateValue] = []
      while !list.isAtEnd { values.append(try list.decode(TemplateValue.self)) }
      self = .list(values)
    } else {
      self = try Self.single(decoder.singleValueContainer())
    }
  }

  private static func single(_ value: any SingleValueDecodingContainer) throws -> TemplateValue {
    if value.decodeNil() { return .absent }
    if let flag = try? value.decode(Bool.self) { return .flag(flag) }
    if let number = try? value.decode(Int.self) { return .number(String(number)) }
    if let number = try? value.decode(Double.self) { return .number(String(number)) }
    return .text(try value.decode(String.self))
  }

  private struct Key: CodingKey {
    let stringValue: String
    let intValue: Int? = nil

    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}
