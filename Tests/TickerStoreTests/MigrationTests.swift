import TestSupport
import Testing
import TickerModel

@testable import TickerStore

/// A database of each earlier schema is brought to this one with all that is in it, after a copy of it was left.
@Test(arguments: 1..<Schema.version)
func aDatabaseOfAnEarlierSchemaKeepsWhatItHas(_ version: Int) async throws {
  var bench = ArchiveBench()
  let path = bench.path
  try Folder.make(Folder.of(path), mode: Folder.stateMode)
  let connection = try Connection(path: path, readOnly: false)
  try Schema.migrate(connection, from: 0, to: version)
  let fingerprint = Fingerprint(.line("Quake hits the coast"))
  try connection.execute(
    """
    INSERT INTO meta VALUES ('epoch', 'former');
    INSERT INTO event(at, type, source, item, level, tags, body)
      VALUES (1800000000000, 'item.new', 'wire', '\(fingerprint.itemIdentifier())', 'urgent', '', CAST('' AS BLOB));
    INSERT INTO item(row, id, hash, owner, title, level, tags, seen, revision, occurrence, baseline)
      VALUES (7, '\(fingerprint.itemIdentifier())', x'\(hex(fingerprint))', 'wire', 'Quake hits the coast', 'urgent', '',
        1800000000000, 1, 1, 0);
    INSERT INTO fingerprint VALUES (x'\(hex(fingerprint))', 1, 7, 'window', NULL, NULL, NULL);
    INSERT INTO sighting VALUES (7, 'wire', 1, 'urgent', '', 1800000000000, NULL);
    INSERT INTO trace(item, seq, at, source, verdict) VALUES (7, 1, 1800000000000, 'wire', 'new');
    INSERT INTO trace(item, seq, at, source, verdict) VALUES (7, NULL, 1800000060000, 'wire', 'late');
    INSERT INTO alias VALUES ('wire', 'guid 7', 7);
    INSERT INTO source(name, rules, last_success) VALUES ('wire', x'', 1800000000000);
    INSERT INTO search(rowid, title, text) VALUES (7, 'Quake hits the coast', '');
    """)
  connection.close()

  let store = try bench.open()
  let archive = try bench.archive()
  #expect(try archive.search("quake", Filter(), most: 10).map(\.title) == ["Quake hits the coast"])
  let account = try #require(try archive.account(of: fingerprint.itemIdentifier()))
  #expect(account.steps.map(\.verdict) == ["new", "late"] && account.events.map(\.cursor.sequence) == [1])
  #expect(account.sightings.map(\.source) == ["wire"] && account.texts.count == 1)
  #expect(try await store.newestEvent(ofItem: fingerprint.itemIdentifier())?.sequence == 1)
  #expect(try await bench.poll(["Quake hits the coast"], on: store).isEmpty)
  await store.close()
  #expect(
    try Connection(path: "\(path).v\(version)", readOnly: true).first("PRAGMA user_version") { $0.integer(0) }
      == Int64(version))
}

private func hex(_ fingerprint: Fingerprint) -> String { String(fingerprint.text.dropFirst("sha256:".count)) }
