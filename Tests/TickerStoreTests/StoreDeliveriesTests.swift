import TestSupport
import Testing
import TickerModel

@testable import TickerStore

@Suite struct StoreDeliveriesTests {
  private static func delivery(_ sequence: Int64, _ endpoint: String = "desk", dead: Bool = false) -> StoredDelivery {
    StoredDelivery(
      endpoint: endpoint, sequence: sequence, message: "itm_\(sequence)", type: "item.new", source: "wire",
      contentType: "application/json", body: [1, UInt8(sequence)], eventAt: Timestamp(seconds: 4), attempts: 1,
      nextAt: dead ? nil : Timestamp(seconds: 100 - sequence), lastStatus: 503, reason: "gone: unavailable",
      at: Timestamp(seconds: sequence))
  }

  private static func apply(_ store: Store, _ fill: (inout DeliveryChanges) -> Void) async {
    var changes = DeliveryChanges()
    fill(&changes)
    let error: StoreError? = await withCheckedContinuation { continuation in
      _ = store.apply(changes) { continuation.resume(returning: $0) }
    }
    #expect(error == nil)
  }

  private static func waiting(_ store: Store, inLogOrder: Bool) async -> [Int64] {
    await withCheckedContinuation { continuation in
      _ = store.waitingDeliveries(of: "desk", inLogOrder: inLogOrder, most: 10) { rows in
        continuation.resume(returning: rows?.map(\.sequence) ?? [])
      }
    }
  }

  private static func open() throws -> (TemporaryFolder, Store) {
    let folder = TemporaryFolder()
    return (folder, try Store(path: folder.path + "/t.db") { _ in })
  }

  @Test func aNewEndpointStandsAtTheHeadAndKeepsItsPlace() async throws {
    let (folder, store) = try Self.open()
    for text in ["One", "Two"] { _ = try await store.append(EndpointEvents.drill(text, endpoint: nil, now: .now0)) }
    #expect(try await store.openEndpoint("desk") == EndpointState(DeliveryPosition(2)))
    let position = DeliveryPosition(cursor: 5, through: 9, open: [6, 8])
    await Self.apply(store) { $0.positions = ["desk": position, "nobody": DeliveryPosition(3)] }
    #expect(try await store.openEndpoint("desk").position == position)
    try await store.forgetEndpoints(except: [])
    #expect(try await store.openEndpoint("desk").position == DeliveryPosition(2))
    await store.close()
    withExtendedLifetime(folder) {}
  }

  @Test func theEventsOfAMessageAreKnownAndReadAgain() async throws {
    let (folder, store) = try Self.open()
    _ = try await store.openEndpoint("desk")
    for text in ["One", "Two", "Three"] {
      _ = try await store.append(EndpointEvents.drill(text, endpoint: nil, now: .now0))
    }
    let one = Self.delivery(7)
    let several = StoredDelivery(
      endpoint: "desk", sequence: 9, message: "bat_1", type: "batch", source: StoredDelivery.several,
      contentType: "application/json", body: [], eventAt: .now0, attempts: 1, nextAt: .now0, lastStatus: 413,
      reason: "answered 413", at: .now0, members: [3, 8, 9, 1])
    await Self.apply(store) { $0.kept = [one, several] }
    for kept in [one, several] {
      let read: StoredDelivery? = await withCheckedContinuation { continuation in
        _ = store.delivery(of: "desk", kept.sequence) { continuation.resume(returning: $0) }
      }
      #expect(read == kept)
    }
    #expect(one.members == [7])
    let events: [LogRecord]? = await withCheckedContinuation { continuation in
      _ = store.events(several.members) { continuation.resume(returning: $0) }
    }
    #expect(events?.map(\.sequence) == [3, 1], "those that are there, in the order asked for")
    await store.close()
    withExtendedLifetime(folder) {}
  }

  /// An attempt that ends after its webhook left the configuration.
  @Test func aForgottenEndpointIsOwedNothing() async throws {
    let (folder, store) = try Self.open()
    _ = try await store.openEndpoint("desk")
    var dead = Self.delivery(1)
    dead.nextAt = nil
    dead.reason = "gone: answered 410"
    await Self.apply(store) { $0.kept = [dead, Self.delivery(2)] }
    try await store.forgetEndpoints(except: [])
    await Self.apply(store) { $0.kept = [Self.delivery(3)] }
    #expect(try await store.reviveDeadLetters(of: "desk", reason: "gone", now: .now0) == 0)
    #expect(try await store.deliveries(dead: false, endpoint: nil, after: nil, most: 9).isEmpty)
    #expect(try await store.deliveries(dead: true, endpoint: nil, after: nil, most: 9).map(\.sequence) == [1])
    await store.close()
    withExtendedLifetime(folder) {}
  }

  @Test func aStateComesBackAsItWas() async throws {
    let (folder, store) = try Self.open()
    _ = try await store.openEndpoint("desk")
    let state = EndpointState(
      DeliveryPosition(0), pausedUntil: Timestamp(seconds: 9),
      failing: .init(
        since: Timestamp(seconds: 1), reason: "down", probeAt: Timestamp(seconds: 7), probeWait: .seconds(3)),
      disabled: .init(since: Timestamp(seconds: 2), reason: "by a person", by: .person))
    await Self.apply(store) { $0.states["desk"] = state }
    #expect(try await store.openEndpoint("desk") == state)
    await Self.apply(store) { $0.states["desk"] = EndpointState(DeliveryPosition(0)) }
    #expect(try await store.openEndpoint("desk") == EndpointState(DeliveryPosition(0)))
    await store.close()
    withExtendedLifetime(folder) {}
  }

  @Test func rowsAreKeptReplacedAndSettled() async throws {
    let (folder, store) = try Self.open()
    _ = try await store.openEndpoint("desk")
    await Self.apply(store) { $0.kept = [Self.delivery(2), Self.delivery(3)] }
    #expect(await Self.waiting(store, inLogOrder: true) == [2, 3])
    #expect(await Self.waiting(store, inLogOrder: false) == [3, 2], "the earliest deadline first")
    let row = await withCheckedContinuation { continuation in
      _ = store.delivery(of: "desk", 2) { continuation.resume(returning: $0) }
    }
    #expect(row == Self.delivery(2))
    await Self.apply(store) {
      $0.kept = [Self.delivery(2, dead: true)]
      $0.settled = [("desk", 3)]
    }
    #expect(await Self.waiting(store, inLogOrder: true).isEmpty)
    #expect(try await store.deliveryCounts()["desk"]?.dead == 1)
    try await store.forgetEndpoints(except: [])
    #expect(try await store.deadLetters("itm_2", endpoint: nil) == [Self.delivery(2, dead: true)], "they stay")
    _ = try await store.openEndpoint("desk")
    #expect(try await store.reviveDeadLetters(of: "desk", reason: "gone", now: .now0) == 1)
    #expect(await Self.waiting(store, inLogOrder: true) == [2])
    await Self.apply(store) { $0.passedOver = [("desk", "passed: over")] }
    #expect(try await store.purgeDeadLetters("itm_2", endpoint: "other") == 0)
    #expect(try await store.purgeDeadLetters("itm_2", endpoint: "desk") == 1)
    await store.close()
    withExtendedLifetime(folder) {}
  }

  @Test func listsArePagedAndOldLettersPruned() async throws {
    let (folder, store) = try Self.open()
    await Self.apply(store) { changes in
      changes.kept = (1...9).map { Self.delivery($0, $0 % 2 == 0 ? "a" : "b", dead: true) }
    }
    var seen: [Int64] = []
    var after: (String, Int64)?
    while true {
      let page = try await store.deliveries(dead: true, endpoint: nil, after: after, most: 4)
      seen += page.map(\.sequence)
      guard let last = page.last else { break }
      after = (last.endpoint, last.sequence)
    }
    #expect(seen == [2, 4, 6, 8, 1, 3, 5, 7, 9])
    // Older than second 3 goes, and of each endpoint all but the newest three.
    _ = try await store.pruneDeadLetters(
      olderThan: .seconds(7), kept: 3, now: Timestamp(seconds: 10), most: 100)
    let left = try await store.deliveries(dead: true, endpoint: nil, after: nil, most: 100).map(\.sequence)
    #expect(left == [4, 6, 8, 5, 7, 9])
    await store.close()
    withExtendedLifetime(folder) {}
  }
}

extension Timestamp {
  fileprivate static let now0 = Timestamp(seconds: 50)
}
