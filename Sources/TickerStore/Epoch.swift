import TickerModel
import TickerText

/// The name of the log, which changes when the database is made anew or turns out to be a copy (SPEC §4), so that no
/// cursor ever names two events.
enum Epoch {
  static func present(_ connection: Connection) throws(StoreError) -> String {
    try connection.first("SELECT value FROM meta WHERE key = 'epoch'") { $0.text(0) } ?? ""
  }

  /// Draws another one: six characters, a name among a handful of databases, not a secret.
  static func renew(_ connection: Connection) throws(StoreError) {
    let epoch = BinaryText.crockford(Digest.random(4), characters: 6).lowercased()
    try connection.run(
      "INSERT INTO meta VALUES ('epoch', ?1) ON CONFLICT(key) DO UPDATE SET value = ?1", .text(epoch))
  }

  /// Gives a database that is not the one the instance file beside it tells of another epoch, and notes in that file
  /// what is here now. Returns the epoch that ended.
  ///
  /// A copy elsewhere is another file, with another inode and birth. A backup copied over the same file has another
  /// epoch (``Store`` gives it one when it makes it) or lacks events that the file tells of; one that lacks none needs no
  /// other epoch. Not to be told apart is an image of the whole file system.
  static func settle(_ connection: Connection, _ file: InstanceFile, isNew: Bool) throws(StoreError) -> String? {
    let epoch = try present(connection)
    let head = try Store.bounds(connection).head
    let isHere = file.noted.map { $0.epoch == epoch && $0.head <= head && $0.file == file.identity } ?? false
    if isHere || isNew {
      try file.write(epoch: epoch, head: head)
      return nil
    }
    try renew(connection)
    try file.write(epoch: try present(connection), head: head)
    return epoch
  }
}
