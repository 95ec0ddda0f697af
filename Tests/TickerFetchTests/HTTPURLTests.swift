import Testing

@testable import TickerFetch

@Suite struct HTTPURLTests {
  /// What is written, what is fetched, and its host.
  @Test(arguments: [
    ("http://example.org", "http://example.org/", "example.org"),
    ("HTTPS://Example.ORG/a/../b", "https://Example.ORG/b", "example.org"),
    ("http://0x7f.1/", "http://127.0.0.1/", "127.0.0.1"), ("http://2130706433/", "http://127.0.0.1/", "127.0.0.1"),
    ("http://example.org/é?ö", "http://example.org/%c3%a9?%c3%b6", "example.org"),
    ("http://bücher.example/", "http://xn--bcher-kva.example/", "xn--bcher-kva.example"),
    ("http://１２７。０。０。１/", "http://127.0.0.1/", "127.0.0.1"),
    ("http://example.org/a b", "http://example.org/a%20b", "example.org"),
    ("http://[::1]:80/x", "http://[::1]:80/x", "[::1]"),
    ("http://user:pw@example.org/", "http://example.org/", "example.org"),
    (#"http://example.org\@127.0.0.1/"#, "http://example.org/@127.0.0.1/", "example.org"),
    (#"http://example.org/?a\b"#, #"http://example.org/?a\b"#, "example.org"),
  ])
  func reads(url: String, text: String, host: String) throws {
    let parsed = try HTTPURL(url)
    #expect(parsed.text == text)
    #expect(parsed.host == host)
  }

  @Test(arguments: [
    ("/b", "https://example.org/b"), ("b?c", "https://example.org/a/b?c"), ("//other.org/x", "https://other.org/x"),
    ("http://[::1]/", "http://[::1]/"),
  ])
  func resolves(reference: String, text: String) throws {
    let base = try HTTPURL("https://example.org/a/index")
    #expect(try HTTPURL(reference, relativeTo: base).text == text)
  }

  @Test(arguments: ["file:///etc/passwd", "dict://a/", "example.org", "http://", "http://a\u{0}b/"])
  func refuses(url: String) {
    #expect(throws: HTTPURL.Fault.self) { try HTTPURL(url) }
  }
}

@Suite struct OriginTests {
  @Test func loginsAreTakenOut() throws {
    let url = try HTTPURL("https://m%40e:p%3Aw@example.org:8443/x")
    #expect(url.login == "m@e:p:w" && url.text == "https://example.org:8443/x" && url.port == 8443)
    #expect(url.textWithLogin == "https://m%40e:p%3Aw@example.org:8443/x")
    #expect(try HTTPURL("http://example.org").login == nil)
    #expect(try HTTPURL("http://me@example.org").login == "me:")
  }

  /// Where a redirect from the first leads, and whether headers may go there.
  @Test(arguments: [
    ("http://a.example/x", "http://a.example/y", true), ("http://a.example/", "https://A.example/", true),
    ("https://a.example/", "http://a.example/", false), ("http://a.example/", "http://b.example/", false),
    ("http://a.example/", "http://a.example:81/", false), ("http://a.example:81/", "https://a.example/", false),
    ("http://a.example:80/", "http://a.example/", true), ("http://a.example/", "http://a.example.b/", false),
    ("http://a.example/", "http://a.example@b.example/", false),
    ("https://a.example/", "https://a.example:8443/", false),
  ])
  func confidenceEndsWithTheOrigin(from: String, to: String, isTrusted: Bool) throws {
    #expect(try HTTPURL(to).isTrusted(by: HTTPURL(from)) == isTrusted)
  }
}
