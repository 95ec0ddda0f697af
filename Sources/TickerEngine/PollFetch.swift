import TickerFetch
import TickerModel
import TickerStore
import TickerText

/// The fetch stage: what is asked, and what an answer is.
extension Poller {
  func request(of poll: Poll) throws(FetchError) -> PreparedRequest {
    if let again = poll.question.again { return again }
    let question = poll.question
    let known = question.isWhole || !poll.isKnown ? nil : poll.before
    return try PreparedRequest(request(poll.polled, known, at: question.movedTo))
  }

  /// The final answer, whatever its status, and what its head tells of the source and of the machine.
  func answer(
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
  func unmodified(_ response: FetchResponse, _ poll: Poll) throws(SourceFault) -> Fetched? {
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

  func fetched(_ response: FetchResponse, _ hash: [UInt8], _ poll: Poll) -> Fetched {
    let fetched = Fetched(
      body: response.body, isUnchanged: poll.isKnown && hash == poll.before.bodyHash, bodyHash: hash,
      etag: response.headers.first("etag")?.value, lastModified: response.headers.first("last-modified")?.value,
      contentType: response.headers.first("content-type")?.text, url: response.finalURL)
    poll.report.answer = fetched.isUnchanged ? .same : .changed
    return fetched
  }

  /// What is to be read; a document that has to be read from a file or hashed elsewhere comes with this.
  func document(_ heard: Heard, _ poll: Poll) async throws(SourceFault) -> Fetched {
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
  func follow(
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

  @concurrent func hash(_ body: [UInt8]) async -> [UInt8] { Digest.sha256(body) }
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
