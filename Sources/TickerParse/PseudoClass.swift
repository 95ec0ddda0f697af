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
  func holds(_ node: HTMLNode) -> Bool {
    let name = node.name
    switch self {
    // HTML's own names; one with a dash is an element that a script defines, or never does.
    case .defined: return !name.contains("-")
    case .link: return ["a", "area", "link"].contains(name) && node.has("href")
    case .disabled: return Self.isDisabled(node, name)
    case .enabled: return Self.canBeDisabled.contains(name) && !Self.isDisabled(node, name)
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
  private static let canBeDisabled: Set<String> = controls.union(["optgroup", "option", "fieldset"])

  private static func isDisabled(_ node: HTMLNode, _ name: String) -> Bool {
    guard canBeDisabled.contains(name) else { return false }
    if node.has("disabled") { return true }
    if name == "option" { return node.parent.map { $0.name == "optgroup" && $0.has("disabled") } ?? false }
    return name != "optgroup" && isFenced(node)
  }

  /// Inside a disabled fieldset; controls in the first legend of one stay enabled.
  private static func isFenced(_ node: HTMLNode) -> Bool {
    var isFenced = false
    for above in sequence(first: node, next: \.parent).dropFirst() {
      if above.name == "fieldset", above.has("disabled") { isFenced = true }
      let isFirstLegend =
        above.name == "legend"
        && !sequence(first: above, next: \.previousElement).dropFirst().contains { $0.name == "legend" }
      if isFirstLegend, let fieldset = above.parent, fieldset.name == "fieldset", fieldset.has("disabled") {
        return false
      }
    }
    return isFenced
  }
}
