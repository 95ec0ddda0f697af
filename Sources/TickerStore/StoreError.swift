import CSQLite
import TickerText

/// Why the store could not do something.
public struct StoreError: Error, Sendable, Equatable {
  /// What the caller can do about it.
  public enum Kind: Sendable, Equatable {
    /// Another daemon has this state; its process number where known.
    case inUse(pid: Int32?)
    /// Not a database, or a damaged one. It was left as it is.
    case damaged
    /// Made by a later tickerd.
    case newer(schema: Int)
    case readOnly
    case full
    /// The disk answered with an error, or the file cannot be opened.
    case disk
    /// The store is closed.
    case closed
  }

  public let kind: Kind
  /// A sentence with the file's path and what to do.
  public let message: String

  public init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  /// The file was taken away under a running daemon.
  static func moved(_ path: String) -> StoreError {
    StoreError(
      .disk,
      "\(VisibleText.escaped(path)) was deleted or moved away. Nothing is recorded or announced until it is back; "
        + "or restart tickerd, and a new log begins")
  }

  /// From a SQLite result code (sqlite.org/rescode.html).
  init(code: Int32, operation: String, path: String, detail: String) {
    let subject = "\(VisibleText.escaped(path)): \(operation)"
    switch code & 0xFF {
    case SQLITE_CORRUPT, SQLITE_NOTADB:
      self.init(
        .damaged,
        // SQLite says so, too, where the disk answers a read with an error (SQLITE_IOERR_CORRUPTFS).
        "\(subject): \(detail). The file was left as it is: restore a backup, or move it away to start anew; "
          + "but see first whether the disk can be read (dmesg)")
    case SQLITE_READONLY:
      self.init(.readOnly, "\(subject): \(detail). Make the file and its folder writable for this user")
    case SQLITE_FULL: self.init(.full, "\(subject): \(detail). Free space on this disk; nothing recorded is lost")
    case SQLITE_IOERR:
      self.init(
        .disk,
        "\(subject): \(detail). See what is wrong with this disk or its limits (dmesg, df, quota, ulimit -f); nothing recorded is lost"
      )
    default: self.init(.disk, "\(subject): \(detail)")
    }
  }
}
