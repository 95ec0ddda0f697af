/// The events about a source itself. Pure.
public enum SourceEvents {
  /// Failures in a row before a source is said to fail: two are a hiccup.
  public static let failuresToTell = 3

  /// `source.failing`, after ``failuresToTell`` failures in a row.
  public static func failing(_ source: String, _ fault: SourceFault, since: Timestamp, now: Timestamp) -> Event {
    Event(
      type: .sourceFailing, at: now, source: source,
      title: "\(source) cannot be read since \(since.textToTheSecond): \(fault.reason)", item: nil,
      condition: SourceCondition(stage: fault.stage.rawValue, class: fault.class, reason: fault.reason, since: since))
  }

  /// `source.recovered`, with the last fault and since when it lasted.
  public static func recovered(_ source: String, _ fault: SourceFault, since: Timestamp, now: Timestamp) -> Event {
    Event(
      type: .sourceRecovered, at: now, source: source,
      title: "\(source) can be read again, after it failed since \(since.textToTheSecond)", item: nil,
      condition: SourceCondition(stage: fault.stage.rawValue, class: fault.class, reason: fault.reason, since: since))
  }

  /// `source.quiet`, once for a silence that began at `since`.
  /// - Parameter missing: items that its profile lets expect in that time; nil where the operator set the bound.
  public static func quiet(_ source: String, since: Timestamp, missing: Double?, now: Timestamp) -> Event {
    let reason =
      missing.map { "some \(Int($0)) items would be usual since then, at this time of the week" }
      ?? "it has been silent for longer than `quiet_after`"
    return Event(
      type: .sourceQuiet, at: now, source: source,
      title: "\(source) has brought nothing since \(since.textToTheSecond): \(reason)", item: nil,
      condition: SourceCondition(stage: "decide", class: "quiet", reason: reason, since: since))
  }
}
