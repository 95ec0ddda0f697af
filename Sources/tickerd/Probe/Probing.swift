import TickerConfig
import TickerFetch
import TickerModel
import TickerParse

/// One probe, from the request to the proposal.
struct Probing {
  let target: ProbeTarget

  /// Never throws: what goes wrong is part of the result.
  func run() async -> ProbeResult {
    var result = ProbeResult(target: target)
    do throws(SourceFault) {
      let fetched = try await fetch(target.url)
      result.fetched = fetched
      try await judge(fetched, into: &result)
    } catch {
      result.fault = error
    }
    result.table = table(of: result)
    return result
  }

  private func fetch(_ url: String) async throws(SourceFault) -> ProbeFetch {
    let response: FetchResponse
    do throws(FetchError) {
      if url.hasPrefix("file:") {
        let body = try LocalFile.read(path: LocalFile.path(ofURL: url), maxBytes: target.source.maxBody)
        return ProbeFetch(url: url, body: body, response: nil)
      }
      let fetcher = try Fetcher(maxTransfers: 1, userAgent: target.userAgent)
      defer { fetcher.stop() }
      response = try await fetcher.fetch(target.request(url))
    } catch {
      throw SourceFault(stage: .fetch, class: error.class.rawValue, reason: error.message)
    }
    guard (200...299).contains(response.status) else {
      throw SourceFault(stage: .fetch, class: "status", reason: "answered \(response.status); check the URL")
    }
    return ProbeFetch(url: response.finalURL, body: response.body, response: response)
  }

  /// By the source's own rules; where there are none, by what the document offers.
  private func judge(_ fetched: ProbeFetch, into result: inout ProbeResult) async throws(SourceFault) {
    let rules = ParseRules(target.source, url: fetched.url, contentType: fetched.contentType)
    result.survey = try? Survey(of: fetched.body, by: rules)
    let clock = ContinuousClock()
    let start = clock.now
    let own = Result { () throws(ParseError) in try DocumentParser.parse(fetched.body, by: rules) }
    result.parsing = clock.now - start
    let isPlainText = !target.isConfigured && result.survey?.kind == .text
    if case .success(let document) = own, !(isPlainText && result.survey?.lines.isEmpty == false) {
      result.take(document, rules)
    } else if target.source.kind == .auto, result.survey?.blocks.first?.isMarked != true || target.isConfigured,
      let feed = result.survey?.feeds.first, case .failure = own, await follow(feed, into: &result)
    {
    } else if !target.isConfigured, var proposal = result.survey?.proposal {
      (proposal.baseURL, proposal.contentType) = (rules.baseURL, rules.contentType)
      if let document = try? DocumentParser.parse(fetched.body, by: proposal) { result.take(document, proposal) }
    }
    if result.rules == nil, case .failure(let error) = own {
      throw SourceFault(stage: .parse, class: error.class.rawValue, reason: error.reason)
    }
  }

  /// Whether the feed that the page names gives items; it is fetched once, within the same bounds.
  private func follow(_ feed: FeedLink, into result: inout ProbeResult) async -> Bool {
    guard let fetched = try? await fetch(feed.url) else { return false }
    let rules = ParseRules(baseURL: fetched.url, contentType: fetched.contentType)
    guard let document = try? DocumentParser.parse(fetched.body, by: rules), !document.items.isEmpty else {
      return false
    }
    result.followed = feed
    result.take(document, rules)
    return true
  }

  /// The table to paste: the source's own, or one that takes the items shown.
  private func table(of result: ProbeResult) -> String? {
    guard !target.isConfigured else { return SourceText.toml(target.source) }
    guard let rules = result.rules else { return nil }
    var source = target.source
    if let feed = result.followed { source.url = .literal(feed.url) }
    let parts = URLParts(target.url)
    let place = parts.host.hasPrefix("www.") ? String(parts.host.dropFirst(4)) : parts.host
    let file = parts.path.split(separator: "/").last.map(String.init) ?? ""
    source.name = SourceText.name(from: parts.scheme == "file" ? file : place) ?? "source"
    if rules.select != nil || rules.items != nil || rules.start != nil || result.kind == .text {
      source.kind = result.kind ?? .auto
    }
    (source.select, source.fields) = (rules.select, rules.fields)
    (source.items, source.map) = (rules.items, rules.map)
    (source.start, source.end) = (rules.start, rules.end)
    return SourceText.toml(source)
  }
}
