/// Who is polled next: sources by due time, each behind the gate of its host group. A group whose gate is shut keeps its
/// own sources waiting and no others, so that one big host starves nobody. Every step costs the logarithm of the number
/// of sources. A value; sources and groups are small numbers, times nanoseconds of a monotonic clock.
public struct Agenda: Sendable {
  private struct Group: Sendable {
    var gate = HostGate()
    /// Sources that are due, and waited for the gate; those that fail apart.
    var well = NumberHeap(isIndexed: false)
    var failing = NumberHeap(isIndexed: false)
    var runningFailing = 0
    var members = 0
  }

  /// Where a source is.
  private enum Place: Sendable, Equatable {
    case nowhere, due, waiting
    /// Whether it is counted among the running ones that fail.
    case running(failing: Bool)
    /// Its server's part is over.
    case recording

    var isRunning: Bool {
      switch self {
      case .running, .recording: true
      case .nowhere, .due, .waiting: false
      }
    }
  }

  private struct Entry: Sendable {
    let group: Int
    var isFailing = false
    var place = Place.nowhere
  }

  /// Requests at once to one group.
  public private(set) var perHost: Int
  /// Polls whose server's part is over, and that are not finished.
  public private(set) var recording = 0
  private var due = NumberHeap(isIndexed: true)
  /// Groups that have waiting sources and may start one, by when they may or might have.
  private var ready = NumberHeap(isIndexed: true)
  private var groups: [Group] = []
  private var sources: [Entry?] = []

  public init(perHost: Int) {
    precondition(perHost > 0)
    self.perHost = perHost
  }

  /// When something can start, as far as it depends on time.
  public var next: Int64? {
    guard let first = due.first else { return ready.first?.key }
    return ready.first.map { min($0.key, first.key) } ?? first.key
  }

  /// Whether a source that waited for the gate of its group may start.
  public func isGateFree(at now: Int64) -> Bool { ready.first.map { $0.key <= now } ?? false }

  /// Takes another bound for all groups.
  public mutating func limit(perHost: Int, at now: Int64) {
    precondition(perHost > 0)
    self.perHost = perHost
    for group in groups.indices { refresh(group, at: now) }
  }

  /// The number of a new group.
  public mutating func addGroup() -> Int {
    groups.append(Group())
    return groups.count - 1
  }

  /// The gate of a group.
  public func gate(of group: Int) -> HostGate { groups[group].gate }

  /// Changes a gate, for example to hold it.
  public mutating func change(group: Int, at now: Int64, _ body: (inout HostGate) -> Void) {
    body(&groups[group].gate)
    refresh(group, at: now)
  }

  /// A source that is not due yet. `source` is small and not in use.
  public mutating func add(_ source: Int, group: Int) {
    while sources.count <= source { sources.append(nil) }
    precondition(sources[source] == nil)
    sources[source] = Entry(group: group)
    groups[group].members += 1
  }

  /// Takes a source out that does not run.
  public mutating func remove(_ source: Int) {
    guard let entry = sources[source] else { return }
    precondition(!entry.place.isRunning)
    cancel(source)
    groups[entry.group].members -= 1
    sources[source] = nil
  }

  /// How many sources belong to a group.
  public func members(of group: Int) -> Int { groups[group].members }

  /// Sets when a source that does not run is due.
  public mutating func set(_ source: Int, due time: Int64) {
    cancel(source)
    guard sources[source]?.place == .nowhere else { return }
    due.set(source, key: time)
    sources[source]?.place = .due
  }

  /// A source that does not run is due at no time, until ``set(_:due:)``.
  public mutating func cancel(_ source: Int) {
    guard let entry = sources[source] else { return }
    switch entry.place {
    case .nowhere, .running, .recording: return
    case .due: due.remove(source)
    case .waiting:
      if entry.isFailing {
        groups[entry.group].failing.remove(source)
      } else {
        groups[entry.group].well.remove(source)
      }
      // Whoever was next may not be any more; whether its gate is open is asked when its turn comes.
      refresh(entry.group, at: .max)
    }
    sources[source]?.place = .nowhere
  }

  /// When a source is due, or was when it began to wait for its gate; nil when it is not to be polled or runs.
  public func due(_ source: Int) -> Int64? {
    guard source < sources.count, let entry = sources[source] else { return nil }
    switch entry.place {
    case .nowhere, .running, .recording: return nil
    case .due: return due.key(of: source)
    case .waiting: return (entry.isFailing ? groups[entry.group].failing : groups[entry.group].well).key(of: source)
    }
  }

  /// Whether the source is due and waits for the gate of its group.
  public func isWaiting(_ source: Int) -> Bool { source < sources.count && sources[source]?.place == .waiting }

  /// Takes the source that is to be polled now, of those that may be the one that is due longest; it runs until
  /// ``finish(_:_:at:isFailing:)``.
  public mutating func take(at now: Int64) -> (source: Int, due: Int64)? {
    while let first = due.first, first.key <= now { wait(first.number, since: first.key, at: now) }
    while let group = ready.first, group.key <= now {
      guard groups[group.number].gate.opens(at: now) <= now, let first = candidate(of: group.number) else {
        refresh(group.number, at: now)
        continue
      }
      begin(first.number, at: now)
      return (first.number, first.key)
    }
    return nil
  }

  /// Takes a source whatever its due time and its gate say; false when it runs already or is none.
  public mutating func force(_ source: Int, at now: Int64) -> Bool {
    guard source < sources.count, let entry = sources[source], !entry.place.isRunning else { return false }
    begin(source, at: now)
    return true
  }

  /// The poll of a source is over; it is due again at no time, until ``set(_:due:)``.
  public mutating func finish(_ source: Int, _ answer: HostGate.Answer, at now: Int64, isFailing: Bool) {
    release(source, answer, at: now)
    guard sources[source]?.place == .recording else { return }
    recording -= 1
    sources[source]?.place = .nowhere
    sources[source]?.isFailing = isFailing
  }

  /// The server's part of a poll is over, which goes on until ``finish(_:_:at:isFailing:)``.
  public mutating func release(_ source: Int, _ answer: HostGate.Answer, at now: Int64) {
    guard let entry = sources[source], case .running(let ranFailing) = entry.place else { return }
    sources[source]?.place = .recording
    recording += 1
    if ranFailing { groups[entry.group].runningFailing -= 1 }
    groups[entry.group].gate.finish(answer, at: now)
    refresh(entry.group, at: now)
  }
}

extension Agenda {
  /// From the heap of all to those that wait at their gate.
  private mutating func wait(_ source: Int, since time: Int64, at now: Int64) {
    due.remove(source)
    guard let entry = sources[source] else { return }
    if entry.isFailing {
      groups[entry.group].failing.set(source, key: time)
    } else {
      groups[entry.group].well.set(source, key: time)
    }
    sources[source]?.place = .waiting
    refresh(entry.group, at: now)
  }

  private mutating func begin(_ source: Int, at now: Int64) {
    cancel(source)
    guard let entry = sources[source] else { return }
    sources[source]?.place = .running(failing: entry.isFailing)
    if entry.isFailing { groups[entry.group].runningFailing += 1 }
    groups[entry.group].gate.start(at: now)
    refresh(entry.group, at: now)
  }

  /// Sources that fail, and may hang, never take the last place of their group from one that is well.
  private func candidate(of group: Int) -> (number: Int, key: Int64)? {
    guard groups[group].gate.running < perHost else { return nil }
    let mayFail = groups[group].runningFailing < max(1, perHost - 1)
    let failing = mayFail ? groups[group].failing.first : nil
    guard let well = groups[group].well.first else { return failing }
    return failing.map { $0.key < well.key ? $0 : well } ?? well
  }

  private mutating func refresh(_ group: Int, at now: Int64) {
    guard let first = candidate(of: group) else { return ready.remove(group) }
    // Behind an open gate it counts how long the first has waited; else when the gate opens.
    let opens = groups[group].gate.opens(at: now)
    ready.set(group, key: opens <= now ? first.key : max(first.key, opens))
  }
}
