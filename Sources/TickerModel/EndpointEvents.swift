/// The events about an endpoint, and the drill. Pure.
public enum EndpointEvents {
  /// `endpoint.failing`: nothing more is sent but single tries.
  public static func failing(_ endpoint: String, reason: String, since: Timestamp, now: Timestamp) -> Event {
    event(
      .endpointFailing, "webhook \(endpoint) takes nothing since \(since.textToTheSecond): \(reason)",
      EndpointCondition(endpoint: endpoint, reason: reason, since: since), now)
  }

  /// `endpoint.failing` once more, after `duration`; it is disabled after `most`.
  public static func stillFailing(
    _ endpoint: String, reason: String, since: Timestamp, for duration: Duration, most: Duration, now: Timestamp
  ) -> Event {
    event(
      .endpointFailing,
      "webhook \(endpoint) has taken nothing for \(Quantity.text(duration)), and after \(Quantity.text(most)) is disabled: "
        + reason,
      EndpointCondition(endpoint: endpoint, reason: reason, since: since), now)
  }

  /// `endpoint.recovered`, with what was wrong and since when.
  public static func recovered(_ endpoint: String, reason: String, since: Timestamp, now: Timestamp) -> Event {
    event(
      .endpointRecovered, "webhook \(endpoint) takes deliveries again, after it failed since \(since.textToTheSecond)",
      EndpointCondition(endpoint: endpoint, reason: reason, since: since), now)
  }

  /// `endpoint.disabled`: nothing is sent before a person enables it.
  public static func disabled(_ endpoint: String, reason: String, now: Timestamp) -> Event {
    event(
      .endpointDisabled, "webhook \(endpoint) is disabled: \(reason)",
      EndpointCondition(endpoint: endpoint, reason: reason, since: now), now)
  }

  /// `test`, for every sink that takes it, or for one endpoint alone.
  public static func drill(_ text: String, endpoint: String?, now: Timestamp) -> Event {
    event(.test, text, endpoint.map { EndpointCondition(endpoint: $0) }, now)
  }

  private static func event(
    _ type: EventType, _ title: String, _ condition: EndpointCondition?, _ now: Timestamp
  ) -> Event {
    Event(type: type, at: now, source: nil, title: title, item: nil, endpoint: condition)
  }
}
