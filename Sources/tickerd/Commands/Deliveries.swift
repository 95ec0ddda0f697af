import ArgumentParser
import FoundationEssentials
import TickerEngine
import TickerModel
import TickerStore
import TickerText

/// A kept delivery as the daemon answers it.
struct DeliveryAnswer: Decodable {
  let endpoint: String
  let id: String
  let type: String
  let reason: String
  let attempts: Int
  let last_status: Int?
  let at: String
  let next_at: String?
  let sequence: Int
  let content_type: String?
  let body: String?
}

/// The answer to `deliveries`, `dead` and `dead_show`.
private struct DeliveriesAnswer: Decodable {
  let deliveries: [DeliveryAnswer]
  let more: Bool?
}

struct Deliveries: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List the deliveries that failed and will be attempted again.",
    discussion: """
      What was delivered at once leaves no trace here, what was given up is in `tickerd dead list`. With --json one object \
      per line.

      Example:
        tickerd deliveries --endpoint desk
      """)

  @OptionGroup var daemon: DaemonOption
  @Option(help: "Only those of this webhook.") var endpoint: String?
  @Flag(help: "Print JSON, one object per line.") var json = false

  func run() throws {
    let rows = try KeptDeliveries(daemon: daemon, endpoint: endpoint).list("deliveries", json: json)
    guard !json else { return }
    let cells = rows.map { row in
      [
        row.endpoint, row.id, row.type, "\(row.attempts)", row.last_status.map(String.init) ?? "-", row.next_at ?? "-",
        row.reason,
      ]
    }
    for line in Table.lines([["ENDPOINT", "ID", "TYPE", "TRIES", "STATUS", "NEXT", ""]] + cells) { Console.print(line) }
  }
}

struct Dead: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List, show, send again or drop what could not be delivered.",
    discussion: """
      A delivery is dead when its receiver refused it three times, when its schedule is used up, when it is older than \
      expires_after, or after a 410. The newest 10000 of each webhook are kept for 30 days. list and show work without a \
      daemon too. replay makes one attempt under the same webhook-id at every webhook where it is dead, disabled or not; \
      where it arrives it is no longer dead. purge drops one, or all. With --json list and show print one object per line.

      Exit status 1 when there is none, or an attempt failed.

      Examples:
        tickerd dead list --json | jq -r .id
        tickerd dead replay itm_0123456789ABCDEFGHJKMNPQRS
      """)

  /// What to do with them.
  enum Action: String, ExpressibleByArgument, CaseIterable {
    case list, show, replay, purge
  }

  @OptionGroup var daemon: DaemonOption
  @Option(help: "Only those of this webhook.") var endpoint: String?
  @Flag(help: "Print JSON.") var json = false
  @Argument(help: "list, show, replay or purge.") var action: Action
  @Argument(help: "A webhook-id, as list shows it; purge without one drops all.") var id: String?

  private struct Purged: Decodable {
    let purged: Int
  }

  func validate() throws {
    switch action {
    case .list: if id != nil { throw ValidationError("list takes no id; show tells one") }
    case .show, .replay: if id == nil { throw ValidationError("\(action.rawValue) needs the id of a dead letter") }
    case .purge: break
    }
  }

  func run() throws {
    switch action {
    case .list: try list()
    case .show: try show()
    case .replay: try ReplayedAnswer.ask(command("dead_replay"), daemon, json: json)
    case .purge: try purge()
    }
  }

  private func command(_ operation: String) -> JSONText {
    var command = JSONText()
    command.member("op", operation)
    command.member("message", id)
    command.member("endpoint", endpoint)
    return command
  }

  private func list() throws {
    let rows = try KeptDeliveries(daemon: daemon, endpoint: endpoint).list("dead", json: json)
    guard !json else { return }
    let cells = rows.map { row in
      [
        row.endpoint, row.id, row.type, "\(row.attempts)", row.last_status.map(String.init) ?? "-", row.at, row.reason,
      ]
    }
    for line in Table.lines([["ENDPOINT", "ID", "TYPE", "TRIES", "STATUS", "AT", "REASON"]] + cells) {
      Console.print(line)
    }
  }

  private func show() throws {
    let rows = try KeptDeliveries(daemon: daemon, endpoint: endpoint).show(id ?? "", json: json)
    guard !json else { return }
    for row in rows {
      let status = row.last_status.map { ", status \($0)" } ?? ""
      Console.print(VisibleText.escaped("\(row.endpoint)  \(row.id)  \(row.type)"))
      Console.print(VisibleText.escaped("  \(row.attempts) attempts, the last \(row.at)\(status): \(row.reason)"))
      let body = row.body ?? ""
      Console.print(VisibleText.escaped(body.isEmpty ? "  no body was made" : "  \(row.content_type ?? "")  \(body)"))
    }
  }

  private func purge() throws {
    let asked = String(decoding: command("dead_purge").object, as: UTF8.self)
    let (answer, line) = try daemon.ask(asked, as: Purged.self)
    if json { return Console.write(line + [UInt8(ascii: "\n")]) }
    Console.print("\(answer.purged) dead letter\(answer.purged == 1 ? "" : "s") dropped")
  }
}

/// What came of a replay.
struct ReplayedAnswer: Decodable {
  let delivered: Int
  let failed: Int
  let reason: String?

  /// A replay of the whole log takes its time.
  private static let patience = Duration.seconds(24 * 3600)

  /// Sends `command`, says what came of it, and exits 1 when something failed.
  static func ask(_ command: JSONText, _ daemon: DaemonOption, json: Bool) throws {
    let text = String(decoding: command.object, as: UTF8.self)
    let (answer, line) = try daemon.ask(text, as: ReplayedAnswer.self, patience: patience)
    if json {
      Console.write(line + [UInt8(ascii: "\n")])
    } else {
      let reason = answer.reason.map { ", \(answer.failed) failed, the last: \($0)" } ?? ""
      Console.print(VisibleText.escaped("\(answer.delivered) delivered\(reason)"))
    }
    if answer.failed > 0 { throw ExitCode.failure }
  }
}

/// Lists of kept deliveries, from the daemon, or from the state file when no daemon runs.
private struct KeptDeliveries {
  let daemon: DaemonOption
  let endpoint: String?

  /// Rows of one question.
  private static let page = 200

  func list(_ operation: StaticString, json: Bool) throws -> [DeliveryAnswer] {
    let isDead = "\(operation)" == "dead"
    guard !isDead || daemon.isReachable else { return try stored(json: json) }
    var rows: [DeliveryAnswer] = []
    while true {
      var command = JSONText()
      command.member("op", "\(operation)")
      command.member("endpoint", endpoint)
      command.member("after", rows.last.map { "\($0.endpoint)/\($0.sequence)" })
      let (answer, line) = try ask(command)
      if json { JSONLines.write("deliveries", of: line) }
      rows += answer.deliveries
      if answer.more != true || answer.deliveries.isEmpty { return rows }
    }
  }

  func show(_ id: String, json: Bool) throws -> [DeliveryAnswer] {
    guard daemon.isReachable else {
      let archive = try RecordedState.open(try daemon.options.load(quietly: true))
      let letters = try RecordedState.read { () throws(StoreError) in try archive.deadLetters(id, endpoint: endpoint) }
      if letters.isEmpty { Console.say("no dead letter has this id: \(id)") }
      guard !letters.isEmpty else { throw ExitCode.failure }
      return try decode(letters.map { DeliveryRow($0, withBody: true).json.object }, json: json)
    }
    var command = JSONText()
    command.member("op", "dead_show")
    command.member("message", id)
    command.member("endpoint", endpoint)
    let (answer, line) = try ask(command)
    if json { JSONLines.write("deliveries", of: line) }
    return answer.deliveries
  }

  private func ask(_ command: JSONText) throws -> (answer: DeliveriesAnswer, line: [UInt8]) {
    try daemon.ask(String(decoding: command.object, as: UTF8.self), as: DeliveriesAnswer.self)
  }

  private func stored(json: Bool) throws -> [DeliveryAnswer] {
    let archive = try RecordedState.open(try daemon.options.load(quietly: true))
    var rows: [DeliveryAnswer] = []
    while true {
      let after = rows.last.map { (endpoint: $0.endpoint, sequence: Int64($0.sequence)) }
      let found = try RecordedState.read { () throws(StoreError) in
        try archive.deliveries(dead: true, endpoint: endpoint, after: after, most: Self.page)
      }
      rows += try decode(found.map { DeliveryRow($0).json.object }, json: json)
      if found.count < Self.page { return rows }
    }
  }

  private func decode(_ objects: [[UInt8]], json: Bool) throws -> [DeliveryAnswer] {
    try objects.map { object in
      if json { Console.write(object + [UInt8(ascii: "\n")]) }
      return try JSONDecoder().decode(DeliveryAnswer.self, from: Data(object))
    }
  }
}
