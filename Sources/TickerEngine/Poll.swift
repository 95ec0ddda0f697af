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
  let line: LineWatch

  /// Fetch, parse, decide and record. Never throws: what goes wrong is part of the report, and changes nothing known.
  /// Runs where its caller lives, the fetcher's thread; what takes longer than an unchanged answer does not.
  /// - Parameters:
  ///   - actor: the caller.
  ///   - answered: called when the server's part is over, with what its head says; not where it gave no answer.
  func poll(
    _ polled: PolledSource, _ before: SourceState, _ question: PollQuestion, for actor: isolated any Actor,
    answered: (PollReport) -> Void
  ) async -> PollReport {
    let started = Clock.monotonic
    var report = PollReport(source: polled.source.name, at: Clock.now, state: before)
    var fetched: Fetched?
    do throws(SourceFault) {
      var response = try await fetch(polled, before, question, into: &report, for: actor, answered: answered)
      // Looked at here, since it is done elsewhere: most answers bring nothing to look through.
      if !response.isUnchanged, polled.source.kind == .auto, let feed = await feed(of: response, polled) {
        report.followed = feed
        let isRemembered = polled.moved(to: feed)?.isWhole == true
        let next = PollQuestion(isWhole: true, movedTo: feed)
        response = try await fetch(polled, before, next, into: &report, for: actor, answered: answered)
          .followed(isRemembered: isRemembered)
      }
      fetched = response
      if response.isUnchanged, !question.isConfirming, before.failures == 0 {
        touch(polled.source, response, into: &report)
      } else {
        let content = response.isUnchanged ? .unchanged : try await parse(response, polled.source, into: &report)
        try await record(content, response, polled, into: &report)
      }
    } catch {
      report.fault = error
      // A stop is no fault of the source, nor is a machine without a network.
      if error.isCancellation {
      } else if report.isCutOff {
        report.state.lastPoll = report.at
      } else {
        await record(error, polled.source, into: &report)
      }
    }
    report.duration = .nanoseconds(Clock.monotonic - started)
    if let fetched, !fetched.isUnchanged { await keep(fetched, of: polled, report) }
    return report
  }
}

/// How a source is asked this time.
struct PollQuestion: Sendable {
  /// The poll must be judged even if it finds nothing changed.
  var isConfirming = true
  /// Without conditions, so that the document comes whole.
  var isWhole = false
  /// Instead of the configured URL.
  var movedTo: String?
  /// The last request, where nothing that goes into it changed.
  var again: PreparedRequest?
}

/// What an answer brought.
enum PollAnswer: String, Sendable {
  /// 304.
  case notModified = "not-modified"
  /// The very bytes of the last poll.
  case same
  case changed
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
  /// How long the answer stays fresh, by its own headers.
  var freshFor: Duration?
  /// Permanent redirects led here.
  var finalURL: String?
  /// The feed that was read in its page's place.
  var followed: String?
  /// Nil where there was none.
  var answer: PollAnswer?
  /// The machine itself seems to have no network: what failed is not the source's.
  var isCutOff = false
  /// What this poll told about the machine's own network.
  var lineChange: Connectivity.Change?
  var timing: FetchTiming?
  var parsing: Duration?
  var recording: Duration?
  /// What the document says of when to come again; nil where none was read.
  var hints: FeedHints?
  var finding = Pace.Finding.unchanged
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
    _ polled: PolledSource, _ before: SourceState, _ question: PollQuestion, into report: inout PollReport,
    for actor: isolated any Actor, answered: (PollReport) -> Void
  ) async throws(SourceFault) -> Fetched {
    let isKnown = before.rules == polled.rules && before.lastSuccess != nil
    if polled.url.text.hasPrefix("file:") {
      let fetched = await fetched(try await file(polled), polled, before, isKnown: isKnown, response: nil)
      report.answer = fetched.isUnchanged ? .same : .changed
      return fetched
    }
    let response = try await answer(to: question, polled, isKnown ? before : nil, into: &report, for: actor)
    answered(report)
    if response.status == 304, isKnown, before.etag != nil || before.lastModified != nil {
      report.answer = .notModified
      return Fetched(
        body: [], isUnchanged: true, bodyHash: before.bodyHash,
        etag: response.headers.first("etag")?.value ?? before.etag,
        lastModified: response.headers.first("last-modified")?.value ?? before.lastModified, contentType: nil, url: "")
    }
    guard (200...299).contains(response.status) else { throw SourceFault(status: response.status) }
    let fetched = await fetched(response.body, polled, before, isKnown: isKnown, response: response)
    report.answer = fetched.isUnchanged ? .same : .changed
    return fetched
  }

  private func answer(
    to question: PollQuestion, _ polled: PolledSource, _ before: SourceState?, into report: inout PollReport,
    for actor: isolated any Actor
  ) async throws(SourceFault) -> FetchResponse {
    let response: FetchResponse
    do throws(FetchError) {
      let request: PreparedRequest
      if let again = question.again {
        request = again
      } else {
        request = try PreparedRequest(self.request(polled, question.isWhole ? nil : before, at: question.movedTo))
      }
      report.request = question.isWhole ? nil : request
      response = try await fetcher.fetch(request, in: requests, for: actor)
    } catch {
      if error.isUnreached {
        report.lineChange = line.noteUnreached(polled.group)
        report.isCutOff = line.isLost(for: polled.group)
      }
      throw SourceFault(error)
    }
    report.lineChange = line.noteAnswer(from: polled.group)
    report.status = response.status
    report.timing = response.timing
    if response.isMovedForGood { report.finalURL = response.finalURL }
    readHints(of: response, for: polled.source, into: &report)
    return response
  }

  /// What the head says about when to come again.
  private func readHints(of response: FetchResponse, for source: Source, into report: inout PollReport) {
    let headers = response.headers
    if let value = headers.first("retry-after") {
      report.retryAfter = RetryAfter.wait(value.text, sent: headers.first("date")?.text, from: Clock.now)
    }
    // Errors are cached too, but whoever fails is asked by the rules of backoff.
    guard source.interval == .adaptive, (200...299).contains(response.status) || response.status == 304 else { return }
    let control = headers.first("cache-control")
    let expires = headers.first("expires")
    guard control != nil || expires != nil else { return }
    report.freshFor = CacheHints.fresh(
      cacheControl: control?.text, expires: expires?.text, date: headers.first("date")?.text,
      age: headers.first("age")?.text, now: Clock.now)
  }

  @concurrent private func file(_ polled: PolledSource) async throws(SourceFault) -> [UInt8] {
    do throws(FetchError) {
      return try LocalFile.read(path: LocalFile.path(ofURL: polled.url.text), maxBytes: polled.source.maxBody)
    } catch {
      throw SourceFault(error)
    }
  }

  private func request(_ polled: PolledSource, _ before: SourceState?, at moved: String?) -> FetchRequest {
    var request = FetchRequest(
      url: moved ?? polled.url.text, timeout: polled.source.timeout, maxBody: polled.source.maxBody)
    request.headers = [Header("user-agent", settings.userAgent)]
    // Sent back byte for byte, and only what this server sent (RFC 9110 §13.1).
    if let etag = before?.etag { request.headers.append(Header("if-none-match", etag)) }
    if let date = before?.lastModified { request.headers.append(Header("if-modified-since", date)) }
    request.maxRedirects = FetchRequest.sourceRedirects
    request.allowNet = polled.source.allowNet
    request.urlIsSecret = polled.url.isSecret
    request.access = polled.access
    // What is meant for the source's own host goes to no other.
    if let moved, URLParts(moved).authority != URLParts(polled.url.text).authority { request.access.headers = [] }
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

  private func parse(
    _ fetched: Fetched, _ source: Source, into report: inout PollReport
  ) async throws(SourceFault) -> Observation.Content {
    let started = Clock.monotonic
    let (content, hints) = try await parsed(fetched, source)
    report.parsing = .nanoseconds(Clock.monotonic - started)
    report.hints = hints
    return content
  }

  @concurrent
  private func parsed(
    _ fetched: Fetched, _ source: Source
  ) async throws(SourceFault) -> (Observation.Content, FeedHints) {
    let rules = ParseRules(source, url: fetched.url, contentType: fetched.contentType)
    let document: ParsedDocument
    do throws(ParseError) {
      document = try DocumentParser.parse(fetched.body, by: rules)
    } catch {
      throw SourceFault(stage: .parse, class: error.class.rawValue, reason: error.reason)
    }
    let seen = Decide.seen(document, of: source)
    if let fault = Decide.disbelief(seen.count, by: source.expect) { throw fault }
    return (.document(document.form, seen), document.hints)
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
    let started = Clock.monotonic
    do throws(StoreError) {
      let recorded = try await store.record(observation)
      report.recording = .nanoseconds(Clock.monotonic - started)
      report.finding = recorded.finding
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

  /// The document will not come back (RFC 9110 §15.5.11).
  static let gone = 410

  private func record(_ fault: SourceFault, _ source: Source, into report: inout PollReport) async {
    // A disk that takes no poll takes no fault either; the count then lives in memory until it does.
    if let state = try? await store.record(fault, of: source, at: report.at, isFinal: report.status == Self.gone) {
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
      case Poller.gone:
        "answered 410: the document is gone for good, and is not asked for again; correct `url`, or try with "
          + "`tickerd poll` or `tickerd resume`"
      case 404: "answered \(status): nothing is there; check the URL"
      case 429: "answered 429: too many requests; raise `interval`"
      case 500...: "answered \(status): the server has a fault"
      default: "answered \(status)"
      }
    self.init(stage: .fetch, class: "status", reason: reason)
  }
}
