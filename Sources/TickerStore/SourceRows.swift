import TickerModel

/// The `source` table.
struct SourceRows {
  let connection: Connection

  func state(of source: String) throws(StoreError) -> SourceState? {
    try connection.first("\(Self.columns) WHERE name = ?", .text(source)) { Self.state($0) }
  }

  func all() throws(StoreError) -> [String: SourceState] {
    let states = try connection.rows(Self.columns) { ($0.text(0), Self.state($0)) }
    return Dictionary(states, uniquingKeysWith: { first, _ in first })
  }

  func store(_ state: SourceState, of source: String) throws(StoreError) {
    try connection.run(
      """
      INSERT INTO source(name, rules, identity, etag, last_modified, body_hash, last_poll, last_success, failures,
      failing_since, fault_stage, fault_class, fault_reason) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)
      ON CONFLICT(name) DO UPDATE SET rules = ?2, identity = ?3, etag = ?4, last_modified = ?5, body_hash = ?6,
      last_poll = ?7, last_success = ?8, failures = ?9, failing_since = ?10, fault_stage = ?11, fault_class = ?12,
      fault_reason = ?13
      """,
      .text(source), .blob(state.rules), .blob(state.identity), .blob(state.etag), .blob(state.lastModified),
      .blob(state.bodyHash),
      .time(state.lastPoll), .time(state.lastSuccess), .integer(state.failures), .time(state.failingSince),
      .text(state.fault?.stage.rawValue), .text(state.fault?.class), .text(state.fault?.reason))
  }

  private static let columns = """
    SELECT name, rules, etag, last_modified, body_hash, last_poll, last_success, failures, failing_since, fault_stage,
    fault_class, fault_reason, identity FROM source
    """

  private static func state(_ row: Row) -> SourceState {
    var state = SourceState()
    state.rules = row.blob(1)
    state.identity = row.blob(12)
    state.etag = row.isNull(2) ? nil : row.blob(2)
    state.lastModified = row.isNull(3) ? nil : row.blob(3)
    state.bodyHash = row.blob(4)
    state.lastPoll = row.time(5)
    state.lastSuccess = row.time(6)
    state.failures = Int(row.integer(7))
    state.failingSince = row.time(8)
    if let stage = row.optionalText(9).flatMap(SourceFault.Stage.init) {
      state.fault = SourceFault(stage: stage, class: row.text(10), reason: row.text(11))
    }
    return state
  }
}
