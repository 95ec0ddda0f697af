import TickerDelivery
import TickerFetch
import TickerModel
import TickerParse
import TickerStore
import TickerText

/// One poll of one source, from the request to the committed events (DESIGN §2).
// A class only because it is used some times in each poll, and has ten references to count.
final class Poller: Sendable {
  let fetcher: Fetcher
  /// What a stop of the polls gives up.
  let requests: FetchGroup
  let store: Store
  let settings: DaemonSettings
  let rules: [Rule]
  let line: LineWatch

  init(
    fetcher: Fetcher, requests: FetchGroup, store: Store, settings: DaemonSettings, rules: [Rule], line: LineWatch
  ) {
    self.fetcher = fetcher
    self.requests = requests
    self.store = store
    self.settings = settings
    self.rules = rules
    self.line = line
  }

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
      await fail(error, poll)
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

extension Poller {
  /// Bodies up to this many bytes are hashed where they arrive, which takes less time than handing them over.
  private static let hashedAtOnce = 64 << 10
  /// Documents up to this many bytes are compressed before they are recorded: half a millisecond, instead of a
  /// transaction and an fsync more.
  private static let packedAtOnce = 64 << 10

  private func settled(_ fetched: Fetched, _ poll: Poll) -> Heard {
    isSettled(fetched, poll) ? .unchanged : .document(fetched)
  }

  /// Notes that nothing changed, where nothing has to be judged again.
  private func isSettled(_ fetched: Fetched, _ poll: Poll) -> Bool {
    guard fetched.isUnchanged, !poll.question.isConfirming, poll.before.failures == 0 else { return false }
    touch(fetched, poll)
    return true
  }

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
      poll.report.storeFault = error.kind
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

  /// A stop is no fault of the source, nor is a machine without a network.
  private func fail(_ fault: SourceFault, _ poll: Poll) async {
    poll.report.fault = fault
    guard !fault.isCancellation else { return }
    guard !poll.report.isCutOff else {
      poll.report.state.lastPoll = poll.report.at
      return
    }
    await record(fault, poll)
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
