import Glibc
import TickerModel
import TickerStore
import TickerText

/// What runs, how fresh, what fails and since when, as the `status` command answers it.
struct Status {
  let started: Timestamp
  let loaded: Timestamp
  let reloadFault: String?
  let state: String
  let epoch: String
  let bounds: (tail: Int64, head: Int64)
  let sources: [SourceOverview]
  let endpoints: [EndpointOverview]
  /// Items that change too often, by source.
  let jittering: [String: Int]

  /// All of it but the number of subscribers, which the socket adds.
  var json: JSONText {
    var json = JSONText()
    json.member("version", Product.version)
    json.member("pid", Int(getpid()))
    json.member("started", started.text)
    json.member("configured", loaded.text)
    json.member("state", state)
    json.member("head", Cursor(epoch: epoch, sequence: bounds.head).text)
    json.member("tail", Cursor(epoch: epoch, sequence: bounds.tail).text)
    json.member("source_count", sources.count)
    json.member("well", sources.filter(\.isWell).count)
    // Those that need a look come first; `sources` tells all of them.
    let ordered = sources.filter { !$0.isWell } + sources.filter(\.isWell)
    json.member("sources", objects: Bounded.prefix(ordered.map(\.json), bytes: Self.longestList))
    json.member(
      "endpoints", objects: Bounded.prefix(endpoints.map { $0.json(epoch: epoch) }, bytes: Self.longestList))
    let problems = problems
    json.member("problem_count", problems.count)
    json.member("problems", Bounded.prefix(problems, bytes: Self.longestList))
    return json
  }

  /// Bytes of each list in the answer: three of them fit into a line of the socket.
  private static let longestList = 18 << 10

  /// What needs a person, a sentence each.
  private var problems: [String] {
    let configuration = reloadFault.map { ["the configuration on disk is not in force: \($0)"] } ?? []
    let failing = sources.compactMap { source -> String? in
      guard let fault = source.state.fault, source.state.failures > 0 else { return nil }
      let since = source.state.failingSince?.textToTheSecond ?? "now"
      return
        "source \(source.polled.source.name): \(fault.stage.rawValue) fails (\(fault.class)) since \(since): \(fault.reason)"
    }
    let late = sources.filter { $0.looksReversed }.map {
      "source \($0.polled.source.name): new lines come in below the oldest; is `order` reversed?"
    }
    let restless = jittering.sorted { $0.key < $1.key }.map {
      "source \($0.key): \($0.value) items change their text all the time, and are no longer announced when they do"
    }
    let cut = sources.filter { $0.cutEvents > 0 }.map {
      "source \($0.polled.source.name): \($0.cutEvents) events were cut to their bounds; does it read more than headlines?"
    }
    let owed = endpoints.flatMap { endpoint -> [String] in
      let dead = endpoint.dead > 0 ? ["webhook \(endpoint.name): \(endpoint.dead) deliveries are dead"] : []
      return dead + (endpoint.failure.map { ["webhook \(endpoint.name): \($0)"] } ?? [])
    }
    return configuration + failing + late + restless + cut + owed
  }
}

/// A webhook as `status` tells it.
struct EndpointOverview: Sendable {
  let name: String
  let url: String
  let cursor: Int64
  /// Since the start.
  let delivered: Int
  let waiting: Int
  let dead: Int
  let failure: String?

  func json(epoch: String) -> JSONText {
    var json = JSONText()
    json.member("endpoint", name)
    json.member("url", url)
    json.member("cursor", Cursor(epoch: epoch, sequence: cursor).text)
    json.member("delivered", delivered)
    json.member("waiting", waiting)
    json.member("dead", dead)
    json.member("failure", failure)
    return json
  }
}

/// A part of the sources, as many as fit into a line of the socket.
struct SourcesAnswer {
  let json: JSONText

  /// Bytes of the list: a line of the socket is at most 64 KiB.
  private static let longestList = 60 << 10

  /// `sources` in name order, from the first behind `after`.
  init(of sources: [SourceOverview], after: String) {
    let rest = sources.drop { $0.polled.source.name <= after }.map(\.json)
    let fitting = Bounded.prefix(rest, bytes: Self.longestList)
    var json = JSONText()
    json.member("sources", objects: fitting)
    if fitting.count < rest.count { json.member("more", true) }
    self.json = json
  }
}

/// Lists that must fit into a line.
enum Bounded {
  /// The first of `objects` that together take at most `bytes`.
  static func prefix(_ objects: [JSONText], bytes: Int) -> [JSONText] {
    prefix(objects, bytes: bytes) { $0.bytes.count + 3 }
  }

  /// The first of `sentences` that together take at most `bytes`; escapes can double them.
  static func prefix(_ sentences: [String], bytes: Int) -> [String] {
    prefix(sentences, bytes: bytes) { $0.utf8.count * 2 + 3 }
  }

  private static func prefix<Element>(_ elements: [Element], bytes: Int, size: (Element) -> Int) -> [Element] {
    var left = bytes
    return Array(
      elements.prefix { element in
        left -= size(element)
        return left >= 0
      })
  }
}

extension SourceOverview {
  var isWell: Bool { state.failures == 0 && state.lastSuccess != nil && !looksReversed }

  /// Polls on end that brought lines below the oldest and nothing above it, before the order is doubted.
  private static let doubtfulPolls = 3

  var looksReversed: Bool { latePolls >= Self.doubtfulPolls }

  /// `source state url interval last_poll last_success next_poll polls status failures since stage class reason late`.
  var json: JSONText {
    var json = JSONText()
    json.member("source", polled.source.name)
    json.member("state", state.failures > 0 ? "failing" : state.lastSuccess == nil ? "waiting" : "ok")
    json.member("url", polled.url.shown)
    json.member("interval", Quantity.text(polled.source.interval))
    json.member("last_poll", state.lastPoll?.text)
    json.member("last_success", state.lastSuccess?.text)
    json.member("next_poll", nextPoll?.text)
    json.member("polls", polls)
    if let lastStatus { json.member("status", lastStatus) }
    json.member("failures", state.failures)
    json.member("since", state.failingSince?.text)
    json.member("stage", state.fault?.stage.rawValue)
    json.member("class", state.fault?.class)
    json.member("reason", state.fault?.reason)
    json.member("late", lateLines)
    json.member("identity", feedIdentity?.rawValue)
    return json
  }
}

extension PollReport {
  /// `source at changed events titles` and the fault where there is one.
  var json: JSONText {
    var json = JSONText()
    json.member("source", source)
    json.member("at", at.text)
    if let status { json.member("status", status) }
    json.member("unchanged", isUnchanged)
    json.member("events", events.count)
    json.member("titles", events.prefix(Self.mostTitles).compactMap { EventText.read($0.body)?.title })
    json.member("notices", notices)
    json.member("milliseconds", Int(duration.inMilliseconds))
    json.member("stage", fault?.stage.rawValue)
    json.member("class", fault?.class)
    json.member("reason", fault?.reason)
    return json
  }

  /// Titles named in the answer to `poll`; a line of the socket is at most 64 KiB.
  private static let mostTitles = 10
}
