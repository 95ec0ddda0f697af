import TickerModel

/// The SQL of the table `delivery`.
struct DeliveryRows {
  let connection: Connection

  /// Rows that one batch of pruning takes.
  private static let pruneBatch = 500

  /// A forgotten endpoint is owed nothing: of it only dead letters are kept.
  func keep(_ delivery: StoredDelivery) throws(StoreError) {
    try connection.run(
      """
      INSERT OR REPLACE INTO delivery(endpoint, seq, message, type, source, content_type, body, event_at, attempts,
      next_at, last_status, reason, at, members)
      SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14
      WHERE ?10 IS NULL OR EXISTS (SELECT 1 FROM endpoint WHERE name = ?1)
      """,
      .text(delivery.endpoint), .integer(delivery.sequence), .text(delivery.message), .text(delivery.type),
      .text(delivery.source), .text(delivery.contentType), .blob(delivery.body), .time(delivery.eventAt),
      .integer(delivery.attempts), .time(delivery.nextAt), delivery.lastStatus.map { .integer($0) } ?? .null,
      .text(delivery.reason), .time(delivery.at), .text(delivery.severalMembers))
  }

  func settle(_ endpoint: String, _ sequence: Int64) throws(StoreError) {
    try connection.run("DELETE FROM delivery WHERE endpoint = ? AND seq = ?", .text(endpoint), .integer(sequence))
  }

  func passOver(_ endpoint: String, _ reason: String) throws(StoreError) {
    try connection.run(
      "UPDATE delivery SET next_at = NULL, reason = ? WHERE endpoint = ? AND next_at IS NOT NULL", .text(reason),
      .text(endpoint))
  }

  func delivery(_ endpoint: String, _ sequence: Int64) throws(StoreError) -> StoredDelivery? {
    try connection.first(
      "\(Self.columns), body FROM delivery WHERE endpoint = ? AND seq = ?", .text(endpoint), .integer(sequence),
      read: Self.delivery)
  }

  func list(
    dead: Bool, endpoint: String?, after: (endpoint: String, sequence: Int64)?, most: Int
  ) throws(StoreError) -> [StoredDelivery] {
    try connection.rows(
      """
      \(Self.columns), NULL FROM delivery WHERE next_at IS \(dead ? "" : "NOT") NULL
      AND (?1 IS NULL OR endpoint = ?1) AND (endpoint, seq) > (?2, ?3) ORDER BY endpoint, seq LIMIT ?4
      """,
      .text(endpoint), .text(after?.endpoint ?? ""), .integer(after?.sequence ?? 0), .integer(most),
      read: Self.delivery)
  }

  func dead(_ message: String, endpoint: String?) throws(StoreError) -> [StoredDelivery] {
    try connection.rows(
      """
      \(Self.columns), body FROM delivery WHERE message = ?1 AND next_at IS NULL AND (?2 IS NULL OR endpoint = ?2)
      ORDER BY endpoint LIMIT 1000
      """, .text(message), .text(endpoint), read: Self.delivery)
  }

  /// Drops at most `most` that are older than `before` or, of their endpoint, not among the newest `kept`; how many went.
  func pruneDead(before: Timestamp, kept: Int, most: Int) throws(StoreError) -> Int {
    let endpoints = try connection.rows(
      "SELECT endpoint FROM delivery WHERE next_at IS NULL GROUP BY endpoint"
    ) { $0.text(0) }
    var rows = 0
    for endpoint in endpoints where rows < most {
      try connection.run(
        """
        DELETE FROM delivery WHERE rowid IN (
          SELECT rowid FROM delivery WHERE endpoint = ?1 AND next_at IS NULL AND at < coalesce(max(?2, (
            SELECT at FROM delivery WHERE endpoint = ?1 AND next_at IS NULL ORDER BY at DESC LIMIT 1 OFFSET ?3 - 1)), ?2)
          LIMIT ?4)
        """, .text(endpoint), .time(before), .integer(kept), .integer(most - rows))
      rows += connection.changedRows
    }
    return rows
  }

  private static let columns = """
    SELECT endpoint, seq, message, type, source, content_type, event_at, attempts, next_at, last_status, reason, at,
    members
    """

  private static func delivery(_ row: Row) -> StoredDelivery {
    let at = Timestamp(milliseconds: row.integer(11))
    return StoredDelivery(
      endpoint: row.text(0), sequence: row.integer(1), message: row.text(2), type: row.text(3),
      source: row.optionalText(4), contentType: row.text(5), body: row.blob(13), eventAt: row.time(6) ?? at,
      attempts: Int(row.integer(7)), nextAt: row.time(8), lastStatus: row.optionalInteger(9).map { Int($0) },
      reason: row.text(10), at: at, members: row.text(12).split(separator: " ").compactMap { Int64($0) })
  }
}

/// The SQL of the table `endpoint`.
struct EndpointRows {
  let connection: Connection

  func state(of name: String) throws(StoreError) -> EndpointState? {
    try connection.first(
      """
      SELECT seq, paused_until, failing_since, failing_reason, probe_at, probe_wait, disabled_since, disabled_reason,
      disabled_by, ahead FROM endpoint WHERE name = ?
      """, .text(name)
    ) { row in
      let position = DeliveryPosition(cursor: row.integer(0), ahead: row.optionalText(9))
      var state = EndpointState(position, pausedUntil: row.time(1))
      if let since = row.time(2), let probeAt = row.time(4) {
        state.failing = EndpointState.Failing(
          since: since, reason: row.text(3), probeAt: probeAt, probeWait: .milliseconds(row.integer(5)))
      }
      if let since = row.time(6) {
        state.disabled = EndpointState.Disabled(
          since: since, reason: row.text(7), by: EndpointState.Disabler(rawValue: row.text(8)) ?? .daemon)
      }
      return state
    }
  }

  func move(_ name: String, to position: DeliveryPosition) throws(StoreError) {
    try connection.run(
      "UPDATE endpoint SET seq = ?, ahead = ? WHERE name = ?", .integer(position.cursor), .text(position.ahead),
      .text(name))
  }

  /// Everything but the position.
  func store(_ state: EndpointState, of name: String) throws(StoreError) {
    try connection.run(
      """
      UPDATE endpoint SET paused_until = ?, failing_since = ?, failing_reason = ?, probe_at = ?, probe_wait = ?,
      disabled_since = ?, disabled_reason = ?, disabled_by = ? WHERE name = ?
      """,
      .time(state.pausedUntil), .time(state.failing?.since), .text(state.failing?.reason),
      .time(state.failing?.probeAt), state.failing.map { .integer($0.probeWait.inMilliseconds) } ?? .null,
      .time(state.disabled?.since), .text(state.disabled?.reason), .text(state.disabled?.by.rawValue), .text(name))
  }
}
