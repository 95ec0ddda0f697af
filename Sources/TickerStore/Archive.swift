import Glibc
import TickerText

/// What was recorded, read from the state file itself, with or without the daemon. Owned by one thread; reads only.
public final class Archive {
  /// The name of the log, the first part of its cursors.
  public let epoch: String
  /// The state file.
  public let path: String
  let connection: Connection

  /// Opens the state at `path`, which must be there and of this program's schema.
  public init(path: String) throws(StoreError) {
    guard access(path, F_OK) == 0 else {
      let reason = String(cString: strerror(errno))
      throw StoreError(
        .disk,
        "\(VisibleText.escaped(path)) cannot be read: \(reason). Name the daemon's configuration with -c, as a user who may read its state"
      )
    }
    connection = try Opening.reader(path: path)
    self.path = path
    let version = try connection.first("PRAGMA user_version") { Int($0.integer(0)) } ?? 0
    if version != Schema.version { throw Self.unknownSchema(version, path) }
    epoch = try connection.first("SELECT value FROM meta WHERE key = 'epoch'") { $0.text(0) } ?? ""
  }

  private static func unknownSchema(_ version: Int, _ path: String) -> StoreError {
    let subject = "\(VisibleText.escaped(path)) has schema \(version), this tickerd knows \(Schema.version)"
    return version > Schema.version
      ? StoreError(.newer(schema: version), "\(subject). Use the newer tickerd")
      : StoreError(.damaged, "\(subject). Start the daemon once, which brings it up to date")
  }
}
