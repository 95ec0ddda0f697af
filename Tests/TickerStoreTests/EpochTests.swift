import Glibc
import TestSupport
import Testing
import TickerModel

@testable import TickerStore

/// Copies a file the way `cp` does: into the file that is there, or a new one.
private func copy(_ from: String, to: String) throws {
  let bytes = try Fixtures.bytes(of: from)
  let descriptor = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
  defer { close(descriptor) }
  #expect(descriptor >= 0 && write(descriptor, bytes, bytes.count) == bytes.count)
}

/// The epoch after opening and closing, and the one that ended with it.
private func reopen(_ path: String) async throws -> (epoch: String, former: String?) {
  let store = try Store(path: path) { _ in }
  await store.close()
  return (store.epoch, store.formerEpoch)
}

/// A closed database with two events.
private func made() async throws -> (bench: ArchiveBench, epoch: String) {
  var bench = ArchiveBench()
  let store = try bench.open()
  try await bench.poll(["Bravo", "Alpha"], on: store)
  await store.close()
  #expect(store.formerEpoch == nil)
  return (bench, store.epoch)
}

@Test func theEpochStaysOverRestartsAndMoves() async throws {
  var (bench, epoch) = try await made()
  #expect(try await reopen(bench.path) == (epoch, nil))
  let store = try bench.open()
  try await bench.poll(["Charlie", "Bravo", "Alpha"], on: store)
  await store.close()
  #expect(try await reopen(bench.path) == (epoch, nil))
  let elsewhere = bench.folder.file("moved")
  #expect(rename(bench.folder.file("state"), elsewhere) == 0)
  #expect(try await reopen(elsewhere + "/tickerd.db") == (epoch, nil))
}

@Test func theEpochStaysAfterACrash() async throws {
  var bench = ArchiveBench()
  let store = try bench.open()
  try await bench.poll(["Alpha"], on: store)
  // As a crash leaves them: the write-ahead log is full, and the instance file as it was at the last opening or event.
  let noted = try Fixtures.text(of: bench.path + ".instance")
  #expect(noted.hasPrefix("\(store.epoch) 1 "))
  await store.close()
  let older = noted.replacing("\(store.epoch) 1 ", with: "\(store.epoch) 0 ")
  bench.folder.write("state/tickerd.db.instance", older)
  #expect(try await reopen(bench.path) == (store.epoch, nil))
}

@Test func aCopyElsewhereHasAnotherEpoch() async throws {
  let (bench, epoch) = try await made()
  let path = bench.folder.file("copy.db")
  try copy(bench.path, to: path)
  let first = try await reopen(path)
  #expect(first.epoch != epoch && first.former == epoch)
  #expect(try await reopen(path) == (first.epoch, nil))
  #expect(try await reopen(bench.path) == (epoch, nil))
}

@Test func aCopyOfTheWholeFolderHasAnotherEpoch() async throws {
  let (bench, epoch) = try await made()
  let path = bench.folder.file("copy.db")
  try copy(bench.path, to: path)
  try copy(bench.path + ".instance", to: path + ".instance")
  #expect(try await reopen(path).former == epoch)
}

@Test func anOlderCopyPutBackOverTheSameFileHasAnotherEpoch() async throws {
  var (bench, epoch) = try await made()
  let aside = bench.folder.file("aside.db")
  try copy(bench.path, to: aside)
  let store = try bench.open()
  try await bench.poll(["Charlie", "Bravo", "Alpha"], on: store)
  await store.close()
  try copy(aside, to: bench.path)
  let after = try await reopen(bench.path)
  #expect(after.epoch != epoch && after.former == epoch)
}

@Test func aDatabaseMadeAnewHasAnotherEpochAndSaysNothing() async throws {
  let (bench, epoch) = try await made()
  unlink(bench.path)
  let after = try await reopen(bench.path)
  #expect(after.epoch != epoch && after.former == nil)
}

@Test func anInstanceFileThatCannotBeReadMeansACopy() async throws {
  let (bench, epoch) = try await made()
  bench.folder.write("state/tickerd.db.instance", "nonsense")
  let after = try await reopen(bench.path)
  #expect(after.former == epoch)
  #expect(try await reopen(bench.path) == (after.epoch, nil))
}

@Test func aBackupIsWholeAndGoesOnUnderAnotherEpoch() async throws {
  var (bench, epoch) = try await made()
  let store = try bench.open()
  let backup = bench.folder.file("backup.db")
  try bench.archive().backup(to: backup)
  #expect(try bench.archive().search("alpha", Filter(), most: 10).count == 1)

  var status = stat()
  #expect(stat(backup, &status) == 0 && status.st_mode & 0o777 == 0o600)
  #expect(access(backup + ".part", F_OK) != 0 && access(backup + "-journal", F_OK) != 0)
  #expect(try Archive(path: backup).search("alpha", Filter(), most: 10).count == 1)
  // What the daemon records after the backup is not in it.
  try await bench.poll(["Charlie", "Bravo", "Alpha"], on: store)
  await store.close()

  // Even put back where nothing was recorded since: the copy is another database.
  try copy(backup, to: bench.path)
  let restored = try bench.open()
  #expect(restored.epoch != epoch && restored.formerEpoch != epoch)
  let events = try await bench.poll(["Charlie", "Bravo", "Alpha"], on: restored)
  #expect(events.map(\.sequence) == [3])
  await restored.close()
}

@Test func aBackupOverwritesNothingAndLeavesNothingHalf() async throws {
  let (bench, _) = try await made()
  let taken = bench.folder.write("taken", "mine")
  let error = #expect(throws: StoreError.self) { try bench.archive().backup(to: taken) }
  #expect(error?.message.contains("is there already") == true)
  #expect(try Fixtures.text(of: taken) == "mine")
  #expect(throws: StoreError.self) { try bench.archive().backup(to: bench.folder.file("no/such/folder.db")) }
}
