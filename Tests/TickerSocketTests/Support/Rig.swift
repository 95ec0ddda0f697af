import CLinux
import Glibc
import Synchronization
import TickerModel
import TickerText

@testable import TickerSocket

/// A server on real sockets in a folder of its own, over a log in memory. Close it at the test's end.
final class Rig: Sendable {
  static let epoch = "k3f9q2"
  let folder: String
  let loop: EventLoop
  let log: FakeLog
  let server: SocketServer
  let settings: SocketSettings

  init(log: FakeLog = FakeLog(), keeper: ConnectionKeeper? = nil, _ adjust: (inout SocketSettings) -> Void = { _ in })
    throws
  {
    folder = try temporaryFolder()
    self.log = log
    var settings = SocketSettings(controlPath: folder + "/tickerd.sock", livePath: folder + "/live.sock")
    settings.retryPause = .milliseconds(5)
    adjust(&settings)
    self.settings = settings
    loop = try EventLoop()
    try loop.start()
    server = SocketServer(
      settings: settings, loop: loop, epoch: Self.epoch, tail: log.tail, head: log.head, services: log.services,
      keeper: keeper)
    try server.open()
  }

  func close() {
    stop(flush: .zero)
    log.close()
  }

  /// An orderly stop; the log goes on.
  func stop(flush: Duration = .seconds(2)) {
    let stopped = Signal()
    server.stop(flush: flush) { stopped.set() }
    stopped.wait()
    loop.stop()
    removeFiles()
  }

  /// As a crash does: nothing is written or recorded any more, and the descriptors are gone.
  func vanish() {
    let server = server
    onLoop { server.vanish() }
    loop.stop()
    removeFiles()
  }

  /// Connections at this moment, after everything posted to the loop so far.
  var subscribers: Int {
    onLoop {}
    return server.subscriberCount
  }

  private func removeFiles() {
    unlink(settings.controlPath)
    unlink(settings.livePath)
    rmdir(folder)
  }

  /// Records and announces so many more items, as the daemon does.
  @discardableResult
  func publish(_ count: Int = 1, _ make: (Int64) -> LogRecord = { item($0) }) -> [LogRecord] {
    let records = log.append(count, make)
    server.announce(records)
    return records
  }

  func connect() throws -> SocketClient { try SocketClient.connect(path: settings.controlPath) }

  /// A connection without a client's manners; its greeting is read.
  func connectRaw() throws -> LineStream {
    let stream = try LineStream(path: settings.controlPath)
    _ = try stream.receive(timeout: patience)
    return stream
  }

  func connectLive() throws -> LineStream {
    let before = server.subscriberCount
    let stream = try LineStream(path: settings.livePath)
    // live.sock says nothing; the position is taken when the connection is accepted.
    while server.subscriberCount == before { onLoop {} }
    return stream
  }

  /// Runs `body` on the loop's thread and waits for it.
  func onLoop(_ body: @escaping @Sendable () -> Void) {
    let done = Signal()
    loop.post {
      body()
      done.set()
    }
    done.wait()
  }
}

/// Longer than anything takes here, also on a busy machine under a sanitizer.
let patience = Duration.seconds(60)

func temporaryFolder() throws -> String {
  var template = Array("/tmp/tickerd-socket-XXXXXX".utf8CString)
  guard mkdtemp(&template) != nil else { throw SocketError(.system, "mkdtemp failed") }
  return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

func item(
  _ sequence: Int64, source: String = "bbc", type: String = "item.new", tags: [String] = [], level: Level = .routine,
  title: String? = nil
) -> LogRecord {
  let at = Timestamp(milliseconds: 1_800_000_000_000 + sequence * 1000)
  var body = JSONText()
  body.member("at", at.text)
  body.member("title", title ?? "title \(sequence)")
  return LogRecord(
    sequence: sequence, at: at, type: type, source: source, item: "itm_\(sequence)", level: level, tags: tags, also: [],
    body: body.bytes)
}

/// One thread tells another that something happened.
final class Signal: Sendable {
  private let descriptor = clinux_eventfd()

  deinit { Glibc.close(descriptor) }

  func set() {
    var one: UInt64 = 1
    _ = write(descriptor, &one, 8)
  }

  @discardableResult
  func wait() -> Bool {
    var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&watched, 1, Int32(patience.inMilliseconds)) == 1
  }
}

/// The log in memory; pages are read on a thread of its own, as the daemon's are.
final class FakeLog: Sendable {
  struct State {
    var records: [LogRecord] = []
    var tail: Int64 = 0
    var failures = 0
    var pagesAsked = 0
    var held: [@Sendable (Result<[UInt8], CommandFailure>) -> Void] = []
    var acts: [AdministrativeCommand] = []
    var notes: [String] = []
  }

  let state: Mutex<State>
  private let reader: EventLoop

  init(_ records: [LogRecord] = [], tail: Int64 = 0) {
    state = Mutex(State(records: records, tail: tail))
    do {
      reader = try EventLoop()
      try reader.start()
    } catch {
      fatalError("no thread for the fake log: \(error)")
    }
  }

  convenience init(items count: Int64) { self.init((0..<count).map { item($0 + 1) }) }

  func close() { reader.stop() }

  var tail: Int64 { state.withLock { $0.tail } }
  var head: Int64 { state.withLock { $0.records.last?.sequence ?? $0.tail } }
  var records: [LogRecord] { state.withLock { $0.records } }
  var acts: [AdministrativeCommand] { state.withLock { $0.acts } }

  func append(_ count: Int, _ make: (Int64) -> LogRecord) -> [LogRecord] {
    state.withLock { state in
      let head = state.records.last?.sequence ?? state.tail
      let new = (1...Int64(count)).map { make(head + $0) }
      state.records += new
      return new
    }
  }

  /// Retention: everything up to `tail` goes.
  func prune(to tail: Int64) {
    state.withLock { state in
      state.records.removeAll { $0.sequence <= tail }
      state.tail = tail
    }
  }

  /// The next so many reads fail.
  func fail(_ times: Int) { state.withLock { $0.failures = times } }

  var services: SocketServices {
    SocketServices(
      page: { [self] after, completion in
        reader.post { [self] in completion(page(after: after)) }
      },
      position: { [self] filter, until, last, upTo, completion in
        reader.post { [self] in completion(position(filter, until, last, upTo)) }
      },
      start: { [self] time, completion in
        reader.post { [self] in completion(start(since: time)) }
      },
      act: { [self] command, completion in
        state.withLock { $0.acts.append(command) }
        switch command {
        case .sources: completion(.success(Array(#""sources":[]"#.utf8)))
        case .status: completion(.success(Array(#""status":"\#(String(repeating: "x", count: 70_000))""#.utf8)))
        case .poll("large"): completion(.success(Array(#""x":"\#(String(repeating: "x", count: 60_000))""#.utf8)))
        case .poll("slow"): state.withLock { $0.held.append(completion) }
        case .poll("unknown"): completion(.failure(CommandFailure(.notFound, "no source unknown")))
        default: completion(.success([]))
        }
      },
      note: { [self] level, sentence in
        let sentence = sentence()
        state.withLock { $0.notes.append("\(level): \(sentence)") }
      })
  }

  /// What was noted for the log.
  var notes: [String] { state.withLock { $0.notes } }

  private func fails(_ state: inout State) -> Bool {
    state.failures -= 1
    return state.failures >= 0
  }

  private func page(after: Int64) -> LogPage? {
    state.withLock { state in
      state.pagesAsked += 1
      guard !fails(&state) else { return nil }
      // Sequences have no holes, so the place is found by counting.
      let first = Int(max(0, after - state.tail))
      return LogPage(
        records: Array(state.records.dropFirst(first).prefix(LogPage.mostRecords)), tail: state.tail,
        head: state.records.last?.sequence ?? state.tail)
    }
  }

  private func start(since time: Timestamp) -> Int64? {
    state.withLock { state in
      guard !fails(&state) else { return nil }
      return state.records.first { $0.at >= time }.map { $0.sequence - 1 } ?? .max
    }
  }

  private func position(_ filter: Filter, _ until: Timestamp?, _ last: Int, _ upTo: Int64) -> Int64? {
    state.withLock { state in
      guard !fails(&state) else { return nil }
      let passing = state.records.filter { record in
        record.sequence <= upTo && until.map { record.at <= $0 } ?? true && filter.passes(record)
      }
      return passing.suffix(last).first.map { $0.sequence - 1 } ?? (last > passing.count ? state.tail : upTo)
    }
  }
}

/// SplitMix64: the same numbers for the same seed on every machine.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}

extension SocketServer {
  /// On the loop's thread: closes every descriptor and says nothing, as the end of a process does.
  func vanish() { subscribers.vanish() }
}

extension Subscribers {
  fileprivate func vanish() {
    for connection in connections.values {
      connection.isFrozen = true
      drop(connection)
    }
  }
}

extension SocketClient {
  /// The next message, beats passed over.
  func nextWithoutBeats() throws -> ServerMessage? {
    while let message = try next(timeout: Self.patience) {
      if case .beat = message { continue }
      return message
    }
    return nil
  }

  /// The sequences of the items up to the line that ends the replay (`live` or `end`).
  func itemsUntilMark() throws -> (sequences: [Int64], mark: ServerMessage?) {
    var sequences: [Int64] = []
    while let message = try nextWithoutBeats() {
      guard case .item(_, let cursor, _) = message else { return (sequences, message) }
      sequences.append(cursor.sequence)
    }
    return (sequences, nil)
  }

  func items(_ count: Int) throws -> [Int64] {
    var sequences: [Int64] = []
    while sequences.count < count, let message = try nextWithoutBeats() {
      guard case .item(_, let cursor, _) = message else { continue }
      sequences.append(cursor.sequence)
    }
    return sequences
  }
}

extension LineStream {
  func text() throws -> String? { try receive(timeout: patience).map { String(decoding: $0, as: UTF8.self) } }
  func send(_ text: String) throws { try send(Array(text.utf8)) }
}

func cursor(_ sequence: Int64) -> Cursor { Cursor(epoch: Rig.epoch, sequence: sequence) }
