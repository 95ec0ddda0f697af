import CRegex

/// A compiled PCRE2 regular expression with bounded matching: an operator's pattern on a stranger's text must end.
/// Immutable after `init`; any thread.
///
/// `@unchecked`: pcre2_code is read-only after compilation (pcre2api(3), "MULTITHREADING").
public final class Pattern: @unchecked Sendable {
  /// The longest pattern in bytes; a filter is a few words, not a program.
  public static let longest = 256
  /// Backtracking steps per match; enough for honest patterns on a headline, some milliseconds at worst.
  static let matchLimit: UInt32 = 200_000
  /// Nested groups per match.
  static let depthLimit: UInt32 = 500

  /// What is wrong with a pattern, and at which byte.
  public struct Fault: Error, Equatable, Sendable {
    public let message: String
    /// Offset into the pattern's UTF-8.
    public let offset: Int
  }

  /// The pattern as written.
  public let text: String
  private let code: OpaquePointer
  private let context: OpaquePointer

  /// Compiles `text` with Unicode properties, without JIT (the service runs without writable and executable memory).
  public init(_ text: String) throws(Fault) {
    guard text.utf8.count <= Self.longest else {
      throw Fault(message: "the pattern is longer than \(Self.longest) bytes", offset: Self.longest)
    }
    var error: Int32 = 0
    var offset = 0
    let bytes = Array(text.utf8)
    let options = UInt32(PCRE2_UTF) | UInt32(PCRE2_UCP) | UInt32(PCRE2_NEVER_BACKSLASH_C)
    guard let code = pcre2_compile_8(bytes, bytes.count, options, &error, &offset, nil) else {
      throw Fault(message: Self.message(error), offset: offset)
    }
    guard let context = pcre2_match_context_create_8(nil) else {
      pcre2_code_free_8(code)
      throw Fault(message: "out of memory", offset: 0)
    }
    pcre2_set_match_limit_8(context, Self.matchLimit)
    pcre2_set_depth_limit_8(context, Self.depthLimit)
    self.text = text
    self.code = code
    self.context = context
  }

  deinit {
    pcre2_match_context_free_8(context)
    pcre2_code_free_8(code)
  }

  /// Whether the pattern occurs in `subject`; false also when a limit was reached before an answer.
  public func matches(_ subject: String) -> Bool {
    var subject = subject
    guard let result = pcre2_match_data_create_8(1, nil) else { return false }
    defer { pcre2_match_data_free_8(result) }
    return subject.withUTF8 { pcre2_match_8(code, $0.baseAddress, $0.count, 0, 0, result, context) >= 0 }
  }

  /// How many bytes of UTF-8 the pattern takes at the very front of `subject`; nil when it does not fit there.
  public func prefixLength(in subject: String) -> Int? {
    var subject = subject
    guard let result = pcre2_match_data_create_8(1, nil) else { return nil }
    defer { pcre2_match_data_free_8(result) }
    let options = UInt32(PCRE2_ANCHORED)
    let count = subject.withUTF8 { pcre2_match_8(code, $0.baseAddress, $0.count, 0, options, result, context) }
    guard count >= 0, let range = pcre2_get_ovector_pointer_8(result) else { return nil }
    return range[1]
  }

  private static func message(_ error: Int32) -> String {
    var buffer = [UInt8](repeating: 0, count: 200)
    let length = pcre2_get_error_message_8(error, &buffer, buffer.count)
    return length > 0 ? String(decoding: buffer.prefix(Int(length)), as: UTF8.self) : "error \(error)"
  }
}

extension Pattern: Equatable {
  public static func == (one: Pattern, other: Pattern) -> Bool { one.text == other.text }
}
