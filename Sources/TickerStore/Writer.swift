import CLinux
import Synchronization
import TickerModel

/// One piece of work for the writer: `perform` inside the transaction, `finish` after its end with what went wrong.
struct WriteJob: Sendable {
  let perform: @Sendable (Writer) throws(StoreError) -> Void
  let finish: @Sendable (StoreError?) -> Void
  /// Whether it is finished only when it would outlast a power cut. False for what would merely be done again.
  var waitsForDisk = true
}

/// The only connection that writes. Lives on its thread.
final class Writer {
  let connection: Connection
  let rule: Fingerprint.Rule
  private let instance: InstanceFile
  private let announce: @Sendable ([LogRecord]) -> Void
  private let clock: WriterClock
  private let checkpoints: Checkpoints
  /// Records of the running transaction, announced once they are on disk.
  private var appended: [LogRecord] = []
  let touches: Touches
  /// What feeds showed last.
  var feeds = FeedMemory()
  private var touchesWritten = clinux_monotonic()
  /// Rows of the newest item, or of one that was rolled back, and of the last that is in the full-text index.
  private var newest: Int64 = 0
  private var indexed: Int64 = 0
  /// How much a crash can age the last success of a source that shows nothing new, in nanoseconds: a minute.
  private static let touchInterval: Int64 = 60_000_000_000

  init(
    connection: Connection, instance: InstanceFile, rule: Fingerprint.Rule, touches: Touches,
    clock: WriterClock, checkpoints: Checkpoints, announce: @escaping @Sendable ([LogRecord]) -> Void
  ) {
    self.connection = connection
    self.checkpoints = checkpoints
    self.instance = instance
    self.touches = touches
    self.rule = rule
    self.clock = clock
    self.announce = announce
  }

  func run(_ queue: JobQueue<WriteJob>) {
    beginIndexing()
    while let jobs = queue.take(most: Store.mostJobsPerTransaction) {
      clock.begin()
      transact(jobs)
      index(whileWaiting: SearchIndex.batch)
      clock.end()
    }
    transact([WriteJob(perform: { writer throws(StoreError) in try writer.writeTouched() }, finish: { _ in })])
    index(whileWaiting: 1)
    connection.close()
  }

  /// A new item, which is put into the full-text index after it was announced.
  func note(new entry: SearchIndex.Entry) throws(StoreError) {
    newest = max(newest, entry.row)
    if entry.row <= indexed { try SearchIndex(connection: connection).note(new: entry) }
  }

  /// Adds an event to the log; on disk, and announced, when the transaction ends well.
  func append(_ event: Event) throws(StoreError) -> LogRecord {
    let body = EventEncoding.body(of: event)
    let tags = event.item.map { EventEncoding.bounded($0.tags) } ?? []
    let also = event.item?.also ?? []
    try connection.run(
      "INSERT INTO event(at, type, source, item, level, tags, also, body) VALUES (?,?,?,?,?,?,?,?)",
      .time(event.at), .text(event.type.rawValue), .text(event.source), .text(event.item?.id),
      .text(event.level?.rawValue), .text(TagText.text(tags)), .text(TagText.text(also)), .blob(body))
    let record = LogRecord(
      sequence: connection.lastInsertedRow, at: event.at, type: event.type.rawValue, source: event.source,
      item: event.item?.id, level: event.level, tags: tags, also: also, body: body)
    appended.append(record)
    return record
  }
}

extension Writer {
  /// Where the full-text index ended when the state was closed, or the process. Of a database that cannot be read the
  /// first transaction tells.
  private func beginIndexing() {
    indexed = (try? SearchIndex(connection: connection).end()) ?? 0
    newest = (try? connection.first("SELECT max(row) FROM item") { $0.integer(0) }) ?? indexed
    index(whileWaiting: SearchIndex.batch)
  }

  /// Puts items into the full-text index while at least so many wait, each batch in a transaction of its own. Nobody waits
  /// for the disk: what a power cut undoes is found and done again, and so is what fails.
  private func index(whileWaiting least: Int) {
    while newest - indexed >= least {
      do throws(StoreError) {
        try connection.waitForDisk(false)
        try connection.run("BEGIN IMMEDIATE")
        let end = try SearchIndex(connection: connection).advance()
        try connection.run("COMMIT")
        // None was left: those after it were rolled back, or are pruned.
        if end == indexed { newest = end }
        indexed = end
      } catch {
        if !connection.isInAutocommit { try? connection.execute("ROLLBACK") }
        return
      }
    }
  }

  /// Runs the jobs in one transaction, each in a savepoint of its own, so that one that fails takes none with it.
  private func transact(_ jobs: [WriteJob]) {
    var outcomes: [StoreError?] = []
    do throws(StoreError) {
      try connection.waitForDisk(jobs.contains(where: \.waitsForDisk))
      try connection.run("BEGIN IMMEDIATE")
      for job in jobs { outcomes.append(try perform(job)) }
      if clinux_monotonic() - touchesWritten > Self.touchInterval { try writeTouched() }
      let entries = connection.deferredCount
      try connection.runDeferred()
      if entries > 0 { try SearchIndex(connection: connection).merge(after: entries) }
      // What is written to a file without a name would be announced and be gone with this process.
      if connection.hasMoved { throw StoreError.moved(connection.path) }
      try connection.run("COMMIT")
      let records = appended
      appended = []
      if let last = records.last {
        instance.note(head: last.sequence)
        announce(records)
      }
      checkpoints.note(pages: connection.logPages, on: connection)
    } catch {
      // Nothing of this transaction is on disk: every job of it failed, whatever it thought.
      if !connection.isInAutocommit { try? connection.execute("ROLLBACK") }
      appended = []
      connection.forgetDeferred()
      feeds.forgetAll()
      outcomes = jobs.map { _ in error }
    }
    for (job, outcome) in zip(jobs, outcomes) { job.finish(outcome) }
  }

  /// The job's own error; throws when the whole transaction is lost with it.
  private func perform(_ job: WriteJob) throws(StoreError) -> StoreError? {
    let before = (appended: appended.count, deferred: connection.deferredCount)
    try connection.run("SAVEPOINT job")
    do throws(StoreError) {
      try job.perform(self)
      try connection.run("RELEASE job")
      return nil
    } catch {
      // A full disk or an I/O error makes SQLite roll everything back by itself (sqlite.org/lang_transaction.html).
      if connection.isInAutocommit { throw error }
      try connection.execute("ROLLBACK TO job; RELEASE job")
      appended.removeSubrange(before.appended...)
      connection.forgetDeferred(after: before.deferred)
      feeds.forgetAll()
      return error
    }
  }

  private func writeTouched() throws(StoreError) {
    let written = touches.all
    for (source, now) in written {
      try connection.run(
        "UPDATE source SET last_poll = ?1, last_success = ?1 WHERE name = ?2", .time(now), .text(source))
    }
    touches.forget(written)
    touchesWritten = clinux_monotonic()
  }
}

/// Since when the writer has been in one transaction. Any thread.
final class WriterClock: Sendable {
  private let began = Atomic<Int64>(0)

  func begin() { began.store(clinux_monotonic(), ordering: .relaxed) }
  func end() { began.store(0, ordering: .relaxed) }

  /// Nanoseconds; 0 when it rests.
  var busy: Int64 {
    let began = began.load(ordering: .relaxed)
    return began == 0 ? 0 : clinux_monotonic() - began
  }
}
