import ArgumentParser
import Glibc
import TickerText

struct Subscribers: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List who listens on the sockets, where they are in the log, and how far behind.",
    discussion: """
      A row for each subscription: lag is in events, rate in events a second over the last ten seconds. With --json \
      an object per connection.

      Example:
        tickerd subscribers
      """)

  @OptionGroup var daemon: DaemonOption
  @Flag(help: "Print JSON, one object per line.") var json = false

  private struct Answer: Decodable {
    let subscribers: [SubscriberAnswer]
    let more: Bool?
  }

  func run() throws {
    var subscribers: [SubscriberAnswer] = []
    while true {
      let command = "subscribers after=\(subscribers.last?.subscriber ?? 0)"
      let answer = try daemon.ask(command, as: Answer.self).answer
      subscribers += answer.subscribers
      if answer.more != true || answer.subscribers.isEmpty { break }
    }
    if json {
      for subscriber in subscribers { Console.write(subscriber.json.object + [UInt8(ascii: "\n")]) }
    } else {
      show(subscribers)
    }
  }

  private func show(_ subscribers: [SubscriberAnswer]) {
    let heading = ["USER", "PID", "COMMAND", "SOCKET", "SUB", "CURSOR", "LAG", "RATE", "SENT", "SINCE", "FILTER"]
    for line in Table.lines([heading] + subscribers.flatMap(\.rows)) { Console.print(line) }
    if subscribers.isEmpty { Console.say("nobody is connected") }
  }
}

/// A connection as the daemon answers it.
struct SubscriberAnswer: Decodable {
  struct Subscription: Decodable {
    let sub: Int
    let cursor: String
    let lag: Int
    let sent: Int
    let rate: Double
    let filter: FilterAnswer?
    let fields: [String]?
  }

  struct FilterAnswer: Decodable {
    let source: [String]?
    let not_source: [String]?
    let tag: [String]?
    let type: [String]?
    let min_level: String?
    let text: [String]?
    let attribution: [String]?

    /// Each key with its values.
    var keys: [(StaticString, [String])] {
      [
        ("source", source ?? []), ("not_source", not_source ?? []), ("tag", tag ?? []), ("type", type ?? []),
        ("min_level", min_level.map { [$0] } ?? []), ("text", text ?? []), ("attribution", attribution ?? []),
      ].filter { !$0.1.isEmpty }
    }
  }

  let subscriber: Int
  let socket: String
  let uid: UInt32
  let gid: UInt32
  let pid: Int
  let since: String
  let stalled_since: String?
  let subscriptions: [Subscription]

  /// Its name on this machine; nil when nobody has the number.
  private var user: String? { UserName.of(uid) }

  /// What runs there now; nil when this user may not know, or it has ended.
  private var command: String? { ProcessName.of(pid) }

  /// For a person, a row for each subscription.
  fileprivate var rows: [[String]] {
    let who = [user ?? String(uid), String(pid), command ?? "-", socket]
    let start = String(since.prefix(19)) + "Z"
    guard !subscriptions.isEmpty else { return [who + ["-", "-", "-", "-", "-", start, ""]] }
    return subscriptions.map { subscription in
      let filter = subscription.filter.map { filter in
        filter.keys.map { "\($0.0)=\($0.1.joined(separator: ","))" }.joined(separator: " ")
      }
      let state = stalled_since.map { "stalled since \($0.prefix(19))Z " } ?? ""
      return who + [
        String(subscription.sub), subscription.cursor, String(subscription.lag), Self.short(subscription.rate),
        String(subscription.sent), start, state + (filter ?? "(long)"),
      ]
    }
  }

  /// `subscriber socket user uid gid pid command since stalled_since subscriptions`.
  fileprivate var json: JSONText {
    var json = JSONText()
    json.member("subscriber", subscriber)
    json.member("socket", socket)
    json.member("user", user)
    json.member("uid", Int(uid))
    json.member("gid", Int(gid))
    json.member("pid", pid)
    json.member("command", command)
    json.member("since", since)
    json.member("stalled_since", stalled_since)
    json.member("subscriptions", objects: subscriptions.map(Self.json))
    return json
  }

  private static func json(_ subscription: Subscription) -> JSONText {
    var json = JSONText()
    json.member("sub", subscription.sub)
    json.member("cursor", subscription.cursor)
    json.member("lag", subscription.lag)
    json.member("sent", subscription.sent)
    json.member("rate", json: Array("\(subscription.rate)".utf8))
    if let filter = subscription.filter {
      var keys = JSONText()
      for (key, values) in filter.keys { keys.member(key, values) }
      json.member("filter", object: keys)
    }
    if let fields = subscription.fields { json.member("fields", fields) }
    return json
  }

  /// One decimal is enough for a person.
  private static func short(_ rate: Double) -> String {
    let tenths = Int((rate * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }
}

/// Users by their numbers.
enum UserName {
  /// Nil when nobody has the number.
  static func of(_ number: UInt32) -> String? {
    var entry = passwd()
    var found: UnsafeMutablePointer<passwd>?
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 16 << 10) { buffer in
      guard let start = buffer.baseAddress,
        getpwuid_r(number, &entry, start, buffer.count, &found) == 0, found != nil,
        let name = entry.pw_name
      else { return nil }
      return String(cString: name)
    }
  }
}

/// Processes by their numbers (proc_pid_comm(5)).
enum ProcessName {
  /// Nil when it has ended, or this user may not know.
  static func of(_ number: Int) -> String? {
    let descriptor = open("/proc/\(number)/comm", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 64)
    let count = read(descriptor, &buffer, buffer.count)
    guard count > 0 else { return nil }
    return String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n").first.map(String.init)
  }
}
