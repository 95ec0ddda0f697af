import Synchronization
import TickerFetch
import TickerModel

/// Whether the machine itself has a network, as all polls together tell: one ``Connectivity`` for hosts of its own and
/// private networks, and one for all others. Any thread.
final class LineWatch: Sendable {
  private struct State {
    /// Of local hosts, and of all others.
    private var lines = (Connectivity(), Connectivity())
    var groups: [Bool: Int] = [:]

    /// The one of local hosts, or the one of all others.
    subscript(isLocal: Bool) -> Connectivity {
      get { isLocal ? lines.0 : lines.1 }
      set { if isLocal { lines.0 = newValue } else { lines.1 = newValue } }
    }
  }

  private let state = Mutex(State())

  /// Who is polled from now on, and whether any of them ever answered.
  func expect(_ groups: Set<HostGroup>, answered: (HostGroup) -> Bool) {
    state.withLock { state in
      for isLocal in [true, false] {
        let groups = groups.filter { $0.isLocal == isLocal }
        state.groups[isLocal] = groups.count
        if groups.contains(where: answered) { state[isLocal].noteEarlierAnswer() }
      }
    }
  }

  func noteAnswer(from group: HostGroup) -> Connectivity.Change? {
    state.withLock { $0[group.isLocal].noteAnswer() }
  }

  func noteUnreached(_ group: HostGroup) -> Connectivity.Change? {
    state.withLock { state in
      state[group.isLocal].noteUnreached(group.name, of: state.groups[group.isLocal] ?? 0)
    }
  }

  /// Whether nobody of this group's kind can be reached.
  func isLost(for group: HostGroup) -> Bool { state.withLock { $0[group.isLocal].isLost } }

  /// Whether anybody cannot be reached for want of a network.
  var isLost: Bool { state.withLock { $0[true].isLost || $0[false].isLost } }
}

extension FetchError {
  /// Nobody was there, as far as this machine can tell.
  var isUnreached: Bool { [.dns, .connect, .timeout].contains(self.class) }
}
