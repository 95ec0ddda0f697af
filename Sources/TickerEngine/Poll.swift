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

  /// Asks the source's server. Its answer comes to `heard`, once and after this returned, on the fetcher's thread; where
  /// this is false it never will, and the poll's report names the fault.
  func ask(_ poll: Poll, heard: @escaping @Sendable (FetchOutcome) -> Void) -> Bool {
    do throws(FetchError) {
      let request = try request(of: poll)
      poll.report.request = poll.question.isWhole ? nil : request
      try fetcher.start(request, in: requests, completion: heard)
      return true
    } catch {
      poll.report.fault = SourceFault(error)
      return false
    }
  }

  /// Whether the answer brings nothing to read, as most do: then the poll is over with this, which takes microseconds.
  func hear(_ outcome: FetchOutcome, _ poll: Poll) -> Heard {
    do throws(SourceFault) {
      let response = try answer(outcome, of: poll.polled, into: &poll.report)
      if let unmodified = try unmodified(response, poll) { return settled(unmodified, poll) }
      guard response.body.count <= Self.hashedAtOnce else { return .large(response) }
      return settled(fetched(response, Digest.sha256(response.body), poll), poll)
    } catch {
      poll.report.fault = error
      return .nothing
    }
  }

  /// What a poll whose answer is more than that goes on with: parse, decide and record. Never throws: what goes wrong is
  /// part of the report, and changes nothing known. Runs where its caller lives, the fetcher's thread; what takes longer
  /// than an unchanged answer does not.
  /// - Parameters:
  ///   - actor: the caller.
  ///   - admitted: whether the hosts of another request that the answer leads to may be asked; returns when they may.
  ///   - answered: called when that request is over.
  func read(
    _ heard: Heard, _ poll: Poll, for actor: isolated any Actor, admitted: (String) async -> Bool, answered: () -> Void
  ) async {
    var read: Fetched?
    var isKept = false
    do throws(SourceFault) {
      if let fault = poll.report.fault { throw fault }
      var fetched = try await document(heard, poll)
      // Looked at here, since it is done elsewhere: most answers bring nothing to look through.
      if !fetched.isUnchanged, poll.polled.source.kind == .auto, let feed = await feed(of: fetched, poll.polled) {
        fetched = try await follow(feed, poll, for: actor, admitted: admitted, answered: answered)
      }
      read = fetched
      if !isSettled(fetched, poll) {
        if fetched.isUnchanged {
          try await record(.unchanged, fetched, keeping: nil, poll)
        } else {
          let parsed = try await parse(fetched, poll)
          try await record(parsed.content, fetched, keeping: parsed.document, poll)
          isKept = parsed.document != nil
        }
      }
    } catch {
      poll.report.fault = error
      // A stop is no fault of the source, nor is a machine without a network.
      if error.isCancellation {
      } else if poll.report.isCutOff {
        poll.report.state.lastPoll = poll.report.at
      } else {
        await record(error, poll)
      }
    }
    poll.report.duration = .nanoseconds(Clock.monotonic - poll.started)
    if let read, !read.isUnchanged, !isKept { await keep(read, of: poll.polled, poll.report) }
  }
}

/// What came of a request.
typealias FetchOutcome = Result<FetchResponse, FetchError>

/// What is known when an answer was heard.
enum Heard {
  /// Nothing changed, and the poll is over.
  case unchanged
  /// What is to be read, or judged although it is what stood there before.
  case document(Fetched)
  /// Takes too long to look at where it arrives.
  case large(FetchResponse)
  /// A file is to be read, or there is no document: the report names the fault.
  case nothing

  var isDocument: Bool {
    switch self {
    case .document, .large: true
    case .unchanged, .nothing: false
    }
  }
}

/// What a document holds, and the document itself where it is recorded together with that.
private struct Parsed {
  let content: Observation.Content
  let hints: FeedHints
  let document: PackedDocument?
}

/// One poll under way. Touched by the scheduler, and by what it lets run meanwhile.
final class Poll {
  let polled: PolledSource
  /// What is known of the source.
  let before: SourceState
  let question: PollQuestion
  /// It was polled by these rules before.
  let isKnown: Bool
  /// Monotonic times.
  let due: Int64
  let started: Int64
  /// Of ``Inflow``.
  var period: Int64 = 0
  var report: PollReport
  private(set) var isOver = false
  /// Of which no server is asked.
  var isOfFile: Bool { polled.url.text.hasPrefix("file:") }
  private var waiting: [CheckedContinuation<PollReport, Never>] = []

  init(_ polled: PolledSource, _ before: SourceState, _ question: PollQuestion, due: Int64, at now: Int64) {
    self.polled = polled
    self.before = before
    self.question = question
    isKnown = before.rules == polled.rules && before.lastSuccess != nil
    self.due = due
    started = now
    report = PollReport(source: polled.source.name, at: Clock.now, state: before)
  }

  /// Returns when it is over.
  func end(for actor: isolated any Actor) async -> PollReport {
    isOver ? report : await withCheckedContinuation { waiting.append($0) }
  }

  func finish() {
    isOver = true
    for continuation in waiting { continuation.resume(returning: report) }
    waiting = []
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
  /// From its start until it was recorded.
  var duration = Duration.zero
  var feedIdentity: FeedIdentity.Rule?
  /// The document is broken, but could be read.
  var warning: String?

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
  /// Documents up to this many bytes are compressed before they are recorded: half a millisecond, instead of a
  /// transaction and an fsync more.
  private static let packedAtOnce = 64 << 10

  private func request(of poll: Poll) throws(FetchError) -> PreparedRequest {
    if let again = poll.question.again { return again }
    let question = poll.question
    let known = question.isWhole || !poll.isKnown ? nil : poll.before
    return try PreparedRequest(request(poll.polled, known, at: question.movedTo))
  }

  /// The final answer, whatever its status, and what its head tells of the source and of the machine.
  private func answer(
    _ outcome: FetchOutcome, of polled: PolledSource, into report: inout PollReport
  ) throws(SourceFault) -> FetchResponse {
    switch outcome {
    case .success(let response):
      report.lineChange = line.noteAnswer(from: polled.group)
      report.status = response.status
      report.timing = response.timing
      if response.isMovedForGood { report.finalURL = response.finalURL }
      readHints(of: response, for: polled.source, into: &report)
      return response
    case .failure(let error):
      if error.isUnreached {
        report.lineChange = line.noteUnreached(polled.group)
        report.isCutOff = line.isLost(for: polled.group)
      }
      throw SourceFault(error)
    }
  }

  /// What an answer says that came without a document, or came with none that counts; nil where its bytes tell.
  private func unmodified(_ response: FetchResponse, _ poll: Poll) throws(SourceFault) -> Fetched? {
    if response.status == 304, poll.isKnown, poll.before.etag != nil || poll.before.lastModified != nil {
      poll.report.answer = .notModified
      return Fetched(
        body: [], isUnchanged: true, bodyHash: poll.before.bodyHash,
        etag: response.headers.first("etag")?.value ?? poll.before.etag,
        lastModified: response.headers.first("last-modified")?.value ?? poll.before.lastModified, contentType: nil,
        url: "")
    }
    guard (200...299).contains(response.status) else { throw SourceFault(status: response.status) }
    return nil
  }

  private func fetched(_ response: FetchResponse, _ hash: [UInt8], _ poll: Poll) -> Fetched {
    let fetched = Fetched(
      body: response.body, isUnchanged: poll.isKnown && hash == poll.before.bodyHash, bodyHash: hash,
      etag: response.headers.first("etag")?.value, lastModified: response.headers.first("last-modified")?.value,
      contentType: response.headers.first("content-type")?.text, url: response.finalURL)
    poll.report.answer = fetched.isUnchanged ? .same : .changed
    return fetched
  }

  /// What is to be read; a document that has to be read from a file or hashed elsewhere comes with this.
  private func document(_ heard: Heard, _ poll: Poll) async throws(SourceFault) -> Fetched {
    switch heard {
    case .document(let fetched): return fetched
    case .large(let response): return fetched(response, await hash(response.body), poll)
    case .nothing, .unchanged:
      let body = try await file(poll.polled)
      let hash = await hash(body)
      let isUnchanged = poll.isKnown && hash == poll.before.bodyHash
      poll.report.answer = isUnchanged ? .same : .changed
      return Fetched(
        body: body, isUnchanged: isUnchanged, bodyHash: hash, etag: nil, lastModified: nil, contentType: nil,
        url: poll.polled.url.text)
    }
  }

  /// The document of the feed that a page names.
  private func follow(
    _ feed: String, _ poll: Poll, for actor: isolated any Actor, admitted: (String) async -> Bool, answered: () -> Void
  ) async throws(SourceFault) -> Fetched {
    guard await admitted(feed) else {
      throw SourceFault(
        stage: .fetch, class: "status", reason: "its feed's host takes no further request now; it is asked again later")
    }
    poll.report.followed = feed
    let isRemembered = poll.polled.moved(to: feed)?.isWhole == true
    let outcome: FetchOutcome
    do throws(FetchError) {
      outcome = .success(
        try await fetcher.fetch(PreparedRequest(request(poll.polled, nil, at: feed)), in: requests, for: actor))
    } catch {
      outcome = .failure(error)
    }
    // The next poll asks the place that the page moved to.
    poll.report.request = nil
    let response = try answer(outcome, of: poll.polled, into: &poll.report)
    answered()
    let fetched =
      if let unmodified = try unmodified(response, poll) { unmodified } else {
        fetched(response, await hash(response.body), poll)
      }
    return fetched.followed(isRemembered: isRemembered)
  }

  private func settled(_ fetched: Fetched, _ poll: Poll) -> Heard {
    isSettled(fetched, poll) ? .unchanged : .document(fetched)
  }

  /// Notes that nothing changed, where nothing has to be judged again.
  private func isSettled(_ fetched: Fetched, _ poll: Poll) -> Bool {
    guard fetched.isUnchanged, !poll.question.isConfirming, poll.before.failures == 0 else { return false }
    touch(fetched, poll)
    return true
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

  @concurrent private func hash(_ body: [UInt8]) async -> [UInt8] { Digest.sha256(body) }

  private func parse(_ fetched: Fetched, _ poll: Poll) async throws(SourceFault) -> Parsed {
    let started = Clock.monotonic
    let parsed = try await parsed(fetched, poll.polled, poll.report)
    poll.report.parsing = .nanoseconds(Clock.monotonic - started)
    poll.report.hints = parsed.hints
    return parsed
  }

  @concurrent
  private func parsed(
    _ fetched: Fetched, _ polled: PolledSource, _ report: PollReport
  ) async throws(SourceFault) -> Parsed {
    let source = polled.source
    let rules = ParseRules(source, url: fetched.url, contentType: fetched.contentType)
    let document: ParsedDocument
    do throws(ParseError) {
      document = try DocumentParser.parse(fetched.body, by: rules)
    } catch {
      throw SourceFault(stage: .parse, class: error.class.rawValue, reason: error.reason)
    }
    let seen = Decide.seen(document, of: source)
    if let fault = Decide.disbelief(seen.count, by: source.expect) { throw fault }
    // A larger one is kept after everybody has heard what is in it.
    let packed = fetched.body.count <= Self.packedAtOnce ? packed(fetched, of: polled, report) : nil
    return Parsed(content: .document(document.form, seen), hints: document.hints, document: packed)
  }

  private func record(
    _ content: Observation.Content, _ fetched: Fetched, keeping document: PackedDocument?, _ poll: Poll
  ) async throws(SourceFault) {
    var state = poll.before
    state.rules = poll.polled.rules
    state.bodyHash = fetched.bodyHash
    state.etag = fetched.etag
    state.lastModified = fetched.lastModified
    let observation = Observation(
      source: poll.polled.source, rules: rules, now: poll.report.at, content: content, state: state)
    let started = Clock.monotonic
    do throws(StoreError) {
      let recorded = try await store.record(observation, keeping: document)
      poll.report.recording = .nanoseconds(Clock.monotonic - started)
      poll.report.finding = recorded.finding
      poll.report.state = recorded.state
      poll.report.events = recorded.events
      poll.report.notices = recorded.notices
      poll.report.lateLines = recorded.lateLines
      poll.report.cutEvents = recorded.cutEvents
      poll.report.needsConfirmation = recorded.hasAbsentLines
      poll.report.feedIdentity = recorded.feedIdentity
    } catch {
      throw SourceFault(error)
    }
  }

  private func touch(_ fetched: Fetched, _ poll: Poll) {
    poll.report.isUnchanged = true
    poll.report.duration = .nanoseconds(Clock.monotonic - poll.started)
    store.touch(poll.polled.source.name, at: poll.report.at)
    // A server that changes its validators with every answer is asked with the newest; they need no write of their own.
    poll.report.state.etag = fetched.etag
    poll.report.state.lastModified = fetched.lastModified
    poll.report.state.lastPoll = poll.report.at
    poll.report.state.lastSuccess = poll.report.at
  }

  /// The document will not come back (RFC 9110 §15.5.11).
  static let gone = 410

  private func record(_ fault: SourceFault, _ poll: Poll) async {
    // A disk that takes no poll takes no fault either; the count then lives in memory until it does.
    if let state = try? await store.record(
      fault, of: poll.polled.source, at: poll.report.at, isFinal: poll.report.status == Self.gone)
    {
      poll.report.state = state
    } else {
      poll.report.state.failures += 1
      poll.report.state.failingSince = poll.report.state.failingSince ?? poll.report.at
      poll.report.state.lastPoll = poll.report.at
      poll.report.state.fault = fault
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
