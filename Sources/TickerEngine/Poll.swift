import TickerDelivery
import TickerFetch
import TickerModel
import TickerParse
import TickerStore
import TickerText

/// One poll of one source, from the request to the committed events (DESIGN §2).
struct Poller: Sendable {
  let fetcher: Fetcher
  /// What a stop of the polls gives up.
  let requests: FetchGroup
  let store: Store
  let settings: DaemonSettings
  let rules: [Rule]

  /// Fetch, parse, decide and record. Never throws: what goes wrong is part of the report, and changes nothing known.
  /// Runs where its caller lives, the fetcher's thread; what takes longer than an unchanged answer does not.
  /// - Parameters:
  ///   - again: the last request, where nothing that goes into it changed.
  ///   - actor: the caller.
  func poll(
    _ polled: PolledSource, _ before: SourceState, confirming: Bool, asking again: PreparedRequest?,
    for actor: isolated any Actor
  ) async -> PollReport {
    let started = Clock.monotonic
    var report = PollReport(source: polled.source.name, at: Clock.now, state: before)
    var fetched: Fetched?
    do throws(SourceFault) {
      let response = try await fetch(polled, before, again, into: &report, for: actor)
      fetched = response
      if response.isUnchanged, !confirming, before.failures == 0 {
        touch(polled.source, response, into: &report)
      } else {
        let content = response.isUnchanged ? .unchanged : try await parse(response, polled.source)
        try await record(content, response, polled, into: &report)
      }
    } catch {
      report.fault = error
      // A stop is no fault of the source.
      if !error.isCancellation { await record(error, polled.source, into: &report) }
    }
    report.duration = .nanoseconds(Clock.monotonic - started)
    if let fetched, !fetched.isUnchanged { await keep(fetched, of: polled, report) }
    return report
  }
}

/// What one poll found, for the scheduler, the log and `tickerd poll`.
struct PollReport: Sendable {
  let source: String
  let at: Timestamp
  /// As it stands on disk now; as before where even the fault could not be written.
  var state: SourceState
  /// What was asked, good for the next poll where the validators stayed.
  var request: PreparedRequest?
  var fault: SourceFault?
  var status: Int?
  /// Before which the server wants no other request.
  var retryAfter: Duration?
  var isUnchanged = false
  /// The next poll must be judged even if it finds nothing changed.
  var needsConfirmation = false
  var events: [LogRecord] = []
  var notices: [String] = []
  var lateLines = 0
  var cutEvents = 0
  var feedIdentity: FeedIdentity.Rule?
  /// The document is broken, but could be read.
  var warning: String?
  var duration = Duration.zero

  init(source: String, at: Timestamp, state: SourceState) {
    self.source = source
    self.at = at
    self.state = state
  }
}

/// What the fetch stage hands on.
struct Fetched {
  let body: [UInt8]
  /// 304, or the very bytes of the last poll.
  let isUnchanged: Bool
  let bodyHash: [UInt8]
  let etag: [UInt8]?
  let lastModified: [UInt8]?
  let contentType: String?
  /// Where the document came from after redirects, the base of its links.
  let url: String
}

extension Poller {
  /// Bodies up to this many bytes are hashed where they arrive, which takes less time than handing them over.
  private static let hashedAtOnce = 64 << 10

  private func fetch(
    _ polled: PolledSource, _ before: SourceState, _ again: PreparedRequest?, into report: inout PollReport,
    for actor: isolated any Actor
  ) async throws(SourceFault) -> Fetched {
    let isKnown = before.rules == polled.rules && before.lastSuccess != nil
    if polled.url.text.hasPrefix("file:") {
      return await fetched(try await file(polled), polled, before, isKnown: isKnown, response: nil)
    }
    let response: FetchResponse
    do throws(FetchError) {
      let request = if let again { again } else { try PreparedRequest(request(polled, isKnown ? before : nil)) }
      report.request = request
      response = try await fetcher.fetch(request, in: requests, for: actor)
    } catch {
      throw SourceFault(error)
    }
    report.status = response.status
    report.retryAfter = response.headers.first("retry-after").flatMap { RetryAfter.wait($0.text, from: Clock.now) }
    if response.status == 304, isKnown, before.etag != nil || before.lastModified != nil {
      return Fetched(
        body: [], isUnchanged: true, bodyHash: before.bodyHash,
        etag: response.headers.first("etag")?.value ?? before.etag,
        lastModified: response.headers.first("last-modified")?.value ?? before.lastModified, contentType: nil, url: "")
    }
    guard (200...299).contains(response.status) else { throw SourceFault(status: response.status) }
    return await fetched(response.body, polled, before, isKnown: isKnown, response: response)
  }

  @concurrent private func file(_ polled: PolledSource) async throws(SourceFault) -> [UInt8] {
    do throws(FetchError) {
      return try LocalFile.read(path: LocalFile.path(ofURL: polled.url.text), maxBytes: polled.source.maxBody)
    } catch {
      throw SourceFault(error)
    }
  }

  private func request(_ polled: PolledSource, _ before: SourceState?) -> FetchRequest {
    var request = FetchRequest(
      url: polled.url.text, timeout: polled.source.timeout, maxBody: polled.source.maxBody)
    request.headers = [Header("user-agent", settings.userAgent)]
    // Sent back byte for byte, and only what this server sent (RFC 9110 §13.1).
    if let etag = before?.etag { request.headers.append(Header("if-none-match", etag)) }
    if let date = before?.lastModified { request.headers.append(Header("if-modified-since", date)) }
    request.maxRedirects = FetchRequest.sourceRedirects
    request.allowNet = polled.source.allowNet
    request.urlIsSecret = polled.url.isSecret
    request.access = polled.access
    return request
  }

  private func fetched(
    _ body: [UInt8], _ polled: PolledSource, _ before: SourceState, isKnown: Bool, response: FetchResponse?
  ) async -> Fetched {
    let hash = body.count <= Self.hashedAtOnce ? Digest.sha256(body) : await hash(body)
    return Fetched(
      body: body, isUnchanged: isKnown && hash == before.bodyHash, bodyHash: hash,
      etag: response?.headers.first("etag")?.value,
      lastModified: response?.headers.first("last-modified")?.value,
      contentType: response?.headers.first("content-type")?.text,
      url: response?.finalURL ?? polled.url.text)
  }

  @concurrent private func hash(_ body: [UInt8]) async -> [UInt8] { Digest.sha256(body) }

  @concurrent
  private func parse(_ fetched: Fetched, _ source: Source) async throws(SourceFault) -> Observation.Content {
    let rules = ParseRules(source, url: fetched.url, contentType: fetched.contentType)
    let document: ParsedDocument
    do throws(ParseError) {
      document = try DocumentParser.parse(fetched.body, by: rules)
    } catch {
      throw SourceFault(stage: .parse, class: error.class.rawValue, reason: error.reason)
    }
    let seen = Decide.seen(document, of: source)
    if let fault = Decide.disbelief(seen.count, by: source.expect) { throw fault }
    return .document(document.form, seen)
  }

  private func record(
    _ content: Observation.Content, _ fetched: Fetched, _ polled: PolledSource, into report: inout PollReport
  ) async throws(SourceFault) {
    var state = report.state
    state.rules = polled.rules
    state.bodyHash = fetched.bodyHash
    state.etag = fetched.etag
    state.lastModified = fetched.lastModified
    let observation = Observation(source: polled.source, rules: rules, now: report.at, content: content, state: state)
    do throws(StoreError) {
      let recorded = try await store.record(observation)
      report.state = recorded.state
      report.events = recorded.events
      report.notices = recorded.notices
      report.lateLines = recorded.lateLines
      report.cutEvents = recorded.cutEvents
      report.needsConfirmation = recorded.hasAbsentLines
      report.feedIdentity = recorded.feedIdentity
    } catch {
      throw SourceFault(error)
    }
  }

  private func touch(_ source: Source, _ fetched: Fetched, into report: inout PollReport) {
    report.isUnchanged = true
    store.touch(source.name, at: report.at)
    // A server that changes its validators with every answer is asked with the newest; they need no write of their own.
    report.state.etag = fetched.etag
    report.state.lastModified = fetched.lastModified
    report.state.lastPoll = report.at
    report.state.lastSuccess = report.at
  }

  private func record(_ fault: SourceFault, _ source: Source, into report: inout PollReport) async {
    // A disk that takes no poll takes no fault either; the count then lives in memory until it does.
    if let state = try? await store.record(fault, of: source, at: report.at) {
      report.state = state
    } else {
      report.state.failures += 1
      report.state.failingSince = report.state.failingSince ?? report.at
      report.state.lastPoll = report.at
      report.state.fault = fault
    }
  }
}

extension SourceState {
  /// Whether the next request asks the same.
  func hasSameValidators(as other: SourceState) -> Bool {
    etag == other.etag && lastModified == other.lastModified && rules == other.rules
      && (lastSuccess == nil) == (other.lastSuccess == nil)
  }
}

extension SourceFault {
  init(_ error: FetchError) { self.init(stage: .fetch, class: error.class.rawValue, reason: error.message) }

  /// The daemon stopped before the answer came.
  var isCancellation: Bool { stage == .fetch && self.class == FetchError.Class.cancelled.rawValue }

  init(_ error: StoreError) { self.init(stage: .record, class: "store", reason: error.message) }

  fileprivate init(status: Int) {
    let reason =
      switch status {
      case 304: "answered 304 (not modified) to a request without conditions"
      case 401, 403: "answered \(status): the server refuses this client; check the URL, or `user_agent`"
      case 404, 410: "answered \(status): nothing is there; check the URL"
      case 429: "answered 429: too many requests; raise `interval`"
      case 500...: "answered \(status): the server has a fault"
      default: "answered \(status)"
      }
    self.init(stage: .fetch, class: "status", reason: reason)
  }
}
