import ArgumentParser
import Glibc
import TickerModel
import TickerStore
import TickerText

struct Why: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show how an item came to be, and who has heard of it.",
    discussion: """
      Source, poll and document, the rule by which it was judged, its neighbours and what it was compared with, its events, \
      failed deliveries, and which webhooks have passed it. Exit status 1 when no such item is recorded.

      Examples:
        tickerd why itm_0123456789ABCDEFGHJKMNPQRS
        tickerd why k3f9q2-1234
      """)

  @OptionGroup var options: ConfigurationOption
  @Flag(help: "Print JSON.") var json = false
  @Argument(help: "The item's id, or the cursor of an event about it.") var item: String

  func run() throws {
    signal(SIGPIPE, SIG_IGN)
    let archive = try RecordedState.open(try options.load(quietly: true))
    let account = try RecordedState.read { () throws(StoreError) -> ItemAccount? in
      guard let cursor = Cursor(item) else { return try archive.account(of: item) }
      return try archive.item(at: cursor).flatMap { id throws(StoreError) in try archive.account(of: id) }
    }
    guard let account else {
      Console.say(unknown(in: archive))
      throw ExitCode.failure
    }
    if json { return Console.write(account.json.object + [UInt8(ascii: "\n")]) }
    for line in account.lines { Console.print(VisibleText.escaped(line)) }
  }

  private func unknown(in archive: Archive) -> String {
    guard let cursor = Cursor(item) else {
      return "no item \(item) is recorded; an item's id begins with itm_, a cursor with \(archive.epoch)-"
    }
    return cursor.epoch == archive.epoch
      ? "no item stands at \(item): it is about no item, was pruned, or is not there yet"
      : "\(item) is a cursor of another log; those of this one begin with \(archive.epoch)-"
  }
}

extension ItemAccount {
  /// The account for a person, a fact a line.
  fileprivate var lines: [String] {
    let state = isPruned ? ", pruned: only its hashes are kept" : item.type == .itemWithdrawn ? ", withdrawn" : ""
    return ["\(item.id)  \(item.title)"] + about + [
      "  revision \(revision), occurrence \(occurrence)\(isBaseline ? ", baseline" : "")"
        + (isJittering ? ", its text jitters" : "") + state
    ] + steps.flatMap(\.lines)
      + section("events", events.map { "\($0.cursor.text)  \($0.at.text)  \($0.type)  \($0.source)  \($0.title)" })
      + section("sources", sightings.map(\.line)) + section("texts", texts.map(\.line))
      + section("webhooks", endpoints.map(\.line) + deliveries.map(\.line))
  }

  private var about: [String] {
    [
      "  source \(item.source), level \(item.level.rawValue)"
        + (item.tags.isEmpty ? "" : ", tags \(item.tags.joined(separator: " "))"),
      "  seen \(item.seen.text)" + (seenAfter.map { ", not yet there at \($0.text)" } ?? ""),
      published.map { "  published \($0.text)" }, item.link.map { "  link \($0)" },
    ].compactMap { $0 }
  }

  private func section(_ title: String, _ lines: [String]) -> [String] {
    lines.isEmpty ? ["\(title): none"] : ["\(title):"] + lines.map { "  " + $0 }
  }

  fileprivate var json: JSONText {
    var json = item.json
    json.member("seen_after", seenAfter?.text)
    json.member("published", published?.text)
    json.member("revision", revision)
    json.member("occurrence", occurrence)
    json.member("baseline", isBaseline)
    json.member("jitters", isJittering)
    json.member("pruned", isPruned)
    json.member("texts", objects: texts.map(\.json))
    json.member("sightings", objects: sightings.map(\.json))
    json.member("steps", objects: steps.map(\.json))
    json.member("events", objects: events.map(\.json))
    json.member("deliveries", objects: deliveries.map(\.json))
    json.member("endpoints", objects: endpoints.map(\.json))
    return json
  }
}

extension ItemAccount.Step {
  fileprivate var lines: [String] {
    [
      "\(at.text)  \(source)  \(verdict)" + (cursor.map { "  \($0.text)" } ?? ""),
      "  document: " + (document?.line ?? "no longer kept"), above.map { "  under the line: \($0)" },
      below.map { "  over the line: \($0)" },
      closest.map { text in
        "  most like, of what went there: \(text)" + (similarity.map { " (\(Self.percent($0)))" } ?? "")
      },
      rules.isEmpty
        ? nil : "  [[rule]] \(rules.map(String.init).joined(separator: ", "))" + (isDropped ? ", which drops it" : ""),
    ].compactMap { $0 }
  }

  private static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }

  fileprivate var json: JSONText {
    var json = JSONText()
    json.member("at", at.text)
    json.member("source", source)
    json.member("verdict", verdict)
    json.member("above", above)
    json.member("below", below)
    json.member("closest", closest)
    if let similarity { json.member("similarity", json: Array("\(similarity)".utf8)) }
    if !rules.isEmpty { json.member("rules", json: Array("[\(rules.map(String.init).joined(separator: ","))]".utf8)) }
    json.member("dropped", isDropped)
    json.member("cursor", cursor?.text)
    if let document { json.member("document", object: document.json) }
    return json
  }
}

extension ItemAccount.Document {
  fileprivate var line: String {
    [url, status.map(String.init), contentType, "\(size) bytes"].compactMap { $0 }.joined(separator: ", ")
  }

  fileprivate var json: JSONText {
    var json = JSONText()
    json.member("url", url)
    if let status { json.member("status", status) }
    json.member("content_type", contentType)
    json.member("size", size)
    return json
  }
}

extension ItemAccount.Event {
  fileprivate var json: JSONText {
    var json = JSONText()
    json.member("cursor", cursor.text)
    json.member("type", type)
    json.member("at", at.text)
    json.member("source", source)
    json.member("title", title)
    return json
  }
}

extension ItemAccount.Sighting {
  fileprivate var line: String {
    source + (cursor.map { ", announced by \($0.text)" } ?? ", not announced") + ", noted \(at.text)"
      + (lastSeen.map { ", last seen \($0.text)" } ?? "")
  }

  fileprivate var json: JSONText {
    var json = JSONText()
    json.member("source", source)
    json.member("at", at.text)
    json.member("last_seen", lastSeen?.text)
    json.member("cursor", cursor?.text)
    return json
  }
}

extension ItemAccount.Text {
  fileprivate var line: String { "\(hash)  " + (title ?? "the present text") }

  fileprivate var json: JSONText {
    var json = JSONText()
    json.member("hash", hash)
    json.member("title", title)
    return json
  }
}

extension ItemAccount.Endpoint {
  fileprivate var line: String {
    "\(name) \(hasPassed ? "has passed it" : "has not come to it yet"), at \(cursor.text)"
  }

  fileprivate var json: JSONText {
    var json = JSONText()
    json.member("endpoint", name)
    json.member("cursor", cursor.text)
    json.member("passed", hasPassed)
    return json
  }
}

extension ItemAccount.Delivery {
  fileprivate var line: String {
    "\(endpoint) failed to take \(cursor.text): \(attempts) attempt\(attempts == 1 ? "" : "s"), the last \(at.text)"
      + (lastStatus.map { " with \($0)" } ?? "") + ": \(reason); "
      + (nextAt.map { "the next \($0.text)" } ?? "a dead letter")
  }

  fileprivate var json: JSONText {
    var json = JSONText()
    json.member("endpoint", endpoint)
    json.member("cursor", cursor.text)
    json.member("attempts", attempts)
    if let lastStatus { json.member("last_status", lastStatus) }
    json.member("reason", reason)
    json.member("at", at.text)
    json.member("next_at", nextAt?.text)
    return json
  }
}
