import Logging
import TickerStore

/// Where the endpoints stand, written together and seldom: one transaction for all of them, at most every 250 ms. What
/// a kill takes is sent again under the same ids.
actor Positions {
  /// Long enough that a thousand endpoints cost four transactions a second, short enough that a repeat is rare.
  private static let interval = Duration.milliseconds(250)

  private let store: Store
  private let log: Logger
  private var pending: [String: Int64] = [:]
  private var timer: Task<Void, Never>?

  init(store: Store, log: Logger) {
    self.store = store
    self.log = log
  }

  /// Notes that everything of `endpoint` up to `sequence` is settled.
  func note(_ endpoint: String, _ sequence: Int64) {
    pending[endpoint] = sequence
    guard timer == nil else { return }
    timer = Task {
      try? await Task.sleep(for: Self.interval)
      timer = nil
      await write()
    }
  }

  /// An endpoint that left is not written again.
  func forget(_ endpoint: String) { pending[endpoint] = nil }

  /// Writes what is noted now.
  func write() async {
    let positions = pending
    pending = [:]
    guard !positions.isEmpty else { return }
    do {
      try await store.advance(positions)
    } catch {
      log.error("the positions of the endpoints could not be written: \(error.message)")
      // Newer notes win over what could not be written.
      pending.merge(positions) { newer, _ in newer }
    }
  }
}
