/// Where something stands in a JSON document: a JSONPath (RFC 9535), which begins with `$`, or a JSON Pointer (RFC 6901),
/// which begins with `/`. Immutable; any thread.
public struct ValuePath: Sendable {
  private enum Form: Sendable {
    case path(JSONPath)
    case pointer(JSONPointer)
  }

  private let form: Form

  init(_ text: String) throws(PathFault) {
    if text.hasPrefix("$") {
      form = .path(try JSONPath(text))
    } else if text.isEmpty || text.hasPrefix("/") || text.hasPrefix("#") {
      form = .pointer(try JSONPointer(text))
    } else {
      throw PathFault(message: "it begins with neither $ (a JSONPath) nor / (a JSON Pointer)", offset: 0)
    }
  }

  /// What is wrong with a path; nil when nothing is. Pure; any thread.
  public static func fault(in text: String) -> String? {
    do throws(PathFault) {
      _ = try ValuePath(text)
      return nil
    } catch {
      return error.message + (error.offset > 0 ? " (at byte \(error.offset))" : "")
    }
  }

  /// Whether it can find one value at most.
  var isSingular: Bool {
    switch form {
    case .path(let path): path.isSingular
    case .pointer: true
    }
  }

  /// What it finds in `value`, in the order of the document.
  func values(in value: JSONValue, _ query: inout JSONQuery) throws(JSONQuery.TooMuch) -> [JSONValue] {
    switch form {
    case .path(let path): try query.nodes(path, in: value)
    case .pointer(let pointer): pointer.value(in: value).map { [$0] } ?? []
    }
  }
}
