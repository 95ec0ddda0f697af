public import TickerModel

/// A delivery that failed at least once: kept until it succeeds or is dead.
public struct StoredDelivery: Sendable, Equatable {
  public let endpoint: String
  public let sequence: Int64
  /// The `webhook-id`, the same on every attempt.
  public let message: String
  /// The event's type.
  public let type: String
  /// The body, identical on every attempt.
  public let body: [UInt8]
  /// Attempts made so far.
  public var attempts: Int
  /// When the next one is due; nil for a dead letter.
  public var nextAt: Timestamp?
  public var lastStatus: Int?
  /// Why the last attempt failed, for a person.
  public var reason: String
  /// When the last attempt ended.
  public var at: Timestamp

  public init(
    endpoint: String, sequence: Int64, message: String, type: String, body: [UInt8], attempts: Int, nextAt: Timestamp?,
    lastStatus: Int?, reason: String, at: Timestamp
  ) {
    self.endpoint = endpoint
    self.sequence = sequence
    self.message = message
    self.type = type
    self.body = body
    self.attempts = attempts
    self.nextAt = nextAt
    self.lastStatus = lastStatus
    self.reason = reason
    self.at = at
  }
}

extension Store {
  /// The position of an endpoint. A new name starts at the head of the log, never with history.
  public func openEndpoint(_ name: String) async throws(StoreError) -> Int64 {
    try await write { writer throws(StoreError) in
      let connection = writer.connection
      try connection.run(
        "INSERT OR IGNORE INTO endpoint VALUES (?, ?)", .text(name), .integer(try Self.bounds(connection).head))
      return try connection.first("SELECT seq FROM endpoint WHERE name = ?", .text(name)) { $0.integer(0) } ?? 0
    }
  }

  /// Moves the positions of several endpoints in one transaction.
  public func advance(_ positions: [String: Int64]) async throws(StoreError) {
    try await write { writer throws(StoreError) in
      for (name, sequence) in positions {
        try writer.connection.run("UPDATE endpoint SET seq = ? WHERE name = ?", .integer(sequence), .text(name))
      }
    }
  }

  /// Forgets the endpoints that left the configuration, with what they were still owed; their dead letters stay.
  public func forgetEndpoints(except names: [String]) async throws(StoreError) {
    try await write { writer throws(StoreError) in
      let known = try writer.connection.rows("SELECT name FROM endpoint") { $0.text(0) }
      for name in known where !names.contains(name) {
        try writer.connection.run("DELETE FROM endpoint WHERE name = ?", .text(name))
        try writer.connection.run("DELETE FROM delivery WHERE endpoint = ? AND next_at IS NOT NULL", .text(name))
      }
    }
  }

  /// Keeps a delivery after a failed attempt.
  public func keep(_ delivery: StoredDelivery) async throws(StoreError) {
    try await write { writer throws(StoreError) in
      try writer.connection.run(
        """
        INSERT OR REPLACE INTO delivery(endpoint, seq, message, type, body, attempts, next_at, last_status, reason, at)
        VALUES (?,?,?,?,?,?,?,?,?,?)
        """,
        .text(delivery.endpoint), .integer(delivery.sequence), .text(delivery.message), .text(delivery.type),
        .blob(delivery.body), .integer(delivery.attempts), .time(delivery.nextAt),
        delivery.lastStatus.map { .integer($0) } ?? .null, .text(delivery.reason), .time(delivery.at))
    }
  }

  /// Forgets a delivery that succeeded.
  public func settle(endpoint: String, sequence: Int64) async throws(StoreError) {
    try await write { writer throws(StoreError) in
      try writer.connection.run(
        "DELETE FROM delivery WHERE endpoint = ? AND seq = ?", .text(endpoint), .integer(sequence))
    }
  }

  /// The deliveries of an endpoint that wait for another attempt, the earliest deadline first.
  public func waitingDeliveries(of endpoint: String, most: Int) async throws(StoreError) -> [StoredDelivery] {
    try await read { connection throws(StoreError) in
      try connection.rows(
        """
        SELECT seq, message, type, body, attempts, next_at, last_status, reason, at FROM delivery
        WHERE endpoint = ? AND next_at IS NOT NULL ORDER BY next_at, seq LIMIT ?
        """, .text(endpoint), .integer(most)
      ) { row in
        StoredDelivery(
          endpoint: endpoint, sequence: row.integer(0), message: row.text(1), type: row.text(2), body: row.blob(3),
          attempts: Int(row.integer(4)), nextAt: row.time(5), lastStatus: row.optionalInteger(6).map { Int($0) },
          reason: row.text(7), at: Timestamp(milliseconds: row.integer(8)))
      }
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
}
