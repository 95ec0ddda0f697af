import CSQLite
import TickerModel

/// One SQLite connection with its prepared statements. Owned by one thread; never shared.
final class Connection {
  /// A value bound to a statement's parameter.
  enum Value {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])
  }

  let path: String
  private let handle: OpaquePointer
  private var statements: [StatementText: OpaquePointer] = [:]
  private var isClosed = false
  /// How long the write-ahead log was after the last commit, where ``countLogPages()`` counts it.
  private(set) var logPages = 0
  /// What SQLite was told last; unknown at first.
  private var waitsForDisk: Bool?
  /// What ``runLater(_:_:)`` was given since the last ``runDeferred()``.
  private var deferred: [(statement: String, values: [Value])] = []

  /// Opens `path`; a file that is not there is made unless `readOnly`.
  init(path: String, readOnly: Bool) throws(StoreError) {
    _ = Self.isConfigured
    var opened: OpaquePointer?
    // NOMUTEX: a connection never leaves its thread.
    let access = readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
    let code = sqlite3_open_v2(path, &opened, access | SQLITE_OPEN_NOMUTEX, nil)
    guard code == SQLITE_OK, let opened else {
      sqlite3_close_v2(opened)
      throw StoreError(
        code: code, operation: "cannot be opened", path: path, detail: String(cString: sqlite3_errstr(code)))
    }
    handle = opened
    self.path = path
    // Only a backup or a person with sqlite3 can hold a lock; five seconds outlast both.
    sqlite3_busy_timeout(handle, 5000)
  }

  /// Whether it could be configured; where another part of the process had opened SQLite before, it works as well.
  private static let isConfigured = csqlite_configure() == SQLITE_OK

  deinit { close() }

  /// Counts the log's pages instead of folding them into the file within a commit, as SQLite does by itself: whoever
  /// calls this folds them. (SQLite's own checkpoints are such a hook, which is replaced, and comes back with
  /// `PRAGMA wal_autocheckpoint`: sqlite.org/c3ref/wal_hook.html.)
  func countLogPages() {
    sqlite3_wal_hook(
      handle,
      { context, _, _, pages in
        if let context { Unmanaged<Connection>.fromOpaque(context).takeUnretainedValue().logPages = Int(pages) }
        return SQLITE_OK
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  /// Closes the file now; the connection is of no use afterwards.
  func close() {
    guard !isClosed else { return }
    isClosed = true
    for statement in statements.values { sqlite3_finalize(statement) }
    sqlite3_close_v2(handle)
  }

  /// Whether SQLite could open the file for reading only.
  var isReadOnly: Bool { sqlite3_db_readonly(handle, "main") == 1 }
  /// Whether no transaction is open; also after SQLite rolled one back by itself.
  var isInAutocommit: Bool { sqlite3_get_autocommit(handle) != 0 }
  /// Whether the file is not at its path any more: deleted, or another one is there. SQLite goes on writing to what has no
  /// name; whoever opens the path then finds nothing of it.
  var hasMoved: Bool {
    var moved: Int32 = 0
    return sqlite3_file_control(handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved != 0
  }
  var lastInsertedRow: Int64 { sqlite3_last_insert_rowid(handle) }
  var changedRows: Int { Int(sqlite3_changes(handle)) }

  /// Whether the next commits return only when they are on disk (FULL), or the first that waits again brings them there
  /// with its own (NORMAL): the log is in the order of the commits, and none is torn. Not within a transaction
  /// (sqlite.org/pragma.html#pragma_synchronous).
  func waitForDisk(_ waits: Bool) throws(StoreError) {
    guard waits != waitsForDisk else { return }
    try execute("PRAGMA synchronous = \(waits ? "FULL" : "NORMAL")")
    waitsForDisk = waits
  }

  /// Runs statements without parameters and results, separated by semicolons.
  func execute(_ script: String) throws(StoreError) {
    let code = sqlite3_exec(handle, script, nil, nil, nil)
    if code != SQLITE_OK { throw failure(code, in: script) }
  }

  /// Runs one statement without results.
  func run(_ statement: String, _ values: Value...) throws(StoreError) { try run(statement, values) }

  /// Leaves a statement without results to the end of the transaction, after all that run before it.
  func runLater(_ statement: String, _ values: [Value]) { deferred.append((statement, values)) }

  /// What waits for the end of the transaction, for ``forgetDeferred(after:)``.
  var deferredCount: Int { deferred.count }

  /// Forgets what was deferred since there were `count`: it is rolled back.
  func forgetDeferred(after count: Int = 0) { deferred.removeSubrange(count...) }

  /// Runs what was deferred, in order.
  func runDeferred() throws(StoreError) {
    for (statement, values) in deferred { try run(statement, values) }
    deferred.removeAll(keepingCapacity: deferred.count < Self.mostKeptDeferred)
  }

  /// Room that is kept for what is deferred.
  private static let mostKeptDeferred = 256

  /// Runs one statement without results.
  func run(_ statement: String, _ values: [Value]) throws(StoreError) {
    let prepared = try prepare(statement, values)
    defer { sqlite3_reset(prepared) }
    let code = sqlite3_step(prepared)
    if code != SQLITE_DONE && code != SQLITE_ROW { throw failure(code, in: statement) }
  }

  /// The rows of one statement, each read by `read`; stops where `read` returns nil.
  func rows<Result>(_ statement: String, _ values: Value..., read: (Row) -> Result?) throws(StoreError) -> [Result] {
    let prepared = try prepare(statement, values)
    defer { sqlite3_reset(prepared) }
    var results: [Result] = []
    while true {
      let code = sqlite3_step(prepared)
      if code == SQLITE_DONE { return results }
      guard code == SQLITE_ROW else { throw failure(code, in: statement) }
      guard let result = read(Row(prepared)) else { return results }
      results.append(result)
    }
  }

  /// The first row of one statement.
  func first<Result>(_ statement: String, _ values: Value..., read: (Row) -> Result) throws(StoreError) -> Result? {
    let prepared = try prepare(statement, values)
    defer { sqlite3_reset(prepared) }
    let code = sqlite3_step(prepared)
    if code == SQLITE_DONE { return nil }
    guard code == SQLITE_ROW else { throw failure(code, in: statement) }
    return read(Row(prepared))
  }

  private func prepare(_ text: String, _ values: [Value]) throws(StoreError) -> OpaquePointer {
    let statement = if let known = statements[StatementText(text: text)] { known } else { try compile(text) }
    for (index, value) in values.enumerated() {
      let place = Int32(index + 1)
      let code =
        switch value {
        case .null: sqlite3_bind_null(statement, place)
        case .integer(let number): sqlite3_bind_int64(statement, place, number)
        case .real(let number): sqlite3_bind_double(statement, place, number)
        case .text(let text): csqlite_bind_text(statement, place, text, Int32(text.utf8.count))
        case .blob(let bytes): csqlite_bind_blob(statement, place, bytes, Int32(bytes.count))
        }
      if code != SQLITE_OK { throw failure(code, in: text) }
    }
    return statement
  }

  private func compile(_ text: String) throws(StoreError) -> OpaquePointer {
    var statement: OpaquePointer?
    let code = sqlite3_prepare_v3(handle, text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
    guard code == SQLITE_OK, let statement else { throw failure(code, in: text) }
    statements[StatementText(text: text)] = statement
    return statement
  }

  private func failure(_ code: Int32, in statement: String) -> StoreError {
    let operation = statement.prefix { $0 != " " && $0 != ";" }.lowercased()
    let known = sqlite3_extended_errcode(handle) == 0 ? code : sqlite3_extended_errcode(handle)
    // What the system answered is not kept for a statement; what was being done is.
    let detail = String(cString: sqlite3_errmsg(handle)) + (Self.activity(known).map { " while \($0)" } ?? "")
    return StoreError(code: known, operation: String(operation), path: path, detail: detail)
  }

  /// Of the codes for I/O errors (sqlite.org/rescode.html) those that a disk or its limits cause.
  private static func activity(_ code: Int32) -> String? {
    switch code {
    case SQLITE_IOERR | 1 << 8, SQLITE_IOERR | 2 << 8: "reading"
    case SQLITE_IOERR | 3 << 8: "writing"
    case SQLITE_IOERR | 4 << 8, SQLITE_IOERR | 5 << 8: "flushing to the disk"
    case SQLITE_IOERR | 6 << 8: "cutting a file"
    default: nil
    }
  }
}

/// A statement as a key: told apart by its length first. Of all bytes a hash would cost as much as a small statement, and
/// the same literal is found equal at a glance.
private struct StatementText: Hashable {
  let text: String

  func hash(into hasher: inout Hasher) { hasher.combine(text.utf8.count) }
}

/// The current row of a running statement; valid only inside the closure that got it.
struct Row {
  private let statement: OpaquePointer

  init(_ statement: OpaquePointer) { self.statement = statement }

  func isNull(_ column: Int32) -> Bool { sqlite3_column_type(statement, column) == SQLITE_NULL }
  func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }
  func optionalReal(_ column: Int32) -> Double? { isNull(column) ? nil : sqlite3_column_double(statement, column) }
  func flag(_ column: Int32) -> Bool { integer(column) != 0 }
  func optionalInteger(_ column: Int32) -> Int64? { isNull(column) ? nil : integer(column) }
  func time(_ column: Int32) -> Timestamp? { optionalInteger(column).map(Timestamp.init(milliseconds:)) }

  func text(_ column: Int32) -> String { optionalText(column) ?? "" }

  func optionalText(_ column: Int32) -> String? {
    guard let start = sqlite3_column_text(statement, column) else { return nil }
    let length = Int(sqlite3_column_bytes(statement, column))
    return String(decoding: UnsafeBufferPointer(start: start, count: length), as: UTF8.self)
  }

  func blob(_ column: Int32) -> [UInt8] {
    guard let start = sqlite3_column_blob(statement, column) else { return [] }
    return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, column))))
  }
}

extension Connection.Value {
  static func text(_ text: String?) -> Self { text.map { .text($0) } ?? .null }
  static func blob(_ bytes: [UInt8]?) -> Self { bytes.map { .blob($0) } ?? .null }
  static func time(_ time: Timestamp?) -> Self { time.map { .integer($0.milliseconds) } ?? .null }
  static func integer(_ number: Int) -> Self { .integer(Int64(number)) }
  static func flag(_ flag: Bool) -> Self { .integer(flag ? 1 : 0) }
}
