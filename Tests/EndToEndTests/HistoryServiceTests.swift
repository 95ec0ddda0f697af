import TestSupport
import Testing
import TickerModel

/// Histories polled by the built program over HTTP, all by one daemon.
private let histories = 300

/// Generated histories say the same through the whole program as in memory.
@Test func generatedHistoriesThroughTheBuiltProgram() async throws {
  let seed = SeededGenerator.seed()
  var generator = HistoryGenerator(seed: seed)
  let origin = try Origin()
  let told = (0..<histories).map { index in
    // Alone in its log: words of one history mean nothing to another.
    var history = generator.window(isHasty: true)
    history.sources[0].name = "h\(index)"
    history.sources[0].dedupe = .source
    for poll in history.polls.indices { history.polls[poll].source = "h\(index)" }
    return history
  }
  let station = Station(told.map { table($0.sources[0], origin) }.joined())
  for history in told { origin.publish("/\(history.sources[0].name)", page(history.polls.first)) }
  _ = try await station.daemon()
  for history in told {
    for poll in history.polls {
      origin.publish("/\(poll.source)", page(poll))
      try await station.poll(poll.source)
    }
  }
  let log = Dictionary(grouping: try await station.log()) { $0["source"].string ?? "" }
  for history in told {
    let expected = history.rehearsed().flatMap { $0.map(sentence) }
    let announced = (log[history.sources[0].name] ?? []).map(sentence)
    #expect(
      announced == expected,
      "seed \(seed)\n\(history.text(announcing: history.rehearsed().map { $0.map(\.sentence) }))")
  }
}

private func table(_ source: Source, _ origin: Origin) -> String {
  """
  [[source]]
  name = "\(source.name)"
  kind = "text"
  baseline = "\(source.baseline.text)"
  order = "\(source.order.rawValue)"
  dedupe = "source"
  expect = { min_items = 0, max_items = 500 }
  interval = "1h"
  \(origin.place("/\(source.name)"))

  """
}

private func page(_ poll: History.Poll?) -> String { (poll?.titles ?? []).map { $0 + "\n" }.joined() }

/// What does not depend on when it happened.
private func sentence(_ event: Event) -> String {
  guard let item = event.item else { return "\(event.type.rawValue) before \(event.condition?.count ?? 0)" }
  return """
    \(event.type.rawValue) \(item.id) \(event.title) r\(item.revision) o\(item.occurrence) \(item.fingerprint.text) \
    was \(item.previous ?? "-") restored \(item.restored) baseline \(item.baseline)
    """
}

private func sentence(_ event: JSON) -> String {
  let type = event["type"].string ?? ""
  guard type.hasPrefix("item.") else { return "\(type) before \(event["count"].int ?? 0)" }
  return """
    \(type) \(event["id"].string ?? "") \(event["title"].string ?? "") r\(event["revision"].int ?? 0) \
    o\(event["occurrence"].int ?? 0) \(event["hash"].string ?? "") was \(event["previous"].string ?? "-") \
    restored \(event["restored"] == .bool(true)) baseline \(event["baseline"] == .bool(true))
    """
}
