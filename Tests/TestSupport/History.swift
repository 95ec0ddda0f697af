public import TickerModel

/// What publishers showed at each poll, as a value that can be replayed, made smaller, and written as a fixture of
/// `TickerModelTests/Histories`.
public struct History: Sendable {
  /// One successful poll. A failed one changes nothing, so it is only a longer wait.
  public struct Poll: Sendable {
    public var source: String
    /// Since the beginning of the history.
    public var seconds: Int
    public var form: DocumentForm
    /// In document order.
    public var items: [ParsedItem]
    /// Texts that nobody had shown before, published on top since the last poll of this source, oldest first.
    public var published: [String]

    public init(
      source: String, seconds: Int, form: DocumentForm, items: [ParsedItem], published: [String] = []
    ) {
      self.source = source
      self.seconds = seconds
      self.form = form
      self.items = items
      self.published = published
    }

    public var document: ParsedDocument { ParsedDocument(form: form, kind: .auto, items: items) }
    public var now: Timestamp { Timestamp(seconds: History.beginning + Int64(seconds)) }
    public var titles: [String] { items.compactMap(\.title) }
  }

  /// Some moment; histories do not depend on the calendar.
  static let beginning: Int64 = 1_800_000_000

  public var sources: [Source]
  public var polls: [Poll]

  public init(sources: [Source], polls: [Poll] = []) {
    self.sources = sources
    self.polls = polls
  }

  public func source(of poll: Poll) -> Source {
    guard let source = sources.first(where: { $0.name == poll.source }) else {
      preconditionFailure("no source \(poll.source)")
    }
    return source
  }

  /// The events of each poll, as the model alone decides them.
  /// - Parameter rule: texts that are plain words need no normalising, which is most of a poll's time.
  public func rehearsed(rule: Fingerprint.Rule = .current, rules: [Rule] = []) -> [[Event]] {
    var memory = Rehearsal(rule: rule)
    return polls.map { memory.poll(source(of: $0), $0.document, rules: rules, at: $0.now).events }
  }
}

extension Fingerprint.Rule {
  /// Compares texts byte by byte: enough for generated words, and fast.
  public static let plainWords = Fingerprint.Rule(version: 1) { Array($0.utf8) }
}

extension History {
  /// In the format of `Histories/README`, with what each poll must announce.
  public func text(announcing expected: [[String]]) -> String {
    var text = sources.map { "source \($0.name)\(Self.options($0))\n" }.joined()
    var before = 0
    for (poll, expected) in zip(polls, expected) {
      let wait = poll.seconds - before
      before = poll.seconds
      text += "poll \(poll.source)\(poll.form == .feed ? " feed" : "")\(wait == 60 ? "" : " after=\(wait)s")\n"
      text += poll.items.map { "  \(Self.line($0, poll.form))\n" }.joined()
      text += "announces\n" + expected.map { "  \($0)\n" }.joined()
    }
    return text
  }

  /// A smaller history that still fails: polls and items are left out one at a time as long as it does.
  public func shrunk(while fails: (History) -> Bool) -> History {
    var smallest = self
    var isSmaller = true
    while isSmaller {
      isSmaller = false
      for index in smallest.polls.indices.reversed() {
        var candidate = smallest
        candidate.polls.remove(at: index)
        if fails(candidate) { (smallest, isSmaller) = (candidate, true) }
      }
      for title in Set(smallest.polls.flatMap(\.titles)).sorted() {
        var candidate = smallest
        for index in candidate.polls.indices { candidate.polls[index].items.removeAll { $0.title == title } }
        if fails(candidate) { (smallest, isSmaller) = (candidate, true) }
      }
      for index in smallest.polls.indices {
        for item in smallest.polls[index].items.indices.reversed() {
          var candidate = smallest
          candidate.polls[index].items.remove(at: item)
          if fails(candidate) { (smallest, isSmaller) = (candidate, true) }
        }
      }
    }
    return smallest
  }

  private static func options(_ source: Source) -> String {
    var options = ""
    if source.order == .oldestFirst { options += " order=oldest-first" }
    if source.baseline != .silent { options += " baseline=\(source.baseline.text)" }
    if source.dedupe == .source { options += " dedupe=source" }
    return options + source.tags.map { " tag=\($0)" }.joined()
  }

  private static func line(_ item: ParsedItem, _ form: DocumentForm) -> String {
    guard form == .feed else { return item.title ?? "" }
    return "\(item.guid ?? "-") | \(item.title ?? "-") | \(item.link ?? "-")"
  }
}

extension Event {
  /// As a history writes it: sign, title, and what is out of the ordinary.
  public var sentence: String {
    guard let item else {
      return type == .sourceGap ? "! gap before \(condition?.count ?? 0)" : "! \(type.rawValue)"
    }
    var sentence = (type == .itemNew ? "+ " : type == .itemUpdated ? "~ " : "- ") + title
    if item.baseline { sentence += " (baseline)" }
    if item.occurrence > 1 { sentence += " o\(item.occurrence)" }
    if item.revision > 1 { sentence += " r\(item.revision)" }
    if item.restored { sentence += " restored" }
    if !item.also.isEmpty { sentence += " also " + item.also.map(\.source).joined(separator: ",") }
    return sentence
  }
}
