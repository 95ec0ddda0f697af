public import TickerModel
import TickerText

extension Store {
  /// What is kept of every source ever polled, by name.
  public func sourceStates() async throws(StoreError) -> [String: SourceState] {
    try await read { connection throws(StoreError) in try SourceRows(connection: connection).all() }
  }

  /// The sources of which a line went from the window and is not withdrawn yet: a poll that finds nothing changed
  /// confirms it.
  public func sourcesWithAbsentLines() async throws(StoreError) -> Set<String> {
    try await read { connection throws(StoreError) in
      Set(try connection.rows("SELECT source FROM window WHERE length(absent) > 0") { $0.text(0) })
    }
  }

  /// Takes the sources of a configuration before they are polled: what is known under another rule, or of a source
  /// whose `dedupe` or `label_strip` changed, is mapped to the present hashes, and announces nothing.
  /// - Returns: a sentence for each source that was mapped.
  public func adopt(_ sources: [Source]) async throws(StoreError) -> [String] {
    try await write { [rule] writer throws(StoreError) in
      let remapping = Remapping(connection: writer.connection, rule: rule)
      try remapping.toRule()
      let rows = SourceRows(connection: writer.connection)
      var notices: [String] = []
      for source in sources {
        guard var state = try rows.state(of: source.name), state.lastSuccess != nil else { continue }
        let identity = source.identity(rule: rule)
        guard state.identity != identity else { continue }
        try remapping.toSettings(of: source)
        writer.feeds.forget(source.name)
        state.identity = identity
        try rows.store(state, of: source.name)
        notices.append("source \(source.name): its known items were mapped to changed rules of comparison")
      }
      return notices
    }
  }

  /// How many items of each source change their text so often that changes are no longer announced.
  public func jitteringItems() async throws(StoreError) -> [String: Int] {
    try await read { connection throws(StoreError) in
      let counts = try connection.rows("SELECT owner, count(*) FROM item WHERE jitters = 1 GROUP BY owner") {
        ($0.text(0), Int($0.integer(1)))
      }
      return Dictionary(counts, uniquingKeysWith: { first, _ in first })
    }
  }

  /// Judges and records a successful poll. Its events are on disk, and announced, when this returns.
  /// - Parameter document: where it came from, kept in the same transaction; no poll fails because that cannot be done.
  public func record(
    _ observation: Observation, keeping document: PackedDocument? = nil
  ) async throws(StoreError) -> Recorded {
    try await write { writer throws(StoreError) in
      let recorded = try Recording(observation, on: writer).run()
      if let document { try? Documents(connection: writer.connection).keep(document) }
      return recorded
    }
  }

  /// Notes a successful poll that found exactly what the last one found, without an fsync of its own: after a crash
  /// the source may look a little less fresh than it was, nothing else.
  public func touch(_ source: String, at now: Timestamp) { touches.note(source, at: now) }

  /// Records a failed poll: the fault and the count, and nothing that is known is changed.
  /// - Parameter isFinal: it counts as so many failures as it takes to be told.
  public func record(
    _ fault: SourceFault, of source: Source, at now: Timestamp, isFinal: Bool = false
  ) async throws(StoreError) -> SourceState {
    try await write { writer throws(StoreError) in
      let rows = SourceRows(connection: writer.connection)
      var state = try rows.state(of: source.name) ?? SourceState()
      state.lastPoll = now
      state.lastSuccess = writer.touches[source.name] ?? state.lastSuccess
      let before = state.failures
      state.failures = isFinal ? max(before + 1, SourceEvents.failuresToTell) : before + 1
      state.failingSince = state.failingSince ?? now
      state.fault = fault
      try rows.store(state, of: source.name)
      if before < SourceEvents.failuresToTell, state.failures >= SourceEvents.failuresToTell,
        let since = state.failingSince
      {
        _ = try writer.append(SourceEvents.failing(source.name, fault, since: since, now: now))
      }
      return state
    }
  }
}

extension Source {
  /// The hash of what decides which texts are the same item.
  func identity(rule: Fingerprint.Rule) -> [UInt8] {
    let parts = [String(rule.version), dedupe.rawValue] + labelStrip.map(\.text)
    return Digest.sha256(parts.flatMap { Array("\($0.utf8.count):\($0)".utf8) })
  }
}
