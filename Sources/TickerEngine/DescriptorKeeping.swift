import TickerSocket
import TickerStore

/// The service manager's part in keeping connections over a restart; the state's part is the engine's. The closures
/// are called on the loop's thread and must not block.
public struct DescriptorKeeping: Sendable {
  /// How many descriptors it keeps.
  public let capacity: Int
  /// Takes a copy of a descriptor under a name.
  public let store: @Sendable (_ name: String, _ descriptor: Int32) -> Void
  /// Drops the copy, before the descriptor is closed.
  public let forget: @Sendable (_ name: String) -> Void
  /// Whether the copy has left this process.
  public let holds: @Sendable (_ name: String) -> Bool

  /// All as described at their properties.
  public init(
    capacity: Int, store: @escaping @Sendable (_ name: String, _ descriptor: Int32) -> Void,
    forget: @escaping @Sendable (_ name: String) -> Void, holds: @escaping @Sendable (_ name: String) -> Bool
  ) {
    self.capacity = capacity
    self.store = store
    self.forget = forget
    self.holds = holds
  }

  func keeper(recording state: Store) -> ConnectionKeeper {
    ConnectionKeeper(capacity: capacity, store: store, forget: forget, holds: holds) { states, completion in
      state.saveSubscribers(
        gone: states.gone, isExact: states.isExact, encode: { states.changed.map { ($0.name, $0.bytes) } },
        completion: completion)
    }
  }
}
