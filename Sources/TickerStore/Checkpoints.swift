import Synchronization

/// Folds the write-ahead log into the database file on a thread of its own. SQLite would do it within the commit that
/// made the log long enough: some tens of milliseconds in which nothing is announced and no poll recorded. A passive
/// checkpoint waits for nobody and keeps nobody waiting (https://www.sqlite.org/wal.html#concurrency).
final class Checkpoints: Sendable {
  /// Pages that the log grows by until it is folded again, 16 MiB: the same pages are written again and again, and to the
  /// file only then.
  private static let step = 4096
  /// Pages from which on the writer does it itself: the log begins anew only when all of it is folded, which a writer
  /// that never rests can outrun for ever. Most of it is folded by then.
  private static let late = 4 * step
  /// What is committed meanwhile is little, and folded in a moment, so that the log may begin anew after all.
  private static let mostRounds = 4

  private let queue = JobQueue<Int>()
  /// How long the log was when it was last to be folded; the writer's.
  private let asked = Atomic<Int>(0)

  /// After a commit on the writer's connection, of whose log it says how long it is.
  func note(pages: Int, on writer: Connection) {
    let before = asked.load(ordering: .relaxed)
    if pages < before {
      // It began anew.
      asked.store(0, ordering: .relaxed)
    } else if pages >= before + Self.step {
      if pages >= Self.late { _ = Self.fold(writer) }
      if queue.add(pages) { asked.store(pages, ordering: .relaxed) }
    }
  }

  /// Runs on its thread, with a connection of its own, until ``close()``.
  func run(_ connection: Connection) {
    while queue.take(most: .max) != nil {
      var rounds = 1
      while !Self.fold(connection), rounds < Self.mostRounds { rounds += 1 }
    }
    connection.close()
  }

  func close() { queue.close() }

  /// Whether all of the log is folded, or nothing can be done about it now. A fault is the next commit's to find and to
  /// tell: until then the log holds what the file does not.
  private static func fold(_ connection: Connection) -> Bool {
    let left = try? connection.first("PRAGMA wal_checkpoint(PASSIVE)") { row in
      row.flag(0) ? 0 : row.integer(1) - row.integer(2)
    }
    return left ?? 0 == 0
  }
}
