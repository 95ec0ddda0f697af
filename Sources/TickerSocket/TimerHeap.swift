/// Names one timer of one loop.
public struct TimerID: Hashable, Sendable {
  let number: UInt64
}

/// Deadlines in order, earliest first; a cancelled one is skipped when its turn comes. Pure value.
struct TimerHeap {
  private struct Entry {
    let deadline: Int64
    let id: TimerID
  }

  /// A closure as a generic type's own value would be boxed once more, and thousands of subscribers have a timer each.
  private struct Action {
    let run: () -> Void
  }

  private var entries: [Entry] = []
  private var actions: [TimerID: Action] = [:]
  private var lastNumber: UInt64 = 0

  /// The earliest deadline in nanoseconds of the monotonic clock; nil when there is none.
  var earliest: Int64? { entries.first?.deadline }

  mutating func add(deadline: Int64, _ action: @escaping () -> Void) -> TimerID {
    lastNumber += 1
    let id = TimerID(number: lastNumber)
    actions[id] = Action(run: action)
    entries.append(Entry(deadline: deadline, id: id))
    rise(from: entries.count - 1)
    return id
  }

  mutating func cancel(_ id: TimerID) {
    actions[id] = nil
    // Cancelled entries stay until their deadline; without this a timer that is moved often would pile them up.
    if entries.count > 64, entries.count > 4 * actions.count { dropCancelled() }
  }

  /// The next action whose deadline is not after `now`; nil when none is due.
  mutating func due(at now: Int64) -> (() -> Void)? {
    while let first = entries.first, first.deadline <= now {
      removeFirst()
      if let action = actions.removeValue(forKey: first.id) { return action.run }
    }
    return nil
  }
}

extension TimerHeap {
  private mutating func rise(from start: Int) {
    var child = start
    while child > 0 {
      let parent = (child - 1) / 2
      guard entries[child].deadline < entries[parent].deadline else { return }
      entries.swapAt(child, parent)
      child = parent
    }
  }

  private mutating func removeFirst() {
    entries.swapAt(0, entries.count - 1)
    entries.removeLast()
    var parent = 0
    while 2 * parent + 1 < entries.count {
      var child = 2 * parent + 1
      if child + 1 < entries.count, entries[child + 1].deadline < entries[child].deadline { child += 1 }
      guard entries[child].deadline < entries[parent].deadline else { return }
      entries.swapAt(parent, child)
      parent = child
    }
  }

  /// A sorted array is a heap.
  private mutating func dropCancelled() {
    entries = entries.filter { actions[$0.id] != nil }.sorted { $0.deadline < $1.deadline }
  }
}
