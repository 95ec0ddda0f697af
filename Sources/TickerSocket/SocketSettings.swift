public import TickerModel

/// How the sockets are opened and what they allow. Pure value.
public struct SocketSettings: Sendable {
  /// Of `tickerd.sock`; at most 107 bytes.
  public var controlPath: String
  /// Of `live.sock`; at most 107 bytes.
  public var livePath: String
  /// File mode of both, which is who may connect.
  public var mode: Int
  /// Connections, both sockets together.
  public var maxSubscribers: Int
  /// Silence after which a subscription's position is told: shorter than the half minute after which people and
  /// proxies take a silent connection for dead.
  public var beat: Duration = .seconds(15)
  /// The number of the group whose members may command, beside root and the daemon's user.
  public var administrators: UInt32?
  /// What `hello` says.
  public var serverName = "tickerd/\(Product.version)"
  /// A connection that took no byte for so long with data waiting is closed: a terminal stopped with Ctrl-S for a
  /// coffee survives, a dead one does not keep its descriptor for ever.
  public var stallTimeout: Duration = .seconds(15 * 60)
  /// A started command line ends within this time.
  public var lineTimeout: Duration = .seconds(10)
  /// Before the log is read again after it could not be.
  public var retryPause: Duration = .seconds(1)
  /// Events kept encoded in memory; a power of two. Some minutes of a very busy desk: a reader that sleeps a moment
  /// never touches the database.
  public var ringCapacity = 4096

  /// The rest at its defaults.
  public init(
    controlPath: String, livePath: String, mode: Int = Defaults.socketMode,
    maxSubscribers: Int = Defaults.maxSubscribers
  ) {
    self.controlPath = controlPath
    self.livePath = livePath
    self.mode = mode
    self.maxSubscribers = maxSubscribers
  }
}

/// What the sockets need of the rest of the daemon. Each closure is called on the loop's thread, must not block, and
/// calls its completion exactly once, on any thread.
public struct SocketServices: Sendable {
  /// Reads the events after a sequence, oldest first. Nil: the log could not be read; it is asked again after a pause.
  public var page: @Sendable (_ after: Int64, _ completion: @escaping @Sendable (LogPage?) -> Void) -> Void
  /// The sequence after which exactly the last `last` events stand that pass `filter`, recorded no later than `until`,
  /// up to `upTo`, included (the log's tail when there are fewer). Nil: the log could not be read; it is asked again
  /// after a pause.
  public var position:
    @Sendable (
      _ filter: Filter, _ until: Timestamp?, _ last: Int, _ upTo: Int64,
      _ completion: @escaping @Sendable (Int64?) -> Void
    ) -> Void
  /// The sequence before the first event recorded at this time or later; greater than any when there is none. Nil as
  /// above.
  public var start: @Sendable (_ since: Timestamp, _ completion: @escaping @Sendable (Int64?) -> Void) -> Void
  /// Does what a client commands. The answer is JSON members for its `ok` line, such as `"sources":[…]`, or empty.
  public var act:
    @Sendable (
      AdministrativeCommand, _ completion: @escaping @Sendable (Result<[UInt8], CommandFailure>) -> Void
    ) -> Void
  /// Takes a sentence for the log, which is made only where its level is logged.
  public var note: @Sendable (LogLevel, () -> String) -> Void

  /// All of them, each as described at its property.
  public init(
    page: @escaping @Sendable (_ after: Int64, _ completion: @escaping @Sendable (LogPage?) -> Void) -> Void,
    position:
      @escaping @Sendable (
        _ filter: Filter, _ until: Timestamp?, _ last: Int, _ upTo: Int64,
        _ completion: @escaping @Sendable (Int64?) -> Void
      ) -> Void,
    start: @escaping @Sendable (_ since: Timestamp, _ completion: @escaping @Sendable (Int64?) -> Void) -> Void,
    act:
      @escaping @Sendable (
        AdministrativeCommand, _ completion: @escaping @Sendable (Result<[UInt8], CommandFailure>) -> Void
      ) -> Void,
    note: @escaping @Sendable (LogLevel, () -> String) -> Void
  ) {
    self.page = page
    self.position = position
    self.start = start
    self.act = act
    self.note = note
  }
}
