import Synchronization

/// Requests that are given up together, by ``Fetcher/giveUp(_:)``. Any thread.
public final class FetchGroup: Sendable {
  // A state, not a message: it takes effect on a request that comes later.
  private let given = Atomic(false)

  public init() {}

  var isGivenUp: Bool { given.load(ordering: .acquiring) }

  func giveUp() { given.store(true, ordering: .releasing) }
}
