public import TickerModel

/// What is kept of a host group from run to run. A value.
public struct KeptHostGroup: Sendable, Equatable {
  /// Before this its servers want no request.
  public var heldUntil: Timestamp?
  /// Requests a second, where a server complained, and where that ends; see ``HostGate``.
  public var limit: Double?
  public var ceiling: Double?

  public init(heldUntil: Timestamp? = nil, limit: Double? = nil, ceiling: Double? = nil) {
    self.heldUntil = heldUntil
    self.limit = limit
    self.ceiling = ceiling
  }
}

extension Store {
  /// What earlier runs learned of every source, by name.
  public func pacings() async throws(StoreError) -> [String: SourcePacing] {
    try await read { connection throws(StoreError) in
      let rows = try connection.rows(
        """
        SELECT source, pace, ttl, updates, skipped_hours, skipped_days, full_at, moved_from, moved_to, moved_whole,
        paused_at, gone_at, held_until FROM pacing
        """
      ) { ($0.text(0), Self.pacing($0)) }
      return Dictionary(rows, uniquingKeysWith: { first, _ in first })
    }
  }

  /// What earlier runs learned of host groups, by name.
  public func hostGroups() async throws(StoreError) -> [String: KeptHostGroup] {
    try await read { connection throws(StoreError) in
      let rows = try connection.rows("SELECT name, held_until, pace, ceiling FROM host_group") { row in
        (
          row.text(0),
          KeptHostGroup(
            heldUntil: row.time(1), limit: row.optionalReal(2), ceiling: row.optionalReal(3))
        )
      }
      return Dictionary(rows, uniquingKeysWith: { first, _ in first })
    }
  }

  /// Keeps what was learned; on disk when this returns.
  public func keep(_ pacings: [(source: String, pacing: SourcePacing)]) async throws(StoreError) {
    try await write { writer throws(StoreError) in
      for (source, pacing) in pacings { try Self.keep(pacing, of: source, on: writer.connection) }
    }
  }

  /// Keeps what was learned of host groups; those of which nothing is to be kept are forgotten. On disk when this
  /// returns.
  public func keep(_ groups: [(name: String, group: KeptHostGroup)]) async throws(StoreError) {
    try await write { writer throws(StoreError) in
      for (name, group) in groups {
        if group == KeptHostGroup() {
          try writer.connection.run("DELETE FROM host_group WHERE name = ?", .text(name))
        } else {
          try writer.connection.run(
            "INSERT OR REPLACE INTO host_group(name, held_until, pace, ceiling) VALUES (?,?,?,?)", .text(name),
            .time(group.heldUntil), group.limit.map { .real($0) } ?? .null, group.ceiling.map { .real($0) } ?? .null)
        }
      }
    }
  }

  /// Adds an event about a source itself to the log; on disk, and announced, when this returns.
  public func tell(_ event: Event) async throws(StoreError) {
    try await write { writer throws(StoreError) in _ = try writer.append(event) }
  }

  private static func keep(_ pacing: SourcePacing, of source: String, on connection: Connection) throws(StoreError) {
    try connection.run(
      """
      INSERT OR REPLACE INTO pacing(source, pace, ttl, updates, skipped_hours, skipped_days, full_at, moved_from, moved_to,
      moved_whole, paused_at, gone_at, held_until) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)
      """,
      .text(source), .blob(pacing.pace.packed), .milliseconds(pacing.hints.ttl), .milliseconds(pacing.hints.updates),
      .integer(Int(pacing.hints.skippedHours)), .integer(Int(pacing.hints.skippedDays)), .time(pacing.fullAt),
      .text(pacing.moved?.from), .text(pacing.moved?.to), .flag(pacing.moved?.isWhole ?? false),
      .time(pacing.pausedAt), .time(pacing.goneAt), .time(pacing.heldUntil))
  }

  private static func pacing(_ row: Row) -> SourcePacing {
    var pacing = SourcePacing()
    // Of a version that is not known, or damaged: it is learned anew.
    pacing.pace = Pace(packed: row.blob(1)) ?? Pace()
    pacing.hints = FeedHints(
      ttl: row.optionalInteger(2).map { .milliseconds($0) }, updates: row.optionalInteger(3).map { .milliseconds($0) },
      skippedHours: UInt32(truncatingIfNeeded: row.integer(4)), skippedDays: UInt8(truncatingIfNeeded: row.integer(5)))
    pacing.fullAt = row.time(6)
    if let from = row.optionalText(7), let to = row.optionalText(8) {
      pacing.moved = Moved(from: from, to: to, isWhole: row.flag(9))
    }
    pacing.pausedAt = row.time(10)
    pacing.goneAt = row.time(11)
    pacing.heldUntil = row.time(12)
    return pacing
  }
}

extension Connection.Value {
  fileprivate static func milliseconds(_ duration: Duration?) -> Self {
    duration.map { .integer(Int($0.inMilliseconds)) } ?? .null
  }
}
