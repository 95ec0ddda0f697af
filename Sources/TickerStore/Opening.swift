import CLinux
import Glibc
import TickerModel
import TickerText

/// How a state file is opened: owned by one daemon, checked, migrated, and read back where SQLite could disobey.
enum Opening {
  /// A writer's connection to a database that is sound, of this schema, in WAL mode with `synchronous=FULL`; `isNew`
  /// where there was none.
  static func writer(path: String) throws(StoreError) -> (connection: Connection, isNew: Bool) {
    // SQLite gives its files what the umask leaves of 0644, and the log's files the database's mode: nobody else's to read.
    let created = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    if created >= 0 { close(created) }
    let connection = try Connection(path: path, readOnly: false)
    if connection.isReadOnly {
      throw StoreError(
        .readOnly, "\(VisibleText.escaped(path)) can only be read. Make it and its folder writable for this user")
    }
    let version = try check(connection)
    try configure(connection)
    if version < Schema.version { try migrate(connection, from: version) }
    return (connection, version == 0)
  }

  /// A reader's connection.
  static func reader(path: String) throws(StoreError) -> Connection {
    let connection = try Connection(path: path, readOnly: true)
    try connection.execute("PRAGMA query_only = ON; PRAGMA cache_size = -\(readerCacheKibibytes)")
    return connection
  }

  /// A connection that only folds the log into the file; with the writer's `synchronous`, which says whether the file is
  /// on disk before the log begins anew.
  static func checkpointer(path: String) throws(StoreError) -> Connection {
    let connection = try Connection(path: path, readOnly: false)
    try connection.execute("PRAGMA synchronous = FULL")
    return connection
  }

  /// Takes the lock that lets one daemon alone write this state. The descriptor holds it until it is closed or the
  /// process ends, however it ends.
  static func lock(path: String) throws(StoreError) -> Int32 {
    let lockPath = path + ".lock"
    let descriptor = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw StoreError(.disk, "\(VisibleText.escaped(lockPath)) cannot be opened: \(String(cString: strerror(errno)))")
    }
    guard clinux_lock(descriptor) == 0 else {
      let pid = holder(descriptor)
      close(descriptor)
      let other = pid.map { "the tickerd with pid \($0)" } ?? "another tickerd"
      throw StoreError(
        .inUse(pid: pid),
        "\(VisibleText.escaped(path)) is in use by \(other); stop it, or give this one another `state`")
    }
    note("\(getpid())\n", on: descriptor)
    return descriptor
  }

  /// Gives the state free. Closing alone would leave the lock to a child that was just forked and has not closed its
  /// copy of the descriptor yet (flock(2)).
  static func unlock(_ descriptor: Int32) {
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }
}

/// What a running daemon leaves beside its state for clients that know the state only.
public enum StateLock {
  /// The control socket of the daemon that has this state; nil when none has, or this user may not know.
  public static func socket(ofState path: String) -> String? {
    let descriptor = open(path + ".lock", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    // Whoever gets the lock finds that nobody has it.
    guard clinux_lock(descriptor) != 0 else { return nil }
    let lines = Opening.lines(descriptor)
    return lines.count > 1 ? lines[1] : nil
  }
}

extension Opening {
  /// The process number and, once the daemon listens, the path of its control socket.
  static func note(_ text: String, on descriptor: Int32) {
    _ = ftruncate(descriptor, 0)
    _ = pwrite(descriptor, text, text.utf8.count, 0)
  }

  fileprivate static func lines(_ descriptor: Int32) -> [String] {
    var buffer = [UInt8](repeating: 0, count: 256)
    let count = pread(descriptor, &buffer, buffer.count, 0)
    return String(decoding: buffer[..<max(0, count)], as: UTF8.self).split(separator: "\n").map(String.init)
  }

  /// A damaged page found at start is a sentence; found later it is a lost poll. Larger files are checked in part,
  /// so that a start never takes more than a second or two.
  private static let mostCheckedBytes: Int64 = 64 << 20

  /// The schema's version, after the file has shown that it is a database; 0 for a new one.
  private static func check(_ connection: Connection) throws(StoreError) -> Int {
    let version = try connection.first("PRAGMA user_version") { Int($0.integer(0)) } ?? 0
    if version > Schema.version {
      throw StoreError(
        .newer(schema: version),
        "\(VisibleText.escaped(connection.path)) has schema \(version), this tickerd knows \(Schema.version). Use the newer tickerd"
      )
    }
    let tables = try connection.first("SELECT count(*) FROM sqlite_schema") { $0.integer(0) } ?? 0
    if version == 0, tables > 0 {
      throw StoreError(
        .damaged, "\(VisibleText.escaped(connection.path)) is a database of another program. Choose another `state`")
    }
    let bytes = try connection.first("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()") {
      $0.integer(0)
    }
    if version > 0, bytes ?? 0 <= mostCheckedBytes {
      let verdict = try connection.first("PRAGMA quick_check(1)") { $0.text(0) } ?? "no answer"
      if verdict != "ok" {
        throw StoreError(
          .damaged,
          "\(VisibleText.escaped(connection.path)) is damaged (\(verdict)). It was left as it is: restore a backup, or move it away to start anew"
        )
      }
    }
    return version
  }

  /// The writer's pages in memory, until ``Store/shrink()``. Hashes fall everywhere: with SQLite's own 2 MiB a start of a
  /// thousand sources read most pages again that it had just written.
  private static let cacheKibibytes = 16 << 10
  /// A reader's pages in memory, always: the upper pages of its tables. The others the system has.
  private static let readerCacheKibibytes = 512

  private static func configure(_ connection: Connection) throws(StoreError) {
    let mode = try connection.first("PRAGMA journal_mode = WAL") { $0.text(0) }
    guard mode == "wal" else {
      throw StoreError(
        .disk,
        "\(VisibleText.escaped(connection.path)): this file system cannot hold a write-ahead log (journal_mode is \(mode ?? "unknown"))"
      )
    }
    // NORMAL loses acknowledged rows at a power cut (sqlite.org/pragma.html#pragma_synchronous), so it is read back.
    try connection.waitForDisk(true)
    let synchronous = try connection.first("PRAGMA synchronous") { $0.integer(0) }
    precondition(synchronous == 2, "SQLite did not take synchronous=FULL")
    // Debian builds SQLite with secure_delete on: zeroing pages of public headlines only costs time.
    // 64 MiB of log at rest: a longer one is given back after a checkpoint.
    try connection.execute(
      """
      PRAGMA secure_delete = OFF; PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 67108864;
      PRAGMA cache_size = -\(cacheKibibytes)
      """)
    connection.countLogPages()
  }

  private static func migrate(_ connection: Connection, from version: Int) throws(StoreError) {
    if version > 0 { try connection.run("VACUUM INTO ?", .text("\(connection.path).v\(version)")) }
    try connection.execute("BEGIN IMMEDIATE")
    do throws(StoreError) {
      try Schema.migrate(connection, from: version)
      if version == 0 { try Epoch.renew(connection) }
      try connection.execute("COMMIT")
    } catch {
      try? connection.execute("ROLLBACK")
      throw error
    }
  }

  private static func holder(_ descriptor: Int32) -> Int32? { lines(descriptor).first.flatMap { Int32($0) } }
}
