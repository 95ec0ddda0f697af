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
  /// Nil where the log cannot be read.
  let bounds: (tail: Int64, head: Int64)?
  let readFault: String?
  let sources: [SourceOverview]
  /// Of the scheduler as a whole, a sentence each.
  let schedulerProblems: [String]
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
    json.member("head", bounds.map { Cursor(epoch: epoch, sequence: $0.head).text })
    json.member("tail", bounds.map { Cursor(epoch: epoch, sequence: $0.tail).text })
    json.member("source_count", sources.count)
    json.member("well", sources.filter(\.isWell).count)
    json.member("paused", sources.count { $0.pacing.pausedAt != nil })
    // Those that need a look come first; `sources` tells all of them.
    let ordered = sources.filter { !$0.isWell } + sources.filter(\.isWell)
    json.member("sources", objects: Bounded.prefix(ordered.map(\.json), bytes: Self.longestList))
    json.member(
      "endpoints", objects: Bounded.prefix(endpoints.map(\.brief), bytes: Self.longestList))
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
    let unreadable = readFault.map { ["the log cannot be read: \($0)"] } ?? []
    let failing = sources.compactMap { source -> String? in
      guard let fault = source.state.fault, source.state.failures > 0, source.pacing.pausedAt == nil else { return nil }
      let since = source.state.failingSince?.textToTheSecond ?? "now"
      return
        "source \(source.polled.source.name): \(fault.stage.rawValue) fails (\(fault.class)) since \(since): \(fault.reason)"
    }
    let quiet = sources.filter(\.isQuiet).map {
      "source \($0.polled.source.name): it has brought nothing since "
        + "\($0.pacing.pace.lastMove?.textToTheSecond ?? "it is watched"), which is unusual"
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
    let owed = endpoints.flatMap(\.problems)
    return configuration + unreadable + schedulerProblems + failing + quiet + late + restless + cut + owed
  }
}

/// A part of the sources, as many as fit into a line of the socket.
struct SourcesAnswer {
  let json: JSONText

  /// Bytes of the list: a line of the socket is at most 64 KiB.
  private static let longestList = 60 << 10

  /// Rows that are asked for at once: some more than fit, the shortest being 600 bytes.
  static let most = 100

  /// `sources` in name order, of which there are more when they are ``most``.
  init(of sources: [SourceOverview]) {
    let fitting = Bounded.prefix(sources.map(\.json), bytes: Self.longestList)
    var json = JSONText()
    json.member("sources", objects: fitting)
    if fitting.count < sources.count || sources.count == Self.most { json.member("more", true) }
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

extension PollReport {
  /// `source at status unchanged answer new events titles notices milliseconds` and the fault where there is one.
  var json: JSONText {
    var json = JSONText()
    json.member("source", source)
    json.member("at", at.text)
    if let status { json.member("status", status) }
    json.member("unchanged", isUnchanged)
    json.member("answer", answer?.rawValue)
    json.member("new", finding.new)
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
