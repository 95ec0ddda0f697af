/// What a source's rules would have announced of the documents that were kept, held against what was announced then.
/// Pure.
public struct Trial: Sendable {
  public enum Verdict: String, Sendable {
    case new, changed, withdrawn
    /// Something about the source itself, such as a gap.
    case told
    /// It was announced, and would not have been.
    case suppressed
  }

  public struct Outcome: Sendable, Equatable {
    public let verdict: Verdict
    public let at: Timestamp
    public let title: String
    /// Of an item.
    public let level: Level?
    public let tags: [String]
    /// Whether the log of that time has the same.
    public let wasAnnounced: Bool
  }

  /// Oldest first.
  public let outcomes: [Outcome]

  /// - Parameters:
  ///   - documents: oldest first, each another one than the one before. The first is the baseline: nothing of it counts.
  ///   - log: what was announced of the source, oldest first; what is not later than the first document is passed over.
  ///   - now: the source is taken to have shown its last document until then.
  public init(
    of source: Source, rules: [Rule], documents: [(at: Timestamp, document: ParsedDocument)], log: [LogRecord],
    now: Timestamp
  ) {
    guard let first = documents.first?.at else {
      outcomes = []
      return
    }
    let told = Self.replay(documents, of: source, by: rules, until: now)
    let baseline = Set(told.prefix { $0.at == first }.compactMap(\.item?.id))
    var announced: [String: [LogRecord]] = [:]
    for record in log where record.at > first { announced[Self.key(record), default: []].append(record) }
    var outcomes: [Outcome] = []
    for event in told where event.at > first {
      let wasAnnounced = announced[Self.key(event)]?.isEmpty == false
      if wasAnnounced { announced[Self.key(event)]?.removeFirst() }
      // Whether an item of the first document was ever announced is not known; one that was not gets no withdrawal.
      let isOfBaseline = event.item.map { baseline.contains($0.id) } ?? false
      if event.type == .itemWithdrawn, isOfBaseline, !wasAnnounced { continue }
      outcomes.append(Outcome(event, wasAnnounced: wasAnnounced))
    }
    let suppressed = announced.values.joined().filter { $0.type.hasPrefix("item.") }.map(Outcome.init(suppressed:))
    for outcome in suppressed.sorted(by: { $0.at < $1.at }) {
      outcomes.insert(outcome, at: outcomes.firstIndex { $0.at > outcome.at } ?? outcomes.endIndex)
    }
    self.outcomes = outcomes
  }
}

extension Trial {
  /// Polls what was kept, and between two documents that lie further apart the former once more, as it was seen unchanged:
  /// that poll confirms withdrawals, and is the last to have seen what the next document lacks.
  private static func replay(
    _ documents: [(at: Timestamp, document: ParsedDocument)], of source: Source, by rules: [Rule], until now: Timestamp
  ) -> [Event] {
    var source = source
    source.baseline = .all
    let interval: Duration = if case .every(let interval) = source.interval { interval } else { source.minInterval }
    var rehearsal = Rehearsal()
    let ends = documents.dropFirst().map(\.at) + [now]
    for ((at, document), end) in zip(documents, ends) {
      rehearsal.poll(source, document, rules: rules, at: at)
      let last = end - interval
      if last.since(at) >= interval { rehearsal.poll(source, document, rules: rules, at: last) }
    }
    return rehearsal.log
  }

  private static func key(_ event: Event) -> String {
    event.type.rawValue + " " + EventEncoding.cut(event.title, to: EventEncoding.longestTitle)
  }

  private static func key(_ record: LogRecord) -> String {
    record.type + " " + (EventText.read(record.body)?.title ?? "")
  }
}

extension Trial.Outcome {
  fileprivate init(_ event: Event, wasAnnounced: Bool) {
    verdict =
      switch event.type {
      case .itemNew: .new
      case .itemUpdated: .changed
      case .itemWithdrawn: .withdrawn
      default: .told
      }
    at = event.at
    title = event.title
    level = event.item?.level
    tags = event.item?.tags ?? []
    self.wasAnnounced = wasAnnounced
  }

  fileprivate init(suppressed record: LogRecord) {
    verdict = .suppressed
    at = record.at
    title = EventText.read(record.body)?.title ?? ""
    level = record.level
    tags = record.tags
    wasAnnounced = true
  }
}
