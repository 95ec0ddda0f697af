import TestSupport
import TickerText

/// What servers do to those who poll them, and what is to be told of it: a named failure, or nothing.
struct ServerMishap: Sendable {
  let name: String
  let response: LoopbackServer.Response
  /// `stage class` and words of the reason; nil: the source is well.
  let failure: (told: String, words: String)?
  let settings: String

  init(
    _ name: String, _ response: LoopbackServer.Response, _ told: String? = nil, _ words: String = "",
    settings: String = ""
  ) {
    self.name = name
    self.response = response
    failure = told.map { ($0, words) }
    self.settings = settings
  }
}

extension ServerMishap {
  private static let feed = Array(
    """
    <?xml version="1.0"?><rss version="2.0"><channel><title>t</title>
    <item><title>A line that every source has</title><guid>1</guid></item></channel></rss>
    """.utf8)
  private static let rss = [LoopbackServer.Header("Content-Type", "application/rss+xml")]
  private static func head(_ lines: String...) -> [UInt8] {
    Array((["HTTP/1.1 200 OK"] + lines + ["", ""]).joined(separator: "\r\n").utf8)
  }
  private static let whole = head("Content-Length: \(feed.count)") + feed
  private static func gzip(_ body: [UInt8]) -> LoopbackServer.Response {
    .answer(status: 200, headers: [.init("Content-Encoding", "gzip")], body: body)
  }
  private static func document(_ text: String) -> LoopbackServer.Response {
    .answer(status: 200, headers: rss, body: Array(text.utf8))
  }

  /// `elsewhere` is a place that answers a redirect with a further one, for ever.
  static func all(elsewhere: String) -> [ServerMishap] { slow + broken + large + refused(elsewhere) + documents }

  private static let slow = [
    ServerMishap("late", .dribble(Array(whole.prefix(60)), pause: .seconds(60)), "fetch timeout", "within 500ms"),
    ServerMishap("dribble", .dribble(whole, pause: .milliseconds(20)), "fetch timeout", "within 500ms"),
    ServerMishap("hang", .hang, "fetch timeout", "within 500ms"),
    ServerMishap("stall", .stall(after: Array(whole.dropLast(20))), "fetch timeout", "within 500ms"),
    ServerMishap("stallhead", .stall(after: Array("HTTP/1.1 200 OK\r\nX: ".utf8)), "fetch timeout", "within 500ms"),
  ]

  private static let broken = [
    ServerMishap("trunc", .truncated(headers: [], body: feed, length: 2 * feed.count), "fetch body", "ended early"),
    ServerMishap("midclose", .reset(after: Array(whole.dropLast(20))), "fetch connect", "broke"),
    ServerMishap("hdrclose", .raw(Array("HTTP/1.1 200 OK\r\nContent-".utf8)), "fetch protocol", "within its head"),
    ServerMishap("reset", .reset(after: []), "fetch connect", "broke"),
    ServerMishap("close", .close, "fetch connect", "without an answer"),
    ServerMishap(
      "cllong", .raw(head("Content-Length: 9999", "Connection: close") + feed), "fetch body", "ended early"),
    ServerMishap("clshort", .raw(head("Content-Length: \(feed.count - 5)", "Connection: close") + feed)),
    ServerMishap(
      "clstrange", .raw(head("Content-Length: many", "Connection: close") + feed), "fetch protocol"),
    ServerMishap(
      "chunktrunc", .raw(head("Transfer-Encoding: chunked") + Array("ff\r\nhalf".utf8)), "fetch body", "ended early"),
    ServerMishap("badgzip", gzip(feed), "fetch body", "compression"),
    ServerMishap("nohttp", .raw(Array("220 mail.example ESMTP\r\n".utf8)), "fetch protocol"),
  ]

  private static let large = [
    ServerMishap(
      "endless", .endless(head("Connection: close"), again: [UInt8](repeating: 0x61, count: 65_536)), "fetch body",
      "larger than max_body, 64KiB"),
    ServerMishap(
      "huge", .truncated(headers: [], body: [], length: 1 << 30), "fetch body", "larger than max_body, 64KiB"),
    ServerMishap("bomb", gzip(Gzip.bomb(matches: 20_000)), "fetch body", "larger than max_body, 64KiB"),
    ServerMishap(
      "hdrbig", .endless(Array("HTTP/1.1 200 OK\r\n".utf8), again: Array("X-Flood: 0123456789\r\n".utf8)),
      "fetch protocol", "head is larger"),
    ServerMishap(
      "hdrline", .endless(Array("HTTP/1.1 200 OK\r\nX: ".utf8), again: [UInt8](repeating: 0x61, count: 4096)),
      "fetch protocol", "head is larger"),
  ]

  private static func refused(_ elsewhere: String) -> [ServerMishap] {
    let statuses = [401, 403, 404, 408, 410, 418, 429, 500, 502, 503, 504].map {
      ServerMishap("s\($0)", .status($0, headers: [.init("Retry-After", "0")]), "fetch status", "answered \($0)")
    }
    return statuses + [
      ServerMishap("loop", .redirect(to: elsewhere), "fetch redirect", "more than 5 redirects"),
      ServerMishap("fileredir", .redirect(to: "file:///etc/passwd"), "fetch redirect", "not http or https"),
      ServerMishap("gopher", .redirect(to: "gopher://127.0.0.1/"), "fetch redirect", "not http or https"),
      ServerMishap("inside", .redirect(to: "http://169.254.169.254/"), "fetch address", "allow_net = "),
      ServerMishap("nowhere", .status(302), "fetch status", "answered 302"),
    ]
  }

  private static let documents = [
    ServerMishap("empty", document(""), "parse document"),
    ServerMishap("blank", document(" \n \n"), "parse document"),
    ServerMishap("nul", document("\u{0}\u{0}\u{0}\u{0}"), "parse document"),
    ServerMishap("login", document("<!doctype html><html><body><form>Log in</form></body></html>"), "parse kind"),
    ServerMishap(
      "utf8",
      .answer(
        status: 200, headers: rss,
        body: Array("<rss version=\"2.0\"><channel><item><title>".utf8) + [0xFF, 0xC3, 0x28]
          + Array("</title></item></channel></rss>".utf8))),
    ServerMishap(
      "xxe",
      document(
        "<?xml version=\"1.0\"?><!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><rss version=\"2.0\"><channel>"
          + "<item><title>Before &x; after</title></item></channel></rss>")),
    ServerMishap(
      "laughs",
      document(
        "<?xml version=\"1.0\"?><!DOCTYPE r [<!ENTITY a \"haha\">"
          + (1...9).map { index in
            let name = String(UnicodeScalar(UInt8(0x61 + index)))
            let inner = "&" + String(UnicodeScalar(UInt8(0x60 + index))) + ";"
            return "<!ENTITY \(name) \"\(String(repeating: inner, count: 10))\">"
          }.joined() + "]><rss version=\"2.0\"><channel><item><title>&j;</title></item></channel></rss>")),
    ServerMishap(
      "flap",
      .answer(
        status: 200, headers: rss + [.init("ETag", "\"\("x" + String(repeating: "y", count: 9000))\"")], body: feed)),
    ServerMishap("noval", .answer(status: 200, headers: rss, body: feed)),
  ]
}
