/// Who connects. Credentials as of connect(2).
struct Peer: Sendable, Hashable {
  let process: UInt32
  let user: UInt32
  let group: UInt32
}

extension Peer: CustomStringConvertible {
  /// For the log.
  var description: String { "uid \(user) gid \(group) pid \(process)" }
}

/// Counts connections against their limits, so that no user can shut the others out. Pure value.
struct Admission {
  /// Root and the daemon's own user, who must get in to see what is wrong.
  private let privileged: Set<UInt32>
  /// Connections in all; lowering it closes nobody.
  var limit: Int
  private(set) var count = 0
  private var perUser: [UInt32: Int] = [:]

  /// Connections kept free for the privileged.
  static let reserve = 16

  init(limit: Int, daemonUser: UInt32) {
    self.limit = limit
    privileged = [0, daemonUser]
  }

  func isPrivileged(_ user: UInt32) -> Bool { privileged.contains(user) }

  /// Counts a connection of `user` in, or says no.
  mutating func admit(_ user: UInt32) -> Bool {
    guard count < limit else { return false }
    if !isPrivileged(user) {
      // With a very small limit the reserve is a quarter, too: somebody must get in.
      guard count < limit - min(Self.reserve, limit / 4), perUser[user, default: 0] < max(1, limit / 4) else {
        return false
      }
    }
    readmit(user)
    return true
  }

  /// Counts in a connection that was admitted by the process before; whoever is there stays.
  mutating func readmit(_ user: UInt32) {
    count += 1
    perUser[user, default: 0] += 1
  }

  mutating func leave(_ user: UInt32) {
    count -= 1
    let left = perUser[user, default: 1] - 1
    perUser[user] = left > 0 ? left : nil
  }
}
