/// How connections outlive this process (SPEC §7): copies of their descriptors lie with the service manager, and what
/// they need to go on lies in the state. Each closure is called on the loop's thread and must not block.
public struct ConnectionKeeper: Sendable {
  /// So many connections fit; those beyond are told at a stop that they have to come again.
  public let capacity: Int
  /// Hands over a copy of a connection's descriptor under a name of at most ``longestName`` bytes.
  public let store: @Sendable (_ name: String, _ descriptor: Int32) -> Void
  /// The connection ends; called before its descriptor is closed.
  public let forget: @Sendable (_ name: String) -> Void
  /// Whether the copy has left this process.
  public let holds: @Sendable (_ name: String) -> Bool
  /// Records where connections stand. `completion` says whether they are on disk, on any thread, once.
  public let save: @Sendable (KeptStates, _ completion: @escaping @Sendable (Bool) -> Void) -> Void

  /// Names come back to a new process in one environment string, which may hold 128 KiB (MAX_ARG_STRLEN, execve(2)):
  /// 8,192 names of twelve bytes and a colon are 104 KiB.
  public static let longestName = 12

  /// All as described at their properties.
  public init(
    capacity: Int, store: @escaping @Sendable (_ name: String, _ descriptor: Int32) -> Void,
    forget: @escaping @Sendable (_ name: String) -> Void, holds: @escaping @Sendable (_ name: String) -> Bool,
    save: @escaping @Sendable (KeptStates, _ completion: @escaping @Sendable (Bool) -> Void) -> Void
  ) {
    self.capacity = capacity
    self.store = store
    self.forget = forget
    self.holds = holds
    self.save = save
  }
}

/// What is to be recorded of kept connections. Pure value.
public struct KeptStates: Sendable {
  /// Replace what was recorded under their names.
  public let changed: [SavedConnection]
  /// Names that mean nothing any more.
  public let gone: [String]
  /// Nothing is written to these connections after this, so that another process may go on to the byte.
  public let isExact: Bool
}

/// A connection that another process has left behind.
public struct KeptConnection: Sendable {
  /// Under which it lay with the service manager.
  public let name: String
  /// Connected; the server's from now on.
  public let descriptor: Int32
  /// What was recorded under the name, if anything.
  public let state: [UInt8]?
  /// The state is that of an orderly stop; otherwise it may be older than what was written, and a line may be cut.
  public let isExact: Bool

  /// All as described at their properties.
  public init(name: String, descriptor: Int32, state: [UInt8]?, isExact: Bool) {
    self.name = name
    self.descriptor = descriptor
    self.state = state
    self.isExact = isExact
  }
}

/// Sockets that a service manager opened, or kept, for this process. Pure value.
public struct InheritedSockets: Sendable {
  /// Listens as `tickerd.sock`.
  public var control: Int32?
  /// Where clients find it.
  public var controlPath: String?
  /// Listens as `live.sock`.
  public var live: Int32?
  /// Connections of the process before.
  public var kept: [(name: String, descriptor: Int32)] = []

  /// None.
  public init() {}
}
