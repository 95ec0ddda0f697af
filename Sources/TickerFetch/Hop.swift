import TickerModel

/// One step of a ticket's way: its own request, or what a redirect made of it. Pure value; lives on the libcurl thread.
///
/// libcurl could follow redirects itself, but would take the operator's headers along to any host, look its name up in a
/// thread for each, and let a proxy be asked for an address that is refused.
struct Hop {
  let ticket: Ticket
  let prepared: PreparedRequest
  /// Redirects that led here.
  let redirects: Int
  /// There were some, all of them permanent (RFC 9110 §15.4.2, §15.4.9).
  let isMovedForGood: Bool
  /// When the first hop began, in nanoseconds of the monotonic clock: the whole way has one timeout.
  let began: Int64
  /// When this one began.
  let started: Int64

  /// RFC 9110 §15.4; 300, 304 and 305 send nobody anywhere.
  private static let statuses: Set<Int> = [301, 302, 303, 307, 308]
  /// Headers that say who asks, whoever set them.
  private static let confidential: Set<String> = ["authorization", "cookie"]

  /// The first.
  init(_ ticket: Ticket, at now: Int64) {
    self.ticket = ticket
    prepared = ticket.prepared
    redirects = 0
    isMovedForGood = false
    began = now
    started = now
  }

  private init(_ before: Hop, _ prepared: PreparedRequest, isPermanent: Bool, at now: Int64) {
    ticket = before.ticket
    self.prepared = prepared
    redirects = before.redirects + 1
    isMovedForGood = isPermanent && (before.redirects == 0 || before.isMovedForGood)
    began = before.began
    started = now
  }

  /// What is left of the timeout; nil when nothing is.
  func timeLeft(at now: Int64) -> Duration? {
    let left = ticket.prepared.request.timeout - .nanoseconds(now - began)
    return left > .zero ? left : nil
  }

  /// When it must be known where the host is.
  var resolveBy: Int64 {
    min(
      started + Self.nanoseconds(prepared.request.connectTimeout), began + Self.nanoseconds(prepared.request.timeout))
  }

  /// Where an answer of this status sends the request; nil when it is one to hand back.
  func location(status: Int, _ head: HeaderBlock) -> String? {
    guard prepared.request.maxRedirects > 0, head.isComplete, Self.statuses.contains(status) else { return nil }
    return head.headers.first("location")?.text
  }

  /// The hop to `location`; what was given in confidence stays with the host it was given for.
  func next(to location: String, isPermanent: Bool, at now: Int64) -> Result<Hop, FetchError> {
    let most = ticket.prepared.request.maxRedirects
    guard redirects < most else { return .failure(failure(.redirect, "more than \(most) redirects")) }
    do throws(HTTPURL.Fault) {
      let here = try HTTPURL(prepared.url)
      let target = try HTTPURL(location, relativeTo: here)
      var request = prepared.request
      request.url = target.textWithLogin
      if !target.isTrusted(by: here) {
        request.access.headers = []
        request.headers.removeAll { Self.confidential.contains($0.name.lowercased()) }
      }
      do throws(FetchError) {
        return .success(Hop(self, try PreparedRequest(request), isPermanent: isPermanent, at: now))
      } catch { return .failure(error) }
    } catch {
      let shown = ShownURL.text(location, isSecret: prepared.request.urlIsSecret)
      return .failure(
        failure(.redirect, "redirected to \(shown): a redirect to something that is not http or https"))
    }
  }
}

extension Hop {
  private static func nanoseconds(_ duration: Duration) -> Int64 {
    let (seconds, attoseconds) = duration.components
    return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
  }

  /// The configured URL, and where redirects led.
  var subject: String {
    let asked = ticket.prepared.shownURL
    return redirects == 0 ? asked : "\(asked), redirected to \(prepared.shownURL)"
  }

  func failure(_ errorClass: FetchError.Class, _ cause: String) -> FetchError {
    FetchError(errorClass, "\(subject): \(cause)")
  }

  func failure(_ refusal: AddressPolicy.Refusal) -> FetchError {
    let owner = prepared.request.method == .get ? "source" : "webhook"
    return failure(
      .address,
      "\(refusal.address.text) is refused, it is in \(refusal.network.text) (\(refusal.reason)); "
        + "if it is meant, add \(refusal.remedy) to this \(owner)")
  }
}
