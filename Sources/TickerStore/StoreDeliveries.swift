public import TickerModel

/// What deliveries change, to be written in one transaction.
public struct DeliveryChanges: Sendable {
  /// Rows to keep, new ones or in place of those that are there.
  public var kept: [StoredDelivery] = []
  /// Deliveries that succeeded.
  public var settled: [(endpoint: String, sequence: Int64)] = []
  /// Where endpoints stand, by name.
  public var positions: [String: DeliveryPosition] = [:]
  /// What is known of endpoints beside their positions, by name.
  public var states: [String: EndpointState] = [:]
  /// Endpoints whose waiting deliveries become dead letters, with the reason.
  public var passedOver: [(endpoint: String, reason: String)] = []

  public init() {}

  public var isEmpty: Bool {
    kept.isEmpty && settled.isEmpty && positions.isEmpty && states.isEmpty && passedOver.isEmpty
  }
}

extension Store {
  /// What is known of an endpoint. A new name starts at the head of the log, never with history.
  public func openEndpoint(_ name: String) async throws(StoreError) -> EndpointState {
    try await write { writer throws(StoreError) in
      let connection = writer.connection
      let head = try Self.bounds(connection).head
      try connection.run("INSERT OR IGNORE INTO endpoint(name, seq) VALUES (?, ?)", .text(name), .integer(head))
      return try EndpointRows(connection: connection).state(of: name) ?? EndpointState(DeliveryPosition(head))
    }
  }

  /// Writes all of `changes`; `completion` gets what went wrong, on the writer thread. False when the store is closed.
  @discardableResult
  public func apply(_ changes: DeliveryChanges, completion: @escaping @Sendable (StoreError?) -> Void) -> Bool {
    write(
      { writer throws(StoreError) in
        let rows = DeliveryRows(connection: writer.connection)
        for (endpoint, reason) in changes.passedOver { try rows.passOver(endpoint, reason) }
        for delivery in changes.kept { try rows.keep(delivery) }
        for (endpoint, sequence) in changes.settled { try rows.settle(endpoint, sequence) }
        let endpoints = EndpointRows(connection: writer.connection)
        for (name, position) in changes.positions { try endpoints.move(name, to: position) }
        for (name, state) in changes.states { try endpoints.store(state, of: name) }
      }, completion: completion)
  }

  /// Forgets the endpoints that left the configuration, with what they were still owed; their dead letters stay.
  public func forgetEndpoints(except names: [String]) async throws(StoreError) {
    let kept = Set(names)
    try await write { writer throws(StoreError) in
      let known = try writer.connection.rows("SELECT name FROM endpoint") { $0.text(0) }
      for name in known where !kept.contains(name) {
        try writer.connection.run("DELETE FROM endpoint WHERE name = ?", .text(name))
        try writer.connection.run("DELETE FROM delivery WHERE endpoint = ? AND next_at IS NOT NULL", .text(name))
      }
    }
  }

  /// The deliveries of an endpoint that wait for another attempt: in log order, or the earliest deadline first.
  /// `completion` is called on a reader thread; nil when they cannot be read. False when the store is closed.
  @discardableResult
  public func waitingDeliveries(
    of endpoint: String, inLogOrder: Bool, most: Int, completion: @escaping @Sendable ([WaitingDelivery]?) -> Void
  ) -> Bool {
    let order = inLogOrder ? "seq" : "next_at, seq"
    return read(
      { connection throws(StoreError) in
        try connection.rows(
          """
          SELECT seq, source, next_at FROM delivery WHERE endpoint = ? AND next_at IS NOT NULL ORDER BY \(order) LIMIT ?
          """, .text(endpoint), .integer(most)
        ) { row in
          WaitingDelivery(
            sequence: row.integer(0), source: row.optionalText(1), nextAt: Timestamp(milliseconds: row.integer(2)))
        }
      }, completion: { completion(try? $0.get()) })
  }

  /// One kept delivery whole; nil when there is none. On a reader thread; false when the store is closed.
  @discardableResult
  public func delivery(
    of endpoint: String, _ sequence: Int64, completion: @escaping @Sendable (StoredDelivery?) -> Void
  ) -> Bool {
    read(
      { connection throws(StoreError) in try DeliveryRows(connection: connection).delivery(endpoint, sequence) },
      completion: { completion((try? $0.get()) ?? nil) })
  }

  /// Which endpoints have deliveries that wait for another attempt.
  public func endpointsWithWaitingDeliveries() async throws(StoreError) -> Set<String> {
    try await read { connection throws(StoreError) in
      Set(try connection.rows("SELECT DISTINCT endpoint FROM delivery WHERE next_at IS NOT NULL") { $0.text(0) })
    }
  }

  /// How many deliveries of each endpoint wait for another attempt, and how many are dead.
  public func deliveryCounts() async throws(StoreError) -> [String: (waiting: Int, dead: Int)] {
    try await read { connection throws(StoreError) in
      let counts = try connection.rows(
        "SELECT endpoint, count(next_at), count(*) - count(next_at) FROM delivery GROUP BY endpoint"
      ) { ($0.text(0), (waiting: Int($0.integer(1)), dead: Int($0.integer(2)))) }
      return Dictionary(counts, uniquingKeysWith: { first, _ in first })
    }
  }

  /// Kept deliveries with their bodies left out, dead ones or waiting ones, behind `after` in the order of endpoint and
  /// sequence.
  public func deliveries(
    dead: Bool, endpoint: String?, after: (endpoint: String, sequence: Int64)?, most: Int
  ) async throws(StoreError) -> [StoredDelivery] {
    try await read { connection throws(StoreError) in
      try DeliveryRows(connection: connection).list(dead: dead, endpoint: endpoint, after: after, most: most)
    }
  }

  /// The dead letters with this `webhook-id`, whole, one per endpoint.
  public func deadLetters(_ message: String, endpoint: String?) async throws(StoreError) -> [StoredDelivery] {
    try await read { connection throws(StoreError) in
      try DeliveryRows(connection: connection).dead(message, endpoint: endpoint)
    }
  }

  /// Drops dead letters: those with this `webhook-id`, of this endpoint; nil stands for all. How many.
  public func purgeDeadLetters(_ message: String?, endpoint: String?) async throws(StoreError) -> Int {
    try await write { writer throws(StoreError) in
      try writer.connection.run(
        """
        DELETE FROM delivery WHERE next_at IS NULL AND (?1 IS NULL OR message = ?1) AND (?2 IS NULL OR endpoint = ?2)
        """, .text(message), .text(endpoint))
      return writer.connection.changedRows
    }
  }

  /// Makes dead letters of an endpoint that a reason begins with due again at `now`. How many.
  public func reviveDeadLetters(
    of endpoint: String, reason: String, now: Timestamp
  ) async throws(StoreError) -> Int {
    try await write { writer throws(StoreError) in
      try writer.connection.run(
        """
        UPDATE delivery SET next_at = ?1, attempts = 0
        WHERE endpoint = ?2 AND next_at IS NULL AND substr(reason, 1, length(?3)) = ?3
        AND EXISTS (SELECT 1 FROM endpoint WHERE name = ?2)
        """, .time(now), .text(endpoint), .text(reason))
      return writer.connection.changedRows
    }
  }

  /// Puts an event into the log that no poll brought; returns it once it is on disk and announced.
  public func append(_ event: Event) async throws(StoreError) -> LogRecord {
    try await write { writer throws(StoreError) in try writer.append(event) }
  }
}
