import Glibc

/// What is known of this machine's groups; closures, so that tests need no groups of their own.
struct UserGroups: Sendable {
  /// The number of a group by its name; nil when there is none.
  let number: @Sendable (String) -> UInt32?
  /// The group that a socket at this path has, or will have; nil when that cannot be known.
  let ofSocket: @Sendable (String) -> UInt32?

  func number(of name: String) -> UInt32? { number(name) }
  func ofSocket(_ path: String) -> UInt32? { ofSocket(path) }

  /// The truth. Root checks for a daemon that runs as another user, so that only a socket that is there tells its group.
  static func ofMachine(isRoot: Bool) -> UserGroups {
    UserGroups(number: lookUp) { path in
      var status = stat()
      if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK { return status.st_gid }
      return isRoot ? nil : getegid()
    }
  }

  @Sendable private static func lookUp(_ name: String) -> UInt32? {
    var entry = group()
    var found: UnsafeMutablePointer<group>?
    // Members stand in it too; a group of thousands needs more, and is not one of administrators.
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256 << 10) { buffer in
      guard getgrnam_r(name, &entry, buffer.baseAddress, buffer.count, &found) == 0, found != nil else { return nil }
      return entry.gr_gid
    }
  }
}
