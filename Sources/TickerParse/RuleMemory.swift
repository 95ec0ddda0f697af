import Synchronization

/// Rules that were read once: a source is polled for months with the same selectors. Any thread.
final class RuleMemory<Rule: Sendable>: Sendable {
  /// Rules of one kind; more than the largest configuration has. When they are more, all are forgotten and read again.
  private let most: Int
  private let known = Mutex<[String: Rule]>([:])

  init(most: Int = 1 << 14) { self.most = most }

  /// The rule that `text` is read as; what cannot be read is not remembered.
  func rule<Fault>(_ text: String, _ read: (String) throws(Fault) -> Rule) throws(Fault) -> Rule {
    if let rule = known.withLock({ $0[text] }) { return rule }
    let rule = try read(text)
    known.withLock { known in
      if known.count >= most { known.removeAll() }
      known[text] = rule
    }
    return rule
  }

  var count: Int { known.withLock { $0.count } }
}

/// The memories of this process.
enum KnownRules {
  static let css = RuleMemory<CSSSelector>()
  static let relativeCSS = RuleMemory<CSSSelector>()
  static let xpath = RuleMemory<XPathExpression>()
  static let paths = RuleMemory<ValuePath>()
}
