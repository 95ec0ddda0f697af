import Glibc
import TickerText

extension Archive {
  /// Writes a consistent copy of the database to `file`, on disk when it returns, readable by this user alone. The daemon
  /// may run meanwhile. The copy has an epoch of its own: what it records later is told by other cursors.
  ///
  /// Refuses a file that is there; leaves none behind when it fails.
  public func backup(to file: String) throws(StoreError) {
    let reserved = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard reserved >= 0 else {
      throw errno == EEXIST
        ? StoreError(.disk, "\(VisibleText.escaped(file)) is there already; name a new file") : Self.failure(file)
    }
    close(reserved)
    // Half a copy never stands under the name that was asked for.
    let part = file + ".part"
    do throws(StoreError) {
      try copy(to: part)
      guard rename(part, file) == 0, Self.sync(Folder.of(file)) else { throw Self.failure(file) }
    } catch {
      unlink(part)
      unlink(file)
      throw error
    }
  }

  private func copy(to part: String) throws(StoreError) {
    // VACUUM INTO takes an empty file, which brings its mode with it (sqlite.org/lang_vacuum.html).
    unlink(part)
    let made = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard made >= 0 else { throw Self.failure(part) }
    close(made)
    // On a connection of its own: `query_only` forbids this copy too.
    let source = try Connection(path: path, readOnly: true)
    defer { source.close() }
    try source.run("VACUUM INTO ?", .text(part))
    let copy = try Connection(path: part, readOnly: false)
    try Epoch.renew(copy)
    copy.close()
    guard Self.sync(part) else { throw Self.failure(part) }
  }

  private static func sync(_ path: String) -> Bool {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return fsync(descriptor) == 0
  }

  private static func failure(_ file: String) -> StoreError {
    StoreError(.disk, "\(VisibleText.escaped(file)) cannot be written: \(String(cString: strerror(errno)))")
  }
}
