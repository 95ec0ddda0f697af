import ArgumentParser
import Glibc
import TickerModel
import TickerSocket
import TickerStore

struct Tail: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print recorded events, and follow what comes.",
    discussion: """
      Alone it prints the last 10 events, oldest first. With --after, --since or a cursor file that is there it prints \
      everything from there, unless -n limits it. With -f it goes on, reconnects by itself and misses nothing. When no daemon \
      runs it reads the database, where it may.

      Examples:
        tickerd tail -f
        tickerd tail -n 0 -f -o json --source bbc | jq -r .title
        tickerd tail --cursor-file ~/.desk.cursor --format '{seen:time} {source} {title}'
      """)

  @OptionGroup var daemon: DaemonOption
  @Option(name: .customShort("n"), help: ArgumentHelp("How many events at most of those recorded.", valueName: "count"))
  var count: Int?
  @Flag(name: .customShort("f"), help: "Go on with what comes.")
  var follow = false
  @Option(help: "Start strictly after this cursor.")
  var after: String?
  @Option(
    parsing: .unconditional,
    help: "Start at this time: -1h, today, 14:02, '2026-11-23 14:02' or 2026-11-23T14:02:00Z.")
  var since: String?
  @Option(parsing: .unconditional, help: "End with this time or cursor, included.")
  var until: String?
  @Option(
    help: "Start after the cursor in this file, where it is there, and leave there how far was printed.",
    completion: .file())
  var cursorFile: String?
  @Option(name: .shortAndLong, help: "text, json, or sse (server-sent events).")
  var output = TailFormat.text
  @Flag(help: "As -o json.") var json = false
  @Option(
    help: "A line of your own: '{seen:time} {source} {title}'; an event's keys, or key:time, key:clock, key:json.")
  var format: LineTemplate?
  @Flag(help: "Ring the terminal's bell for a flash.") var bell = false
  @OptionGroup var filters: FilterOptions

  mutating func validate() throws {
    if let count, count < 0 { throw ValidationError("-n takes a number of 0 or more") }
    if after != nil, since != nil {
      throw ValidationError("--after and --since are two different beginnings; give one")
    }
    if let after, Cursor(after) == nil { throw ValidationError("--after '\(after)' is no cursor (EPOCH-SEQUENCE)") }
    if let since, TimeArgument.moment(since) == nil {
      throw ValidationError("--since '\(since)' is no time; write \(Self.times)")
    }
    if let until, end(until) == nil {
      throw ValidationError("--until '\(until)' is neither a cursor nor a time; write \(Self.times)")
    }
    if format != nil, json || output != .text { throw ValidationError("--format is a form of its own; give no other") }
    if json, output == .sse { throw ValidationError("--json and -o sse are two different forms; give one") }
  }

  func run() throws {
    signal(SIGPIPE, SIG_IGN)
    let file = try cursorFile.map { try CursorFile(path: $0) }
    let start = beginning(resumingAt: file?.cursor)
    let request = SubscribeRequest(start: start, until: until.flatMap(end), follow: follow, filter: filters.filter)
    var limit = count
    if case .last = start { limit = nil } else if case .head = start { limit = nil }
    var tailing = Tailing(request: request, limit: limit, printer: printer, file: file)
    try follow(&tailing)
    file?.save()
  }

  private func follow(_ tailing: inout Tailing) throws {
    var client = try connect(orReadInto: &tailing)
    while true {
      if let client {
        do throws(SocketError) {
          if try tailing.run(on: client) == .ended { return }
        } catch {
          guard error.kind != .readerGone else { return }
          // What was refused once is refused again.
          guard follow, error.kind != .protocol else {
            Console.say(error.description)
            throw error.kind == .protocol ? ExitCode.failure : ExitCode.unavailable
          }
        }
      }
      guard follow else {
        guard client != nil else { return }
        Console.say("the daemon ended the connection before everything was told; try again")
        throw ExitCode.unavailable
      }
      if client != nil { Console.say("\(tailing.farewell); waiting to go on") }
      client = reconnect(after: tailing.retry)
      guard client != nil else { return }
      Console.say("the daemon is back; going on")
    }
  }

  /// The file is the later one: whoever gives a beginning, too, means the first time.
  private func beginning(resumingAt cursor: Cursor?) -> SubscribeRequest.Start {
    if let cursor { return .after(cursor) }
    if let cursor = after.flatMap({ Cursor($0) }) { return .after(cursor) }
    if let moment = since.flatMap({ TimeArgument.moment($0) }) { return .since(moment) }
    return count == 0 ? .head : .last(count ?? Self.defaultCount)
  }

  private func end(_ text: String) -> SubscribeRequest.End? {
    TimeArgument.moment(text).map { .time($0) } ?? Cursor(text).map { .cursor($0) }
  }

  private static let defaultCount = 10
  private static let times = "-1h, today, 14:02, '2026-11-23 14:02' or 2026-11-23T14:02:00Z"

  private var printer: EventPrinter {
    EventPrinter(form: format.map { .template($0) } ?? .standard(json ? .json : output), ringsBell: bell)
  }

  /// The daemon, or nil when there is none and the database told what it has.
  private func connect(orReadInto tailing: inout Tailing) throws -> SocketClient? {
    let failure: SocketError
    do throws(SocketError) { return try daemon.client() } catch { failure = error }
    guard failure.kind == .unreachable, let archive = daemon.archive() else {
      Console.say(failure.description)
      throw ExitCode.unavailable
    }
    Console.say("no daemon runs; reading \(archive.path) itself\(follow ? ", and waiting for one" : "")")
    try RecordedState.read { () throws(StoreError) in try tailing.run(on: archive) }
    return nil
  }

  /// Waits for the daemon to come back, a little longer each time, and never in step with others. Nil when nobody reads
  /// standard output any more.
  private func reconnect(after retry: Duration?) -> SocketClient? {
    var pause = retry ?? Self.shortestPause
    while true {
      guard Wait.isRead(STDOUT_FILENO, for: pause * Double.random(in: 0.5...1.5)) else { return nil }
      if let client = try? daemon.client() { return client }
      pause = min(max(pause, Self.shortestPause) * 2, Self.longestPause)
    }
  }

  /// A daemon that restarts is back within a second.
  private static let shortestPause = Duration.milliseconds(100)
  private static let longestPause = Duration.seconds(5)
}

/// The forms in which `tail` prints an event.
enum TailFormat: String, ExpressibleByArgument, CaseIterable {
  case text, json, sse
}

/// Waiting without a task.
enum Wait {
  /// Returns after `duration`, or a little later, true; at once and false when a pipe's reader is gone.
  static func isRead(_ output: Int32, for duration: Duration) -> Bool {
    // Without events poll(2) reports only that the other end is closed. A signal that does not end the program may
    // shorten the wait; nothing depends on that.
    var watched = pollfd(fd: output, events: 0, revents: 0)
    return poll(&watched, 1, Int32(clamping: max(0, duration.inMilliseconds))) <= 0
  }
}
