import Testing
import TickerDelivery
import TickerModel

@Suite struct WebhookMessageTests {
  static let id = "itm_0123456789ABCDEFGHJKMNPQRS"

  static func record(
    _ type: String, source: String? = "bbc.world", item: String? = id,
    body: String = "\"at\":\"…\",\"title\":\"x\",\"revision\":3"
  ) -> LogRecord {
    LogRecord(
      sequence: 1234, at: Timestamp(milliseconds: 1_795_442_520_130), type: type, source: source, item: item,
      level: item == nil ? nil : .routine, tags: [], also: [], body: Array(body.utf8))
  }

  @Test(arguments: [
    (record("item.new"), id),
    (record("item.updated"), id + "_r3"),
    (record("item.withdrawn"), id + "_w3"),
    (record("source.gap", item: nil), "source_gap_bbc_world_k3f9q2_1234"),
    (record("test", source: nil, item: nil), "test_k3f9q2_1234"),
    (record("item.updated", body: "\"at\":\"…\",\"title\":\"no revision\""), "item_updated_\(id)_k3f9q2_1234"),
    (record("item.corrected"), "item_corrected_\(id)_k3f9q2_1234"),
  ])
  func idsAreStableAndWithoutDots(_ record: LogRecord, _ expected: String) {
    let message = WebhookMessage(record, epoch: "k3f9q2")
    #expect(message.id == expected)
    #expect(!message.id.contains("."))
  }

  @Test func bodyIsTheEventInItsEnvelope() {
    let message = WebhookMessage(Self.record("item.new", body: "\"at\":\"…\",\"title\":\"Żółw\""), epoch: "k3f9q2")
    #expect(
      String(decoding: message.body, as: UTF8.self)
        == "{\"type\":\"item.new\",\"timestamp\":\"2026-11-23T14:02:00.130Z\",\"data\":"
        + "{\"type\":\"item.new\",\"cursor\":\"k3f9q2-1234\",\"at\":\"…\",\"title\":\"Żółw\"}}")
    #expect(message.contentType == "application/json")
  }

  @Test func theLongestEventStaysWithinTheBound() {
    let record = LogRecord(
      sequence: 999_999_999_999_999_999, at: Timestamp(seconds: 0), type: "endpoint.recovered", source: "a", item: nil,
      level: nil, tags: [], also: [], body: [UInt8](repeating: 0x61, count: EventEncoding.longestBody))
    let message = WebhookMessage(record, epoch: String(repeating: "z", count: 32))
    #expect(message.body.count > EventEncoding.longestBody)
    #expect(message.body.count <= WebhookMessage.longestBody)
  }
}
