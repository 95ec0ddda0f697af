import TickerConfig
import TickerDelivery
import TickerEngine
import TickerFetch
import TickerModel
import TickerText

/// Reaches every enabled source and webhook once, as the daemon would: what answers, how fast, and what will soon be a
/// problem. Records nothing; a webhook gets one signed event of type `test`.
struct ConnectionCheck {
  /// At once; a configuration may have thousands of sources.
  private static let concurrency = 32
  /// A certificate that ends sooner should have been renewed: most are two thirds through their life.
  static let certificateNotice = Duration.seconds(14 * 86_400)
  /// Receivers refuse signatures whose time is five minutes off; a minute is a clock that nobody sets.
  static let clockTolerance = Duration.seconds(60)
  /// Bytes of an answer that are read: the head decides.
  private static let longestAnswer = 64 << 10

  let resolved: ResolvedConfiguration
  let fetcher: Fetcher

  /// In the order of the configuration, sources first.
  func run() async -> [ConnectionReport] {
    let targets =
      resolved.configuration.sources.filter(\.enabled).map(Target.source)
      + resolved.configuration.webhooks.filter(\.enabled).map(Target.webhook)
    return await withTaskGroup(of: (Int, ConnectionReport).self) { group in
      var reports = [ConnectionReport?](repeating: nil, count: targets.count)
      var rest = targets.enumerated().makeIterator()
      func start() {
        guard let (index, target) = rest.next() else { return }
        group.addTask { (index, await reach(target)) }
      }
      for _ in 0..<Self.concurrency { start() }
      for await (index, report) in group {
        reports[index] = report
        start()
      }
      return reports.compactMap(\.self)
    }
  }
}

extension ConnectionCheck {
  private enum Target: Sendable {
    case source(Source)
    case webhook(Webhook)
  }

  private func reach(_ target: Target) async -> ConnectionReport {
    switch target {
    case .source(let source): await reach(source)
    case .webhook(let webhook): await reach(webhook)
    }
  }

  private func reach(_ source: Source) async -> ConnectionReport {
    let url = resolved.sourceURLs[source.name] ?? ResolvedURL("", isSecret: true)
    var report = ConnectionReport(kind: .source, name: source.name, url: url.shown)
    guard !url.text.hasPrefix("file:") else {
      do throws(FetchError) {
        _ = try LocalFile.read(path: LocalFile.path(ofURL: url.text), maxBytes: source.maxBody)
      } catch { report.fail(error) }
      return report
    }
    var request = FetchRequest(url: url.text, timeout: source.timeout, maxBody: Self.longestAnswer)
    request.overflow = .cut
    request.maxRedirects = FetchRequest.sourceRedirects
    request.allowNet = source.allowNet
    request.access = resolved.access.sources[source.name] ?? FetchAccess()
    request.urlIsSecret = url.isSecret
    await reach(request, into: &report)
    return report
  }

  private func reach(_ webhook: Webhook) async -> ConnectionReport {
    let url = resolved.webhookURLs[webhook.name] ?? ResolvedURL("", isSecret: true)
    var report = ConnectionReport(kind: .webhook, name: webhook.name, url: url.shown)
    let form = MessageForm(webhook)
    let address = EndpointAddress(
      name: webhook.name, url: form.place(url.text), urlIsSecret: url.isSecret, keys: resolved.keys[webhook.name] ?? [],
      allowNet: webhook.allowNet, timeout: webhook.timeout,
      access: resolved.access.webhooks[webhook.name] ?? FetchAccess())
    let now = Timestamp.now
    let drill = DeliveredEvent(Self.drill(for: webhook, at: now), epoch: Self.epoch)
    let message = form.message(drill)
    await reach(WebhookSender.request(message, number: 1, to: address, now: now), into: &report)
    return report
  }

  private func reach(_ request: FetchRequest, into report: inout ConnectionReport) async {
    var request = request
    request.wantsCertificate = true
    do throws(FetchError) {
      report.take(try await fetcher.fetch(request), at: Timestamp.now)
    } catch { report.fail(error) }
  }

  /// In place of the log's: this event is in no log.
  private static let epoch = "check"

  private static func drill(for webhook: Webhook, at now: Timestamp) -> LogRecord {
    var body = JSONText()
    body.member("at", now.text)
    body.member("title", "tickerd checks the connection to \(webhook.name)")
    body.member("endpoint", webhook.name)
    body.member("level", Level.flash.rawValue)
    return LogRecord(
      sequence: now.milliseconds, at: now, type: "test", source: nil, item: nil, level: .flash, tags: [], also: [],
      body: body.bytes)
  }
}

/// What came of one connection.
struct ConnectionReport: Sendable {
  enum Kind: String, Sendable { case source, webhook }

  let kind: Kind
  let name: String
  let url: String
  private(set) var address: String?
  private(set) var timing: FetchTiming?
  private(set) var status: Int?
  private(set) var certificateEnds: Timestamp?
  /// How far the server's clock is ahead.
  private(set) var clockSkew: Duration?
  /// A short word and a sentence.
  private(set) var failure: (class: String, reason: String)?
  /// What works and will not for long.
  private(set) var warnings: [String] = []

  init(kind: Kind, name: String, url: String) {
    self.kind = kind
    self.name = name
    self.url = url
  }

  mutating func fail(_ error: FetchError) { failure = (error.class.rawValue, error.message) }

  mutating func take(_ response: FetchResponse, at now: Timestamp) {
    address = response.address?.text
    timing = response.timing
    status = response.status
    if !(200...299).contains(response.status) {
      failure = ("status", "answered \(response.status)" + Self.advice(on: response.status, kind))
    }
    certificateEnds = response.certificateEnds
    if let end = certificateEnds, end.since(now) < ConnectionCheck.certificateNotice {
      let left = end.since(now)
      warnings.append(left > .zero ? "its certificate ends in \(Self.days(left)) days" : "its certificate has ended")
    }
    guard let date = response.headers.first("date").flatMap({ RetryAfter.date($0.text) }) else { return }
    // A cache says how old its answer is (RFC 9111 §5.1); the date is that of the server behind it, then.
    let age = response.headers.first("age").flatMap { Int64($0.text) }.flatMap { $0 >= 0 ? $0 : nil } ?? 0
    let skew = (date + .seconds(min(age, Self.oldest))).since(now)
    // The header has whole seconds.
    clockSkew = skew
    if max(skew, .zero - skew) > ConnectionCheck.clockTolerance {
      let seconds = abs(skew.inMilliseconds / 1000)
      warnings.append("its clock is \(seconds) s \(skew > .zero ? "ahead" : "behind"); compare the clocks")
    }
  }

  private static func advice(on status: Int, _ kind: Kind) -> String {
    switch status {
    case 300...399: "; a redirect is not followed, configure the final URL"
    case 401, 403: kind == .webhook ? "; compare the signing keys on both sides" : "; it refuses this client"
    case 404, 410: "; nothing is there, check the URL"
    default: ""
    }
  }

  /// Seconds; a cache that claims more is no clock.
  private static let oldest: Int64 = 400 * 86_400

  fileprivate static func days(_ duration: Duration) -> Int64 { duration.inMilliseconds / 86_400_000 }
}

extension ConnectionReport {
  private var verdict: String { failure != nil ? "failed" : warnings.isEmpty ? "ok" : "warning" }

  /// One line for people.
  func text(at now: Timestamp) -> String {
    var parts: [String] = []
    if let failure { parts.append("\(failure.class): \(failure.reason)") }
    parts += warnings
    if let status, failure == nil { parts.append("http \(status)") }
    if let timing {
      let stages = [
        ("dns", timing.nameLookup), ("tcp", timing.connected), ("tls", timing.secured), ("answer", timing.firstByte),
      ]
      parts.append(
        stages.filter { $0.1 > .zero }.map { "\($0) \(max(1, $1.inMilliseconds)) ms" }.joined(separator: " "))
    }
    if let certificateEnds {
      parts.append("certificate for \(Self.days(certificateEnds.since(now))) days")
    }
    if let clockSkew { parts.append("clock \(clockSkew >= .zero ? "+" : "")\(clockSkew.inMilliseconds / 1000) s") }
    let line = "\(verdict.padded(to: 8))\(kind.rawValue.padded(to: 8))\(name)  \(address ?? url)  "
    return VisibleText.escaped(line + parts.joined(separator: ", "))
  }

  /// `kind name url verdict address status dns_ms tcp_ms tls_ms answer_ms certificate_ends certificate_days
  /// clock_skew class reason warnings`; times are counted from the start.
  func json(at now: Timestamp) -> JSONText {
    var json = JSONText()
    json.member("kind", kind.rawValue)
    json.member("name", name)
    json.member("url", url)
    json.member("verdict", verdict)
    json.member("address", address)
    if let status { json.member("status", status) }
    if let timing {
      json.member("dns_ms", Int(timing.nameLookup.inMilliseconds))
      json.member("tcp_ms", Int(timing.connected.inMilliseconds))
      json.member("tls_ms", Int(timing.secured.inMilliseconds))
      json.member("answer_ms", Int(timing.firstByte.inMilliseconds))
    }
    json.member("certificate_ends", certificateEnds?.text)
    if let certificateEnds { json.member("certificate_days", Int(Self.days(certificateEnds.since(now)))) }
    if let clockSkew { json.member("clock_skew", Int(clockSkew.inMilliseconds / 1000)) }
    json.member("class", failure?.class)
    json.member("reason", failure?.reason)
    json.member("warnings", warnings)
    return json
  }

  var hasFailed: Bool { failure != nil }
}

extension String {
  fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }
}
