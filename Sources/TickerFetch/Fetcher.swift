/// Fetches over HTTP through one libcurl thread, which it owns. Every function may be called from any task or thread.
public final class Fetcher: Sendable {
  private let inbox: Inbox

  /// Starts the thread `tickerd-curl`. At most `maxTransfers` run at once; more wait, in the order they came.
  public init(maxTransfers: Int, userAgent: String) throws(FetchError) {
    inbox = try Inbox()
    try CurlLoop(inbox: inbox, maxTransfers: maxTransfers, userAgent: userAgent).start()
  }

  deinit { stop() }

  /// The final answer, whatever its status; an error when there is none. A cancelled task gets its error at once, and
  /// its transfer ends soon after.
  public func fetch(_ request: FetchRequest) async throws(FetchError) -> FetchResponse {
    let ticket = Ticket(request, url: try Self.checkedURL(request))
    let outcome = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        guard ticket.wait(continuation) else { return }
        if !inbox.submit(ticket) { ticket.finish(.failure(.stopped)) }
      }
    } onCancel: {
      ticket.finish(.failure(.cancelled))
      inbox.abandon(ticket)
    }
    return try outcome.get()
  }

  /// Fails what is pending with class `cancelled`, and ends the thread soon after; later requests fail at once.
  public func stop() { inbox.stop() }

  /// Changes how many transfers run at once; those that run go on.
  public func limit(to maxTransfers: Int) {
    precondition(maxTransfers > 0)
    inbox.limit(to: maxTransfers)
  }

  /// False when the thread has been busy with one thing for longer than `patience`; it is asked anew with every call.
  public func isTurning(within patience: Duration) -> Bool { inbox.isLookedAt(within: patience) }

  private static func checkedURL(_ request: FetchRequest) throws(FetchError) -> String {
    do throws(HTTPURL.Fault) {
      return try HTTPURL(request.url).text
    } catch {
      throw FetchError(.url, "\(ShownURL.text(request.url, isSecret: request.urlIsSecret)): \(error.reason)")
    }
  }
}
