/// Pseudo-classes as XPath conditions. Pure.
enum PseudoClass {
  /// The number by which the function `place()` of cxml.c knows what to count.
  static let places = ["nth-child": 1, "nth-last-child": 2, "nth-of-type": 3, "nth-last-of-type": 4]

  /// A pseudo-class without argument on an element called `name`, nil when any; nil when it is not read here.
  static func condition(_ pseudo: String, on name: String?) -> String? {
    structural(pseudo, on: name) ?? form(pseudo) ?? (never.contains(pseudo) ? "false()" : nil)
  }

  /// `:dir()` by the nearest `dir` attribute; a text without one runs from left to right.
  static func direction(_ direction: String) -> String {
    let nearest = XPath.lowercased("string(ancestor-or-self::*[@dir][1]/@dir)")
    return direction == "rtl" ? "\(nearest) = \"rtl\"" : direction == "ltr" ? "\(nearest) != \"rtl\"" : "false()"
  }

  private static func structural(_ pseudo: String, on name: String?) -> String? {
    let first = "not(preceding-sibling::*[1])"
    let last = "not(following-sibling::*[1])"
    // `name[1]` stops at the first; the list of all same-named siblings is never made.
    let test = name.map(XPath.test)
    let firstOfType = test.map { "not(preceding-sibling::\($0)[1])" } ?? "place(3) = 1"
    let lastOfType = test.map { "not(following-sibling::\($0)[1])" } ?? "place(4) = 1"
    switch pseudo {
    case "first-child": return first
    case "last-child": return last
    case "only-child": return "\(first) and \(last)"
    case "first-of-type": return firstOfType
    case "last-of-type": return lastOfType
    case "only-of-type": return "\(firstOfType) and \(lastOfType)"
    case "empty": return "not(*[1]) and not(text()[1])"
    case "root", "scope": return "not(parent::*)"
    // HTML's own names; one with a dash is an element that a script defines, or never does.
    case "defined": return "not(contains(name(), \"-\"))"
    default: return nil
    }
  }

  /// States of links and forms that a page as it was sent already shows
  /// (https://html.spec.whatwg.org/multipage/semantics-other.html#pseudo-classes).
  private static func form(_ pseudo: String) -> String? {
    let link = "(self::a or self::area or self::link) and @href"
    let controls = "self::button or self::input or self::select or self::textarea"
    // Controls in the first legend of a disabled fieldset stay enabled.
    let fenced =
      "ancestor::fieldset[@disabled] and not(ancestor::legend[not(preceding-sibling::legend)]/parent::fieldset[@disabled])"
    let disabled =
      "((\(controls) or self::optgroup or self::option or self::fieldset) and @disabled) or "
      + "(self::option and parent::optgroup[@disabled]) or ((\(controls) or self::fieldset) and \(fenced))"
    switch pseudo {
    case "link", "any-link": return link
    case "disabled": return "(\(disabled))"
    case "enabled":
      return "(\(controls) or self::optgroup or self::option or self::fieldset) and not(\(disabled))"
    case "checked":
      let kind = XPath.lowercased("string(@type)")
      return
        "((self::input and @checked and (\(kind) = \"checkbox\" or \(kind) = \"radio\")) or (self::option and @selected))"
    case "required": return "(self::input or self::select or self::textarea) and @required"
    case "optional": return "(self::input or self::select or self::textarea) and not(@required)"
    case "open": return "(self::details or self::dialog) and @open"
    case "muted": return "(self::audio or self::video) and @muted"
    default: return nil
    }
  }

  /// States that only a person at a screen brings about: in a document they match nothing, and `:not(:hover)` everything.
  private static let never: Set<String> = [
    "active", "autofill", "current", "focus", "focus-visible", "focus-within", "fullscreen", "future", "host", "hover",
    "local-link", "past", "paused", "playing", "target", "target-within", "user-invalid", "user-valid", "visited",
  ]
}
