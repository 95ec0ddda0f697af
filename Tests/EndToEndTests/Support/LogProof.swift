import Testing

/// What must be true of the log and of the deliveries however often the daemon was killed.
enum LogProof {
  /// Every line that was published stands in `log` once, as news, in order and under cursors of one epoch; the ids.
  static func check(
    _ log: [JSON], published: [String], sourceLocation: SourceLocation = #_sourceLocation
  ) -> Set<String> {
    #expect(log.map(\.title) == published, "every line once, in order", sourceLocation: sourceLocation)
    #expect(log.allSatisfy { $0.type == "item.new" }, sourceLocation: sourceLocation)
    let sequences = log.compactMap(\.sequence)
    #expect(zip(sequences, sequences.dropFirst()).allSatisfy(<), sourceLocation: sourceLocation)
    let epochs = Set(log.compactMap { $0["cursor"].string?.prefix { $0 != "-" } })
    #expect(epochs.count == 1, "one epoch", sourceLocation: sourceLocation)
    let ids = Set(log.compactMap { $0["id"].string })
    #expect(ids.count == log.count, sourceLocation: sourceLocation)
    return ids
  }

  /// All attempts at one message carry one body, over kills too.
  static func check(
    _ attempts: [(id: String, body: [UInt8])], at receiver: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    for (id, same) in Dictionary(grouping: attempts, by: \.id) {
      #expect(
        Set(same.map(\.body)).count == 1, "attempts of \(id) at \(receiver) differ", sourceLocation: sourceLocation)
    }
  }
}
