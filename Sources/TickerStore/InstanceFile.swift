import CLinux
import Glibc
import TickerText

/// The file `<state>.instance` beside a database: which database stands here, and how far its log went. A copy of the
/// database comes without it, or with one that tells of another file. Owned by the writer.
///
/// One line of fixed length, written in place, so that a full disk does not stop it: epoch, newest sequence, inode and
/// birth of the database file.
final class InstanceFile {
  /// What stays with a file that is renamed, and with no copy of it. The device does not: its number can be another
  /// after the machine was started again.
  struct Identity: Equatable {
    let inode: UInt64
    /// Nanoseconds since 1970; 0 where the file system does not tell.
    let born: Int64
  }

  struct Note: Equatable {
    let epoch: String
    let head: Int64
    let file: Identity
  }

  /// The database file, as it is.
  let identity: Identity
  /// What was noted last; nil where nothing was, or it cannot be read.
  private(set) var noted: Note?
  private let descriptor: Int32
  private let path: String

  /// Longer than any note.
  private static let length = 128

  /// Opens or makes the file beside the database at `state`, which must be there.
  init(path state: String) throws(StoreError) {
    path = state + ".instance"
    var inode: UInt64 = 0
    var born: Int64 = 0
    guard clinux_file_identity(state, &inode, &born) == 0 else { throw Self.failure(state) }
    identity = Identity(inode: inode, born: born)
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Self.failure(path) }
    var buffer = [UInt8](repeating: 0, count: Self.length)
    let count = pread(descriptor, &buffer, buffer.count, 0)
    noted = Self.note(String(decoding: buffer.prefix(max(0, count)), as: UTF8.self))
  }

  deinit { close(descriptor) }

  /// Notes what stands here now, on disk when it returns.
  func write(epoch: String, head: Int64) throws(StoreError) {
    let note = Note(epoch: epoch, head: head, file: identity)
    guard put(note), fsync(descriptor) == 0 else { throw Self.failure(path) }
    noted = note
  }

  /// The log has grown to `head`, which is on disk. Not synced: after a power cut an older note is as good, because the
  /// log is never behind it.
  func note(head: Int64) {
    guard let noted else { return }
    _ = put(Note(epoch: noted.epoch, head: head, file: noted.file))
  }
}

extension InstanceFile {
  private func put(_ note: Note) -> Bool {
    let text = "\(note.epoch) \(note.head) \(note.file.inode) \(note.file.born)"
    let bytes = Array(text.utf8) + [UInt8](repeating: UInt8(ascii: " "), count: Self.length - 1 - text.utf8.count)
    return pwrite(descriptor, bytes + [UInt8(ascii: "\n")], Self.length, 0) == Self.length
  }

  private static func note(_ text: String) -> Note? {
    let parts = text.split { $0 == " " || $0 == "\n" }
    guard text.utf8.count == length, parts.count == 4, let head = Int64(parts[1]), let inode = UInt64(parts[2]),
      let born = Int64(parts[3])
    else { return nil }
    return Note(epoch: String(parts[0]), head: head, file: Identity(inode: inode, born: born))
  }

  private static func failure(_ path: String) -> StoreError {
    let reason = String(cString: strerror(errno))
    return StoreError(
      .disk, "\(VisibleText.escaped(path)) cannot be written: \(reason). Make it and its folder writable for this user")
  }
}
