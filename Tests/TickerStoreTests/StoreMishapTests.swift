import Glibc
import Testing
import TickerModel

@testable import TickerStore

/// Bytes of a file; 0 when it is not there.
private func size(of path: String) -> Int {
  var status = stat()
  return stat(path, &status) == 0 ? Int(status.st_size) : 0
}

@Test func theLogOfChangesIsFoldedWhileOthersReplayAYear() async throws {
  var bench = ArchiveBench()
  let store = try bench.open()
  for round in 0..<20 {
    try await bench.poll((0..<200).map { "Round \(round) line \($0)" }, on: store)
  }
  let head = try await store.bounds().head
  #expect(head >= 4000)
  await withTaskGroup { group in
    for _ in 0..<8 {
      group.addTask {
        // Page after page, for as long as the others need.
        while !Task.isCancelled {
          var position: Int64 = 0
          while position < head, let page = try? await store.page(after: position), let last = page.records.last {
            position = last.sequence
          }
        }
      }
    }
    // Waits for readers; one whose transaction lasted a replay would have it give up after 5 s.
    let checkpoint = try? Connection(path: bench.path, readOnly: false).first("PRAGMA wal_checkpoint(TRUNCATE)") {
      (busy: $0.integer(0), left: $0.integer(1))
    }
    #expect(checkpoint?.busy == 0)
    #expect(checkpoint?.left == 0)
    #expect(size(of: bench.path + "-wal") == 0)
    group.cancelAll()
  }
  await store.close()
}

@Test func aFileThatWasTakenAwayIsNotWrittenTo() async throws {
  var bench = ArchiveBench()
  let store = try bench.open()
  try await bench.poll(["First"], on: store)
  #expect(rename(bench.path, bench.path + ".away") == 0)
  // First nothing stands at the path, then something that is not ours.
  for isReplaced in [false, true] {
    if isReplaced { #expect(symlink("/dev/null", bench.path) == 0) }
    do {
      try await bench.poll(["Second", "First"], on: store)
      Issue.record("recorded where nobody will find it")
    } catch let error as StoreError {
      #expect(error.kind == .disk && error.message.contains("was deleted or moved away"))
    }
  }
  unlink(bench.path)

  #expect(rename(bench.path + ".away", bench.path) == 0)
  let events = try await bench.poll(["Third", "Second", "First"], on: store)
  #expect(events.map(\.sequence) == [2, 3])
  await store.close()
}

/// Commits leave the log alone, however long it is; the folding thread folds it, and the writer where that one is late.
@Test(arguments: [(5_000, false), (17_000, true)])
func noCommitFoldsTheLog(_ pages: Int, _ isLate: Bool) throws {
  let bench = ArchiveBench()
  try Folder.make(Folder.of(bench.path), mode: Folder.stateMode)
  let (writer, _) = try Opening.writer(path: bench.path)
  try writer.execute("CREATE TABLE load(bytes BLOB)")
  try writer.run("INSERT INTO load VALUES (zeroblob(?))", .integer(pages * 4096))
  #expect(writer.logPages > pages)
  #expect(size(of: bench.path) < 1 << 20)

  let checkpoints = Checkpoints()
  checkpoints.note(pages: writer.logPages, on: writer)
  #expect((size(of: bench.path) > pages * 4096) == isLate)
  checkpoints.close()
  checkpoints.run(try Opening.checkpointer(path: bench.path))
  #expect(size(of: bench.path) > pages * 4096)
  writer.close()
}

/// What SQLite's caches hold is given back while other connections fill theirs: no page in use is touched.
@Test func memoryGivenBackAmidWorkHarmsNothing() async throws {
  try await withThrowingTaskGroup(of: Void.self) { group in
    for number in 0..<3 {
      group.addTask {
        var bench = ArchiveBench("wire-\(number)")
        let store = try bench.open()
        for round in 0..<30 {
          try await bench.poll(
            (0..<60).map { "Line \(round * 60 + $0) of \(number), \(UInt64($0) &* 0x9E37_79B9)" }, on: store)
          await store.shrink()
        }
        let verdict = try await store.write { writer throws(StoreError) in
          try writer.connection.first("PRAGMA integrity_check") { $0.text(0) }
        }
        #expect(verdict == "ok")
        #expect(try await store.count("item") == 1800)
        await store.close()
      }
    }
    try await group.waitForAll()
  }
}
