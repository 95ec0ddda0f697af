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
}
