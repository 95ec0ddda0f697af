import CLinux
import Glibc
import Synchronization
public import TickerModel

/// The owner of the state file: one writer thread on which Decide runs, two reader threads that serve pages of the log.
/// Everything a caller hands over is done in order; several results share one transaction and one fsync.
///
/// Thread: any; results come back on the caller's executor, `announce` on the writer thread.
public final class Store: Sendable {
  /// Results of polls that share one fsync at most: enough to keep a disk busy, few enough to stay within milliseconds.
  static let mostJobsPerTransaction = 200
  /// A page of the log is some tens of microseconds; two readers keep one slow disk read from stopping everybody.
  static let readers = 2
  /// The writer and readers only run SQLite and Decide; SQLite asks for little stack, and guards its own depth.
  static let stackBytes = 1 << 20

  /// The name of this log.
  public let epoch: String
  /// The epoch this database had until now, where it turned out to be a copy at opening; its cursors name nothing here.
  public let formerEpoch: String?
  /// The state file.
  public let path: String
  let rule: Fingerprint.Rule
  let touches = Touches()
  private let writerClock = WriterClock()
  private let jobs = JobQueue<WriteJob>()
  private let reading = JobQueue<ReadJob>()
  private let readability: Readability
  private let checkpoints = Checkpoints()
  private let lock: Int32
  private let writerEnd = ThreadEnd(of: 1)
  private let readersEnd = ThreadEnd(of: readers)
  private let checkpointsEnd = ThreadEnd(of: 1)

  typealias ReadJob = @Sendable (Connection) -> Void

  /// Opens (or makes) the state at `path`, takes its lock and starts the threads.
  /// - Parameters:
  ///   - rule: how texts are compared; what was hashed by another is mapped by ``adopt(_:)``.
  ///   - readable: hears why the log cannot be read, and nil when it can again; on a reader's thread.
  ///   - announce: gets the records of each commit, ascending, after they are on disk; on the writer thread.
  public init(
    path: String, rule: Fingerprint.Rule = .current, readable: @escaping @Sendable (StoreError?) -> Void = { _ in },
    announce: @escaping @Sendable ([LogRecord]) -> Void
  ) throws(StoreError) {
    readability = Readability(tell: readable)
    try Folder.make(Folder.of(path), mode: Folder.stateMode)
    let lock = try Opening.lock(path: path)
    do throws(StoreError) {
      let (connection, isNew) = try Opening.writer(path: path)
      let instance = try InstanceFile(path: path)
      formerEpoch = try Epoch.settle(connection, instance, isNew: isNew)
      let writer = Writer(
        connection: connection, instance: instance, rule: rule, touches: touches, clock: writerClock,
        checkpoints: checkpoints, announce: announce)
      self.rule = rule
      self.path = path
      self.lock = lock
      epoch = try Epoch.present(connection)
      var connections: [Connection] = []
      for _ in 0..<Self.readers { connections.append(try Opening.reader(path: path)) }
      let folding = try Opening.checkpointer(path: path)
      Self.start("tickerd-writer", Transfer(writer)) { [jobs, writerEnd] writer in
        writer.run(jobs)
        writerEnd.tell()
      }
      for connection in connections {
        Self.start("tickerd-reader", Transfer(connection)) { [reading, readersEnd] connection in
          while let job = reading.take(most: 1)?.first { job(connection) }
          connection.close()
          readersEnd.tell()
        }
      }
      Self.start("tickerd-folding", Transfer(folding)) { [checkpoints, checkpointsEnd] connection in
        checkpoints.run(connection)
        checkpointsEnd.tell()
      }
    } catch {
      Opening.unlock(lock)
      throw error
    }
  }

  /// Leaves the path of the control socket beside the state, where a client finds it that knows the state only.
  public func publish(socket path: String) { Opening.note("\(getpid())\n\(path)\n", on: lock) }

  /// How long the writer's present transaction has taken; zero when it rests.
  public var writing: Duration { .nanoseconds(writerClock.busy) }

  /// Gives pages back that are in memory only because they were used.
  public func shrink() async {
    try? await write { writer throws(StoreError) in try writer.connection.execute("PRAGMA shrink_memory") }
  }

  /// Finishes what was handed over, closes the file and gives the state free. Returns when it is done.
  public func close() async {
    // The writer's connection is the last: only one that may write folds the WAL into the file and removes it
    // (https://www.sqlite.org/wal.html#the_wal_file).
    reading.close()
    checkpoints.close()
    await readersEnd.come()
    await checkpointsEnd.come()
    jobs.close()
    await writerEnd.come()
    Opening.unlock(lock)
  }
}

extension Store {
  /// Hands a job to the writer; false when the store is closed, and the job will never run.
  func add(_ job: WriteJob) -> Bool { jobs.add(job) }

  /// Runs `work` on the writer in a transaction that may hold other work too; returns when it is on disk.
  func write<Result: Sendable>(
    _ work: @escaping @Sendable (Writer) throws(StoreError) -> Result
  ) async throws(StoreError) -> Result {
    try await write(work, waitsForDisk: true) { $0 }
  }

  /// The same of what a power cut may undo, since it is found and done again: nobody waits for the disk. Also returns how
  /// long it held the writer, its commit included.
  func tidy<Result: Sendable>(
    _ work: @escaping @Sendable (Writer) throws(StoreError) -> Result
  ) async throws(StoreError) -> (result: Result, held: Duration) {
    try await write({ writer throws(StoreError) in (WriterTurn(), try work(writer)) }, waitsForDisk: false) {
      (turn, result) in (result, turn.held)
    }
  }

  /// `end` completes the result on the writer thread, after the transaction.
  private func write<Interim: Sendable, Result: Sendable>(
    _ work: @escaping @Sendable (Writer) throws(StoreError) -> Interim, waitsForDisk: Bool,
    end: @escaping @Sendable (Interim) -> Result
  ) async throws(StoreError) -> Result {
    let outcome: Swift.Result<Result, StoreError> = await withCheckedContinuation { continuation in
      let slot = Slot<Interim>()
      let job = WriteJob(
        perform: { writer throws(StoreError) in slot.value = try work(writer) },
        finish: { error in continuation.resume(returning: slot.result(after: error).map(end)) },
        waitsForDisk: waitsForDisk)
      if !jobs.add(job) { continuation.resume(returning: .failure(.closed)) }
    }
    return try outcome.get()
  }

  /// The same for a caller that has no task: `completion` gets what went wrong, on the writer thread, when the work is
  /// on disk or failed; false when the store is closed.
  func write(
    _ work: @escaping @Sendable (Writer) throws(StoreError) -> Void,
    completion: @escaping @Sendable (StoreError?) -> Void
  ) -> Bool {
    add(WriteJob(perform: work, finish: completion))
  }

  /// Why the log cannot be read at the moment; nil when it can, as far as is known.
  public var readFault: StoreError? { readability.fault }

  /// Runs `work` on a reader thread.
  func read<Result: Sendable>(
    _ work: @escaping @Sendable (Connection) throws(StoreError) -> Result
  ) async throws(StoreError) -> Result {
    let outcome: Swift.Result<Result, StoreError> = await withCheckedContinuation { continuation in
      if !read(work, completion: { continuation.resume(returning: $0) }) {
        continuation.resume(returning: .failure(.closed))
      }
    }
    return try outcome.get()
  }

  /// Runs `work` on a reader thread and hands its result to `completion` there; false when the store is closed.
  func read<Result: Sendable>(
    _ work: @escaping @Sendable (Connection) throws(StoreError) -> Result,
    completion: @escaping @Sendable (Swift.Result<Result, StoreError>) -> Void
  ) -> Bool {
    reading.add { [readability] connection in
      let result = Swift.Result { () throws(StoreError) in try work(connection) }
      if case .failure(let error) = result { readability.note(error) } else { readability.note(nil) }
      completion(result)
    }
  }

  private static func start<Context>(
    _ name: String, _ context: Transfer<Context>, _ body: @escaping @Sendable (Context) -> Void
  ) {
    let start = ThreadStart {
      clinux_name_thread(name)
      body(context.value)
    }
    let code = clinux_thread_start(
      stackBytes,
      { context in if let context { Unmanaged<ThreadStart>.fromOpaque(context).takeRetainedValue().body() } },
      Unmanaged.passRetained(start).toOpaque())
    precondition(code == 0, "a thread could not be started: \(String(cString: strerror(code)))")
  }
}

/// Waited for once: the end of so many threads.
private final class ThreadEnd: Sendable {
  private struct State {
    var running: Int
    var waiting: CheckedContinuation<Void, Never>?
  }
  private let state: Mutex<State>

  init(of threads: Int) { state = Mutex(State(running: threads)) }

  func tell() {
    let waiting = state.withLock { state in
      state.running -= 1
      return state.running == 0 ? state.waiting.take() : nil
    }
    waiting?.resume()
  }

  func come() async {
    await withCheckedContinuation { continuation in
      let isOver = state.withLock { state in
        if state.running > 0 { state.waiting = continuation }
        return state.running == 0
      }
      if isOver { continuation.resume() }
    }
  }
}

/// What a new thread runs.
private final class ThreadStart: Sendable {
  let body: @Sendable () -> Void
  init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

/// Carries something to the one thread that owns it from then on.
// @unchecked: nobody else keeps it.
private struct Transfer<Value>: @unchecked Sendable {
  let value: Value
  init(_ value: Value) { self.value = value }
}

/// Where the writer leaves a result for the end of its transaction.
// @unchecked: only the writer touches it.
private final class Slot<Value>: @unchecked Sendable {
  var value: Value?

  func result(after error: StoreError?) -> Result<Value, StoreError> {
    if let error { return .failure(error) }
    return value.map { .success($0) } ?? .failure(.closed)
  }
}

extension StoreError {
  static let closed = StoreError(.closed, "the store is closed")
}
