import Testing
import TickerModel

@Test(arguments: [
  ("HTTP://Ann:pw@News.Example:8080/a?b=c#d", ["http", "Ann:pw", "news.example", "8080", "/a", "b=c", "d"]),
  ("https://[2001:DB8::1]:443/", ["https", "nil", "2001:db8::1", "443", "/", "nil", "nil"]),
  ("//host/p@th:1", ["", "nil", "host", "nil", "/p@th:1", "nil", "nil"]),
  ("a/b:c?x#", ["", "nil", "", "nil", "a/b:c", "x", ""]),
  ("mailto:a@b", ["mailto", "nil", "", "nil", "a@b", "nil", "nil"]),
  ("https://a@b@c/", ["https", "a@b", "c", "nil", "/", "nil", "nil"]),
  ("http://[::1/", ["http", "nil", "[:", "nil", "/", "nil", "nil"]),
  // A combining character makes one Character of itself and the mark before it, and no other URL.
  (
    "http:/\u{301}/", ["http", "nil", "", "nil", "/\u{301}/", "nil", "nil"]
  ),
  (
    "https://ann:pw@\u{301}h/\u{301}?\u{301}#\u{FE0F}\u{20E3}",
    ["https", "ann:pw", "\u{301}h", "nil", "/\u{301}", "\u{301}", "\u{FE0F}\u{20E3}"]
  ),
])
func aURLIsTakenApartByItsBytes(url: String, expected: [String]) {
  let parts = URLParts(url)
  #expect(
    [
      parts.scheme, parts.userinfo ?? "nil", parts.host, parts.port.map(String.init) ?? "nil", parts.path,
      parts.query ?? "nil", parts.fragment ?? "nil",
    ] == expected)
}
