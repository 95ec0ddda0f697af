/// Pseudo-classes. Pure.
enum PseudoClass {
  /// A state of links and forms that a page as it was sent already shows
  /// (https://html.spec.whatwg.org/multipage/semantics-other.html#pseudo-classes).
  enum State: Sendable { case defined, link, disabled, enabled, checked, required, optional, open, muted }

  /// A pseudo-class without argument; nil when it is not read here.
  static func condition(_ pseudo: String) -> Condition? {
    structural(pseudo) ?? states[pseudo].map(Condition.state) ?? (never.contains(pseudo) ? .never : nil)
  }

  private static func structural(_ pseudo: String) -> Condition? {
    let edge = { (isLast: Bool, isOfType: Bool) in Condition.edge(isLast: isLast, isOfType: isOfType) }
    switch pseudo {
    case "first-child": return edge(false, false)
    case "last-child": return edge(true, false)
    case "only-child": return .all([edge(false, false), edge(true, false)])
    case "first-of-type": return edge(false, true)
    case "last-of-type": return edge(true, true)
    case "only-of-type": return .all([edge(false, true), edge(true, true)])
    case "empty": return .empty
    case "root", "scope": return .root
    default: return nil
    }
  }

  private static let states: [String: State] = [
    "defined": .defined, "link": .link, "any-link": .link, "disabled": .disabled, "enabled": .enabled,
    "checked": .checked, "required": .required, "optional": .optional, "open": .open, "muted": .muted,
  ]

  /// States that only a person at a screen brings about: in a document they match nothing, and `:not(:hover)` everything.
  private static let never: Set<String> = [
    "active", "autofill", "current", "focus", "focus-visible", "focus-within", "fullscreen", "future", "host", "hover",
    "local-link", "past", "paused", "playing", "target", "target-within", "user-invalid", "user-valid", "visited",
  ]
}

extension PseudoClass.State {
  /// All but `disabled` and `enabled`, which depend on what is around an element: SelectorMatcher knows them.
  func holds(_ node: HTMLNode) -> Bool {
    let name = node.name
    switch self {
    // HTML's own names; one with a dash is an element that a script defines, or never does.
    case .defined: return !name.contains("-")
    case .link: return ["a", "area", "link"].contains(name) && node.has("href")
    case .disabled, .enabled: return false
    case .checked:
      if name == "option" { return node.has("selected") }
      let kind = node.attribute("type")?.lowercased() ?? ""
      return name == "input" && node.has("checked") && (kind == "checkbox" || kind == "radio")
    case .required: return Self.isFilledIn.contains(name) && node.has("required")
    case .optional: return Self.isFilledIn.contains(name) && !node.has("required")
    case .open: return (name == "details" || name == "dialog") && node.has("open")
    case .muted: return (name == "audio" || name == "video") && node.has("muted")
    }
  }

  private static let isFilledIn: Set<String> = ["input", "select", "textarea"]
  private static let controls: Set<String> = ["button", "input", "select", "textarea"]
  /// What `disabled` and `enabled` are asked of.
  static let canBeDisabled: Set<String> = controls.union(["optgroup", "option", "fieldset"])
}
