import Glibc
import Synchronization
import Testing
import TickerModel
import TickerText

@testable import TickerSocket

/// Connections that outlive the process (SPEC §7): one server stops or vanishes, another goes on with the descriptors.
@Suite("Kept connections", .serialized)
struct KeepingTests {
  /// A service manager that keeps copies of descriptors, and the state that keeps places.
  private final class Keep: Sendable {
    struct State {
      var descriptors: [String: Int32] = [:]
      var states: [String: (bytes: [UInt8], isExact: Bool)] = [:]
      var saves = 0
      var fails = false
    }

    let state = Mutex(State())
    let capacity: Int

    init(capacity: Int = 8192) { self.capacity = capacity }

    deinit { state.withLock { state in for descriptor in state.descriptors.values { close(descriptor) } } }

    var names: Set<String> { state.withLock { Set($0.descriptors.keys) } }

    var keeper: ConnectionKeeper {
      ConnectionKeeper(
        capacity: capacity,
        store: { [self] name, descriptor in state.withLock { $0.descriptors[name] = dup(descriptor) } },
        forget: { [self] name in
          state.withLock { state in if let copy = state.descriptors.removeValue(forKey: name) { close(copy) } }
        },
        holds: { [self] name in state.withLock { $0.descriptors[name] != nil } },
        save: { [self] states, completion in
          let isDone = state.withLock { state in
            state.saves += 1
            guard !state.fails else { return false }
            for name in states.gone { state.states[name] = nil }
            for saved in states.changed { state.states[saved.name] = (saved.bytes, states.isExact) }
            return true
          }
          completion(isDone)
        })
    }

    /// As a new process gets them: copies, while the service manager keeps its own.
    func hand() -> [KeptConnection] {
      state.withLock { state in
        state.descriptors.map { name, descriptor in
          let saved = state.states[name]
          defer { if let saved { state.states[name] = (saved.bytes, false) } }
          return KeptConnection(
            name: name, descriptor: dup(descriptor), state: saved?.bytes, isExact: saved?.isExact ?? false)
        }
      }
    }

    /// Returns when every kept connection has been recorded since the call.
    func recorded(_ isRight: (State) -> Bool = { Set($0.states.keys) == Set($0.descriptors.keys) }) throws {
      let end = ContinuousClock.now + patience
      while !state.withLock({ isRight($0) }) {
        guard ContinuousClock.now < end else { throw SocketError(.timeout, "nothing was recorded") }
        usleep(2000)
      }
    }
  }

  private func rig(
    _ log: FakeLog, _ keep: Keep, _ adjust: (inout SocketSettings) -> Void = { _ in }
  ) throws -> Rig {
    let rig = try Rig(log: log, keeper: keep.keeper, adjust)
    rig.server.adopt(keep.hand())
    return rig
  }

  @Test("an orderly stop is not noticed: no bye, nothing lost, nothing twice, cut lines finished")
  func orderlyStop() throws {
    let (log, keep) = (FakeLog(items: 50), Keep())
    let first = try rig(log, keep)
    let client = try first.connect()
    _ = try client.subscribe(SubscribeRequest(start: .tail))
    let filtered = try first.connect()
    _ = try filtered.subscribe(
      SubscribeRequest(start: .tail, filter: Filter(sources: ["bbc"], texts: [try Pattern("5$")])))
    let live = try first.connectLive()
    // One that does not read: its line is cut somewhere.
    let stalled = try first.connect()
    _ = try stalled.subscribe(SubscribeRequest(start: .after(cursor(10))))
    let long = String(repeating: "x", count: 30_000)
    first.publish(40) { item($0, title: "\(long) \($0)") }
    #expect(try client.items(90) == Array(1...90))
    first.stop()
    #expect(keep.names.count == 4)

    let second = try rig(log, keep)
    defer { second.close() }
    #expect(second.subscribers == 4)
    second.publish(10)
    #expect(try client.items(10) == Array(91...100))
    #expect(try stalled.items(90) == Array(11...100))
    #expect(try filtered.items(10) == stride(from: 5, through: 95, by: 10).map { Int64($0) })
    for sequence in 51...100 {
      let line = try live.text()
      #expect(line?.hasPrefix("{\"type\":\"item.new\",\"cursor\":\"k3f9q2-\(sequence)\",") == true)
    }
    // Commands still work, and the numbers of subscriptions go on.
    #expect(try client.subscribe(SubscribeRequest()) == .success(2))
  }

  @Test("after a crash an empty line comes first, then everything from the last recorded place: nothing is lost")
  func crash() throws {
    let (log, keep) = (FakeLog(items: 5), Keep())
    let first = try rig(log, keep)
    let client = try first.connectRaw()
    try client.send("sub after=\(cursor(2).text)\n")
    let live = try first.connectLive()
    try keep.recorded { state in state.states.count == 2 && state.states.values.contains { $0.bytes.count > 200 } }
    first.publish(3)
    var lines: [String] = []
    while lines.filter({ $0.contains("\"item\"") }).count < 6 { lines.append(try #require(try client.text())) }
    _ = try (0..<3).map { _ in try live.text() }
    first.vanish()

    let second = try rig(log, keep)
    defer { second.close() }
    second.publish()
    #expect(try client.text() == "")
    #expect(try live.text() == "")
    var sequences: [Int64] = []
    while sequences.last != 9 {
      let line = try #require(try client.receive(timeout: patience))
      if case .item(_, let cursor, _)? = ServerMessage(line) { sequences.append(cursor.sequence) }
    }
    #expect(sequences == Array(sequences[0]...9), "in order, without a hole")
    #expect((3...9).contains(sequences[0]), "repeats begin after what was asked for")
    let again = try #require(try live.text())
    #expect(again.contains("k3f9q2-6"), "\(again)")
  }

  @Test("a connection nobody recorded is told to come again")
  func unrecorded() throws {
    let (log, keep) = (FakeLog(items: 5), Keep())
    keep.state.withLock { $0.fails = true }
    let first = try rig(log, keep)
    let client = try first.connectRaw()
    let live = try first.connectLive()
    first.onLoop {}
    first.vanish()
    let second = try rig(log, keep)
    defer { second.close() }
    #expect(try client.text() == "")
    #expect(try client.text()?.hasPrefix(#"{"t":"bye","code":"shutdown","cursor":"k3f9q2-0","retry_ms":1000"#) == true)
    #expect(try client.text() == nil)
    #expect(try live.text() == "")
    #expect(try live.text() == nil)
    #expect(keep.names.isEmpty)
  }

  @Test("those that do not fit into the store are told at a stop")
  func overflow() throws {
    let (log, keep) = (FakeLog(), Keep(capacity: 2))
    let first = try rig(log, keep)
    let clients = try (0..<3).map { _ in try first.connect() }
    for client in clients { _ = try client.subscribe(SubscribeRequest()) }
    first.stop()
    let bye = try #require(try clients[2].nextWithoutMarks())
    #expect(bye == .bye(code: "shutdown", retry: .seconds(1)))
    #expect(try clients[2].receive(timeout: patience) == nil)
    let second = try rig(log, keep)
    defer { second.close() }
    second.publish()
    for client in clients[..<2] { #expect(try client.items(1) == [1]) }
  }

  @Test("whoever leaves is forgotten, and whoever is closed here is closed")
  func leaving() throws {
    let (log, keep) = (FakeLog(), Keep())
    let rig = try rig(log, keep) { $0.lineTimeout = .milliseconds(30) }
    defer { rig.close() }
    let idler = try rig.connectRaw()
    var leaver: SocketClient? = try rig.connect()
    try keep.recorded()
    #expect(keep.names.count == 2)
    leaver = nil
    _ = leaver
    try keep.recorded { $0.descriptors.count == 1 && $0.states.count == 1 }
    try idler.send("pi")
    while try idler.text() != nil {}
    try keep.recorded { $0.descriptors.isEmpty && $0.states.isEmpty }
  }

  @Test("what was being looked for is looked for again; half a command is finished")
  func halfWay() throws {
    let (log, keep) = (FakeLog(items: 30), Keep())
    let first = try rig(log, keep)
    let client = try first.connectRaw()
    let searching = try first.connect()
    log.fail(1_000_000)
    try searching.send("sub last=3")
    try client.send("sub la")
    // Until both were read.
    first.onLoop {}
    first.onLoop {}
    _ = try searching.receive(timeout: patience)
    first.stop()
    log.fail(0)
    let second = try rig(log, keep)
    defer { second.close() }
    #expect(try searching.items(3) == [28, 29, 30])
    try client.send("st=1\n")
    #expect(try client.text()?.hasPrefix(#"{"t":"ok","sub":1"#) == true)
    #expect(try client.text()?.contains("k3f9q2-30") == true)
  }

  @Test("a state of another log or another program is not trusted")
  func foreign() throws {
    let saved = SavedConnection(
      name: "c1", isLive: false, epoch: "other1", lastSubscription: 0, input: [], unsent: [], subscriptions: [])
    #expect(SavedConnection(name: "c1", saved.bytes)?.epoch == "other1")
    #expect(SavedConnection(name: "c1", Array("{}".utf8)) == nil)
    #expect(SavedConnection(name: "c1", Array(#"{"version":2}"#.utf8)) == nil)
    let (log, keep) = (FakeLog(), Keep())
    let first = try rig(log, keep)
    let client = try first.connectRaw()
    try keep.recorded()
    first.vanish()
    keep.state.withLock { $0.states["c1"] = (saved.bytes, true) }
    let second = try rig(log, keep)
    defer { second.close() }
    #expect(try client.text() == "")
    #expect(try client.text()?.contains(#""bye""#) == true)
  }
}

extension SocketClient {
  /// The next message that is neither a beat nor the mark of the head.
  fileprivate func nextWithoutMarks() throws -> ServerMessage? {
    while let message = try nextWithoutBeats() {
      if case .live = message { continue }
      return message
    }
    return nil
  }
}
