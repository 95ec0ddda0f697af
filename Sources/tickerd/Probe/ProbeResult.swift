import TickerFetch
import TickerModel
import TickerParse
import TickerText

/// What a fetch brought.
struct ProbeFetch {
  /// After redirects.
  let url: String
  let body: [UInt8]
  /// Nil for a file.
  let response: FetchResponse?

  var contentType: String? { header("content-type") }

  func header(_ name: String) -> String? { response?.headers.first(name)?.text }
}

/// What a probe found, and how it is told.
struct ProbeResult {
  let target: ProbeTarget
  var fetched: ProbeFetch?
  var survey: Survey?
  /// The rules that gave the items.
  var rules: ParseRules?
  var kind: SourceKind?
  var items: [ParsedItem] = []
  /// What was broken in a document that could be read.
  var warning: String?
  /// The feed that was read in the page's place.
  var followed: FeedLink?
  var fault: SourceFault?
  var parsing: Duration?
  var table: String?

  init(target: ProbeTarget) { self.target = target }

  mutating func take(_ document: ParsedDocument, _ rules: ParseRules) {
    self.rules = rules
    kind = document.kind
    items = document.items
    warning = document.fault
  }
}

// MARK: For programs

extension ProbeResult {
  var json: JSONText {
    var json = JSONText(reserving: 4096)
    json.member("url", target.shown)
    json.member("final_url", fetched.map { target.isSecret ? MaskedURL.hostOnly($0.url) : MaskedURL.text($0.url) })
    if let response = fetched?.response { json.member("status", response.status) }
    if let fetched { json.member("bytes", fetched.body.count) }
    json.member("content_type", fetched?.contentType)
    json.member("kind", kind?.rawValue ?? survey?.kind.rawValue)
    json.member("followed", followed?.url)
    json.member("items", objects: items.map(\.json))
    json.member("candidates", objects: candidates)
    json.member("feeds", objects: (survey?.feeds ?? []).map(Self.feed))
    json.member("table", table)
    json.member("cache", object: cache)
    json.member("timing_ms", object: timing)
    json.member("warning", warning)
    if let fault {
      var error = JSONText()
      error.member("stage", fault.stage.rawValue)
      error.member("class", fault.class)
      error.member("reason", fault.reason)
      json.member("error", object: error)
    }
    return json
  }

  private var candidates: [JSONText] {
    let blocks = (survey?.blocks ?? []).map { block in
      var json = JSONText()
      json.member("select", block.select)
      if !block.fields.given.isEmpty {
        json.member("fields", object: Self.pairs(block.fields.given.map { ($0.name.rawValue, $0.selector) }))
      }
      json.member("count", block.count)
      json.member("texts", block.texts)
      return json
    }
    let lists = (survey?.lists ?? []).map { list in
      var json = JSONText()
      json.member("items", list.items)
      json.member("map", object: Self.pairs(list.map.given.map { ($0.name.rawValue, $0.path) }))
      json.member("count", list.count)
      json.member("texts", list.texts)
      return json
    }
    let lines = (survey?.lines ?? []).map { line in
      var json = JSONText()
      json.member("start", line.start)
      json.member("end", "")
      json.member("texts", line.texts)
      return json
    }
    return blocks + lists + lines
  }

  /// Names of parts are words; their values may be anything.
  private static func pairs(_ pairs: [(String, String)]) -> JSONText {
    var bytes: [UInt8] = []
    for (name, value) in pairs {
      if !bytes.isEmpty { bytes.append(UInt8(ascii: ",")) }
      JSONText.append(string: name, to: &bytes)
      bytes.append(UInt8(ascii: ":"))
      JSONText.append(string: value, to: &bytes)
    }
    var json = JSONText()
    json.append(members: bytes)
    return json
  }

  private static func feed(_ feed: FeedLink) -> JSONText {
    var json = JSONText()
    json.member("url", feed.url)
    json.member("type", feed.type)
    json.member("title", feed.title)
    return json
  }

  private var cache: JSONText {
    var json = JSONText()
    json.member("etag", fetched?.header("etag"))
    json.member("last_modified", fetched?.header("last-modified"))
    json.member("cache_control", fetched?.header("cache-control"))
    json.member("expires", fetched?.header("expires"))
    json.member("age", fetched?.header("age"))
    return json
  }

  private var timing: JSONText {
    var json = JSONText()
    for stage in stages { json.member(stage.key, json: Array(Self.milliseconds(stage.time).utf8)) }
    return json
  }
}

// MARK: For people

extension ProbeResult {
  private static let shownItems = 20

  /// Each safe for a terminal.
  var lines: [String] {
    let lines =
      head + shownList + shownCandidates + (table.map { [""] + $0.split(separator: "\n").map(String.init) } ?? [])
    return lines.map(VisibleText.escaped)
  }

  private var head: [String] {
    var lines = [target.shown]
    if let fetched {
      let facts = [
        fetched.response.map { "\($0.status)" }, "\(fetched.body.count) bytes", fetched.contentType,
        fetched.url == target.url
          ? nil : "from \(target.isSecret ? MaskedURL.hostOnly(fetched.url) : MaskedURL.text(fetched.url))",
      ]
      lines.append("  fetched  " + facts.compactMap(\.self).joined(separator: ", "))
      lines.append("  time     " + stages.map { "\($0.name) \(Self.milliseconds($0.time)) ms" }.joined(separator: ", "))
      if fetched.response != nil { lines.append("  cache    " + shownCache(fetched)) }
    }
    if let kind = kind ?? survey?.kind { lines.append("  kind     \(kind.rawValue), \(items.count) items") }
    for feed in (survey?.feeds ?? []).prefix(5) {
      lines.append("  feed     \(feed.url)" + (feed.url == followed?.url ? ", which the daemon would follow" : ""))
    }
    if let warning { lines.append("  broken   \(warning)") }
    return lines
  }

  private func shownCache(_ fetched: ProbeFetch) -> String {
    let names = ["etag", "last-modified", "cache-control", "expires", "age", "retry-after"]
    let shown = names.compactMap { name in fetched.header(name).map { "\(name): \($0)" } }
    let hasValidator = ["etag", "last-modified"].contains { fetched.header($0) != nil }
    return (shown + (hasValidator ? [] : ["no validator: every poll transfers the whole document"])).joined(
      separator: "; ")
  }

  private var shownList: [String] {
    guard !items.isEmpty else { return [] }
    var lines = ["", "items"]
    for item in items.prefix(Self.shownItems) {
      let time = item.published ?? item.updated
      lines.append(
        "  " + (time.map { $0.textToTheSecond + "  " } ?? "")
          + (item.title ?? item.summary ?? item.link ?? "(no title)"))
    }
    if items.count > Self.shownItems { lines.append("  and \(items.count - Self.shownItems) more") }
    return lines
  }

  private var shownCandidates: [String] {
    var lines: [String] = []
    for block in survey?.blocks ?? [] {
      let fields = block.fields.given.map { "\($0.name.rawValue) = \($0.selector)" }.joined(separator: ", ")
      lines.append("  select = \(block.select)" + (fields.isEmpty ? "" : "  with \(fields)") + "  (\(block.count))")
      lines += block.texts.prefix(3).map { "      \($0)" }
    }
    for list in survey?.lists ?? [] {
      lines.append("  items = \(list.items)  (\(list.count))")
      lines += list.texts.prefix(3).map { "      \($0)" }
    }
    for line in survey?.lines ?? [] {
      lines.append("  start = \(line.start)")
      lines += line.texts.prefix(3).map { "      \($0)" }
    }
    return lines.isEmpty ? [] : ["", "candidates"] + lines
  }
}

// MARK: Time

extension ProbeResult {
  /// How long each stage took, in the order in which they happened.
  fileprivate var stages: [(key: StaticString, name: String, time: Duration)] {
    var stages: [(key: StaticString, name: String, time: Duration)] = []
    if let timing = fetched?.response?.timing {
      let secured = max(timing.secured, timing.connected)
      stages = [
        ("dns", "name lookup", timing.nameLookup),
        ("connect", "connect", max(.zero, timing.connected - timing.nameLookup)),
        ("tls", "TLS", secured - timing.connected),
        ("first_byte", "first byte", max(.zero, timing.firstByte - secured)),
        ("transfer", "transfer", max(.zero, timing.total - timing.firstByte)),
      ]
    }
    if let parsing { stages.append(("parse", "parse", parsing)) }
    return stages
  }

  /// With three digits after the point.
  fileprivate static func milliseconds(_ duration: Duration) -> String {
    let microseconds = max(
      0, duration.components.seconds * 1_000_000 + duration.components.attoseconds / 1_000_000_000_000)
    let rest = String(microseconds % 1000)
    return "\(microseconds / 1000)." + String(repeating: "0", count: 3 - rest.count) + rest
  }
}
