/// Where a kept connection stood; written and read by the sockets alone.
public struct KeptSubscriber: Sendable {
  /// The sockets' own encoding.
  public let state: [UInt8]
  /// Nothing was written to the connection after this was recorded.
  public let isExact: Bool
}

extension Store {
  /// Records where kept connections stand, and drops the names that are gone. `completion` says whether it is on disk,
  /// on the writer thread. `encode` is called there, too: the caller's thread has more urgent work.
  public func saveSubscribers(
    gone: [String], isExact: Bool, encode: @escaping @Sendable () -> [(name: String, state: [UInt8])],
    completion: @escaping @Sendable (Bool) -> Void
  ) {
    let job = WriteJob(
      perform: { writer throws(StoreError) in
        for name in gone { try writer.connection.run("DELETE FROM subscriber WHERE name = ?", .text(name)) }
        for (name, state) in encode() {
          try writer.connection.run(
            "INSERT OR REPLACE INTO subscriber(name, state, exact) VALUES (?,?,?)", .text(name), .blob(state),
            .flag(isExact))
        }
      },
      finish: { completion($0 == nil) })
    if !add(job) { completion(false) }
  }

  /// What was recorded of these connections. Everybody else's is dropped, and no state is exact any more once this
  /// returns: whoever is written to afterwards has moved on.
  public func takeSubscribers(_ names: [String]) async throws(StoreError) -> [String: KeptSubscriber] {
    let rows = try await read { connection throws(StoreError) in
      try connection.rows("SELECT name, state, exact FROM subscriber") {
        ($0.text(0), KeptSubscriber(state: $0.blob(1), isExact: $0.flag(2)))
      }
    }
    guard !rows.isEmpty else { return [:] }
    let wanted = Set(names)
    try await write { writer throws(StoreError) in
      for (name, _) in rows where !wanted.contains(name) {
        try writer.connection.run("DELETE FROM subscriber WHERE name = ?", .text(name))
      }
      try writer.connection.run("UPDATE subscriber SET exact = 0 WHERE exact = 1")
    }
    return Dictionary(rows.filter { wanted.contains($0.0) }, uniquingKeysWith: { first, _ in first })
  }
}
