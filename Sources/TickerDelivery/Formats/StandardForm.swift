import TickerModel
import TickerText

/// Standard Webhooks' own envelope: `type`, `timestamp`, `data`
/// (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#payload-structure).
enum StandardForm {
  static func body(_ event: DeliveredEvent) -> [UInt8] {
    let record = event.record
    var body = JSONText(reserving: record.body.count + 160)
    body.member("type", record.type)
    body.member("timestamp", record.at.text)
    body.member("data", json: record.object(epoch: event.epoch))
    return body.object
  }

  static func body(_ bundle: Bundle) -> [UInt8] {
    var data = JSONText()
    data.member("count", bundle.count)
    data.member("first", bundle.first)
    data.member("last", bundle.last)
    data.member("events", json: array(bundle.events.map { $0.record.object(epoch: $0.epoch) }))
    var body = JSONText()
    body.member("type", bundle.kind.rawValue)
    body.member("timestamp", (bundle.events.last?.record.at ?? Timestamp(seconds: 0)).text)
    body.member("data", object: data)
    return body.object
  }

  /// JSON values as an array.
  static func array(_ values: [[UInt8]]) -> [UInt8] {
    [UInt8(ascii: "[")] + values.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "]")]
  }
}

/// CloudEvents 1.0 in structured mode (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md).
enum CloudEvent {
  static let contentType = "application/cloudevents+json; charset=utf-8"
  static let batchType = "application/cloudevents-batch+json; charset=utf-8"

  static func body(_ event: DeliveredEvent) -> [UInt8] {
    let record = event.record
    let subject = record.source.map { "source:\($0)" } ?? DeliveredEvent.endpoint(of: record).map { "endpoint:\($0)" }
    var body = JSONText(reserving: record.body.count + 400)
    body.member("specversion", "1.0")
    body.member("id", event.id)
    // Names no machine: several that watch one source tell the same event.
    body.member("source", "urn:tickerd:" + (subject ?? record.type))
    body.member("type", record.type)
    body.member("subject", record.item ?? record.source)
    body.member("time", record.at.text)
    body.member("datacontenttype", "application/json")
    // https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/extensions/sequence.md: compared as text.
    let digits = String(record.sequence)
    body.member("sequence", String(repeating: "0", count: max(0, sequenceDigits - digits.count)) + digits)
    body.member("partitionkey", record.source)
    body.member("data", json: record.object(epoch: event.epoch))
    return body.object
  }

  /// Of a digest only the events it holds: the form has no place for a count.
  static func body(_ bundle: Bundle) -> [UInt8] { StandardForm.array(bundle.events.map(body)) }

  private static let sequenceDigits = 20
}
