import CXML

/// XPath 1.0 expressions. Pure.
public enum XPath {
  /// Bytes; as long as a CSS selector may be.
  public static let longest = CSSSelector.longest

  /// Why `expression` is no XPath 1.0; nil when it can be used. Any thread.
  public static func fault(in expression: String) -> String? {
    if expression.utf8.count > longest { return "the expression is longer than \(longest) bytes" }
    guard !expression.utf8.contains(0), let compiled = cxml_compile(expression) else {
      return "it is no XPath 1.0 expression"
    }
    cxml_close_expression(compiled)
    return nil
  }
}
