/// Fetches over HTTP through one libcurl thread, which it owns. Every function may be called from any task or thread.
public final class Fetcher: Sendable {
  /// Where an actor lives best that fetches much.
  public let thread: FetchThread
  private var inbox: Inbox { thread.inbox }

  /// Starts the thread `tickerd-curl`. At most `maxTransfers` run at once; more wait, in the order they came. So many
  /// connections beyond those in use are kept: a descriptor each, and a poll that is four times cheaper. `lookUp` is
  /// called on threads of its own, and may block.
  public init(
    maxTransfers: Int, keptConnections: Int = 128, userAgent: String,
    lookUp: @escaping @Sendable (String) -> NameAnswer = { NameLookup.system($0) }
  ) throws(FetchError) {
    thread = try FetchThread()
    let lookups = NameLookups(ask: lookUp) { [inbox = thread.inbox] name, answer in inbox.tell(name, answer) }
    try CurlLoop(thread, lookups, maxTransfers: maxTransfers, keptConnections: keptConnections, userAgent: userAgent)
      .start()
  }

  /// The thread ends soon after.
  deinit { inbox.end() }

  /// The final answer, whatever its status; an error when there is none. A cancelled task gets its error at once, and
  /// its transfer ends soon after.
  public func fetch(_ request: FetchRequest) async throws(FetchError) -> FetchResponse {
    try await fetch(try PreparedRequest(request))
  }

  /// The same for a request that is ready.
  public func fetch(_ request: PreparedRequest) async throws(FetchError) -> FetchResponse {
    let ticket = Ticket(request)
    let outcome = await withTaskCancellationHandler {
      await withCheckedContinuation { wait(for: ticket, $0) }
    } onCancel: {
      ticket.finish(.failure(.cancelled))
      inbox.abandon(ticket)
    }
    return try outcome.get()
  }

  /// The same for a caller that has no task: `completion` is called once, on the libcurl thread or before this returns,
  /// and must not block.
  public func start(
    _ request: PreparedRequest, completion: @escaping @Sendable (Result<FetchResponse, FetchError>) -> Void
  ) {
    let ticket = Ticket(request)
    guard ticket.wait(completion) else { return }
    if !inbox.submit(ticket) { ticket.finish(.failure(.stopped)) }
  }

  /// The same for a request that is asked again and again, and is given up with its group. For callers that live on the
  /// libcurl thread: `completion` is called there, once and after this returned, unless it throws: after a stop.
  public func start(
    _ request: PreparedRequest, in group: FetchGroup,
    completion: @escaping @Sendable (Result<FetchResponse, FetchError>) -> Void
  ) throws(FetchError) {
    let ticket = Ticket(request, group)
    guard ticket.wait(completion), inbox.submit(ticket) else { throw .stopped }
  }

  /// The same for a task, which does not give it up by its own cancellation.
  public func fetch(
    _ request: PreparedRequest, in group: FetchGroup, for actor: isolated any Actor
  ) async throws(FetchError) -> FetchResponse {
    let ticket = Ticket(request, group)
    return try await withCheckedContinuation { wait(for: ticket, $0) }.get()
  }

  /// Fails the pending requests of `group` with class `cancelled`, and later ones at once.
  public func giveUp(_ group: FetchGroup) {
    group.giveUp()
    inbox.noteGivenUp()
  }

  private func wait(for ticket: Ticket, _ continuation: CheckedContinuation<Ticket.Outcome, Never>) {
    guard ticket.wait(continuation) else { return }
    if !inbox.submit(ticket) { ticket.finish(.failure(.stopped)) }
  }

  /// Fails what is pending with class `cancelled`; later requests fail at once.
  public func stop() { inbox.stop() }

  /// Changes how many transfers run at once; those that run go on.
  public func limit(to maxTransfers: Int, keptConnections: Int) {
    precondition(maxTransfers > 0)
    inbox.limit(to: maxTransfers, keptConnections: keptConnections)
  }

  /// False when the thread has been busy with one thing for longer than `patience`; it is asked anew with every call.
  public func isTurning(within patience: Duration) -> Bool { inbox.isLookedAt(within: patience) }
}
