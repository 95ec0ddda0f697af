import ArgumentParser
import FoundationEssentials
import Glibc
import TickerModel
import TickerSocket

struct Tail: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print recorded events, and follow what comes.",
    discussion: """
      Alone it prints the last 10 events, oldest first. With --after or --since it prints everything from there, unless
      -n limits it. With -f it goes on, reconnects by itself and misses nothing.

      Examples:
        tickerd tail -f
        tickerd tail -n 0 -f -o json --source bbc | jq -r .title
      """)

  @OptionGroup var daemon: DaemonOption
  @Option(name: .customShort("n"), help: ArgumentHelp("How many events at most of those recorded.", valueName: "count"))
  var count: Int?
  @Flag(name: .customShort("f"), help: "Go on with what comes.")
  var follow = false
  @Option(help: "Start strictly after this cursor.")
  var after: String?
  @Option(parsing: .unconditional, help: "Start at this time: -1h, or 2026-11-23T14:02:00Z.")
  var since: String?
  @Option(name: .shortAndLong, help: "text or json.")
  var output = OutputFormat.text
  @OptionGroup var filters: FilterOptions

  mutating func validate() throws {
    if let count, count < 0 { throw ValidationError("-n takes a number of 0 or more") }
    if after != nil, since != nil {
      throw ValidationError("--after and --since are two different beginnings; give one")
    }
    if let after, Cursor(after) == nil { throw ValidationError("--after '\(after)' is no cursor (EPOCH-SEQUENCE)") }
    if let since, CommandParser.moment(since) == nil {
      throw ValidationError("--since '\(since)' is no time; write -1h or 2026-11-23T14:02:00Z")
    }
  }

  func run() throws {
    signal(SIGPIPE, SIG_IGN)
    var tailing = Tailing(start: start, limit: limit, follow: follow, filter: filters.filter, printer: printer)
    while true {
      let client = try tailing.isResuming ? reconnect() : daemon.connect()
      do throws(SocketError) {
        if try tailing.run(on: client) == .ended { return }
      } catch {
        guard follow else {
          Console.say(error.description)
          throw ExitCode.unavailable
        }
      }
      if !follow { return }
      tailing.isResuming = true
    }
  }

  private var start: SubscribeRequest.Start {
    if let cursor = after.flatMap({ Cursor($0) }) { return .after(cursor) }
    if let moment = since.flatMap(CommandParser.moment) { return .since(moment) }
    return count == 0 ? .head : .last(count ?? Self.defaultCount)
  }

  /// A limit on what stands behind an explicit beginning.
  private var limit: Int? { after == nil && since == nil ? nil : count }

  private static let defaultCount = 10

  private var printer: EventPrinter { EventPrinter(format: output, isTerminal: isatty(STDOUT_FILENO) != 0) }

  /// Waits for the daemon to come back, a little longer each time.
  private func reconnect() throws -> SocketClient {
    Console.say("the daemon is gone; waiting for it")
    var pause: UInt32 = 1
    while true {
      if let client = try? SocketClient.connect(path: try daemon.path()) { return client }
      sleep(pause)
      pause = min(pause * 2, 30)
    }
  }
}

/// Prints events in one of the forms of SPEC §5.
struct EventPrinter {
  let format: OutputFormat
  /// A person reads: local time.
  let isTerminal: Bool

  /// `object` is one event, as the daemon wrote it.
  func print(_ object: [UInt8]) {
    switch format {
    case .json: Console.write(object + [UInt8(ascii: "\n")])
    case .text:
      guard let event = try? JSONDecoder().decode(Fields.self, from: Data(object)) else { return }
      let at = Timestamp(rfc3339: event.at).map { isTerminal ? LocalTime.text($0) : $0.textToTheSecond } ?? event.at
      Console.print(
        EventLine.text(type: event.type, at: at, level: event.level, source: event.source, title: event.title))
    }
  }

  private struct Fields: Decodable {
    let type: String
    let at: String
    let title: String
    let level: String?
    let source: String?
  }
}

/// The position of a `tail` over any number of connections.
struct Tailing {
  enum Outcome { case ended, disconnected }

  private var start: SubscribeRequest.Start
  private let limit: Int?
  private let follow: Bool
  private let filter: Filter
  private let printer: EventPrinter
  /// Events behind an explicit beginning of which only the last are wanted; nil once they are printed.
  private var held: [[UInt8]]?
  var isResuming = false

  init(start: SubscribeRequest.Start, limit: Int?, follow: Bool, filter: Filter, printer: EventPrinter) {
    self.start = start
    self.limit = limit
    self.follow = follow
    self.filter = filter
    self.printer = printer
    held = limit == nil ? nil : []
  }

  /// Prints until the end, or until the connection is gone.
  mutating func run(on client: SocketClient) throws(SocketError) -> Outcome {
    try subscribe(on: client)
    while let message = try client.next() {
      switch message {
      case .item(_, let cursor, let object):
        start = .after(cursor)
        take(object)
      case .live(_, let cursor), .beat(_, let cursor):
        start = .after(cursor)
        release()
      case .end:
        release()
        return .ended
      case .gap(_, _, let lost): Console.say("\(lost) events are gone: they were pruned before they were read")
      case .bye: return .disconnected
      case .hello, .ok, .failure, .other: continue
      }
    }
    return .disconnected
  }

  private mutating func subscribe(on client: SocketClient) throws(SocketError) {
    let request = SubscribeRequest(start: start, follow: follow, filter: filter)
    guard case .failure(let failure) = try client.subscribe(request) else { return }
    guard failure.code == .epochMismatch || failure.code == .cursorAhead else {
      throw SocketError(.protocol, failure.message)
    }
    Console.say("\(failure.message); going on from the oldest event")
    start = .tail
    if case .failure(let failure) = try client.subscribe(SubscribeRequest(start: .tail, follow: follow, filter: filter))
    {
      throw SocketError(.protocol, failure.message)
    }
  }

  private mutating func take(_ object: [UInt8]) {
    guard held != nil, let limit else { return printer.print(object) }
    held?.append(object)
    if let count = held?.count, count > limit { held?.removeFirst(count - limit) }
  }

  private mutating func release() {
    for object in held ?? [] { printer.print(object) }
    held = nil
  }
}
