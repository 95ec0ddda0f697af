import TickerModel
import TickerText

// Who is connected: what `subscribers` answers.
extension Subscribers {
  /// Bytes of the list in one answer: a line is at most 64 KiB.
  private static let longestList = 60 << 10

  /// `"subscribers":[…]` in order of arrival, those behind `number`; `"more":true` when there are more than fit.
  func census(after number: Int, asker: Connection) -> [UInt8] {
    var json = JSONText(reserving: 4096)
    var rows: [JSONText] = []
    var bytes = 0
    var isCut = false
    let present = connections.keys.filter { $0 > number && $0 != asker.number }.sorted()
    for key in present {
      guard let connection = connections[key] else { continue }
      let row = description(of: connection)
      bytes += row.bytes.count + 3
      isCut = bytes > Self.longestList
      if isCut { break }
      rows.append(row)
    }
    json.member("subscribers", objects: rows)
    json.member("head", headCursor.text)
    if isCut { json.member("more", true) }
    return json.bytes
  }

  /// `subscriber socket uid gid pid since` and the connection's subscriptions.
  private func description(of connection: Connection) -> JSONText {
    var row = JSONText()
    row.member("subscriber", connection.number)
    row.member("socket", connection.kind == .live ? "live" : "control")
    row.member("uid", Int(connection.peer.user))
    row.member("gid", Int(connection.peer.group))
    row.member("pid", Int(connection.peer.process))
    row.member("since", wallTime(of: connection.began).text)
    row.member("stalled_since", connection.waitingSince.map { wallTime(of: $0).text })
    row.member("subscriptions", objects: connection.subscriptions.map { description(of: $0) })
    return row
  }

  /// `sub cursor lag sent rate filter fields`.
  private func description(of subscription: Subscription) -> JSONText {
    var row = JSONText()
    row.member("sub", subscription.number)
    row.member("cursor", cursor(subscription.position).text)
    row.member("lag", Int(max(0, min(newest, subscription.limit) - subscription.position)))
    row.member("sent", subscription.sent)
    row.member("rate", json: Array(Self.decimal(thousandths: subscription.throughput.rate(now: loop.now)).utf8))
    let filter = subscription.filter.filter.json
    if let projection = subscription.projection { row.member("fields", projection.fields) }
    // A filter of 64 long values would take the whole line; its length says that it is one.
    if filter.bytes.count <= Self.longestFilter { row.member("filter", object: filter) }
    return row
  }

  /// Bytes of a filter that are shown.
  private static let longestFilter = 512

  private static func decimal(thousandths: Int) -> String {
    let fraction = String(1000 + thousandths % 1000).dropFirst()
    return "\(thousandths / 1000).\(fraction)"
  }

  /// A moment of the monotonic clock on the wall.
  private func wallTime(of moment: Int64) -> Timestamp {
    wallTime - .nanoseconds(max(0, loop.now - moment))
  }
}
