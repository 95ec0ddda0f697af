import Testing

@testable import TickerParse

@Suite struct LinkTests {
  /// The examples of RFC 3986, section 5.4, with an http base.
  @Test(arguments: [
    ("g", "http://a/b/c/g"), ("./g", "http://a/b/c/g"), ("g/", "http://a/b/c/g/"), ("/g", "http://a/g"),
    ("//g", "http://g"),
    ("?y", "http://a/b/c/d;p?y"), ("g?y", "http://a/b/c/g?y"), ("#s", "http://a/b/c/d;p?q#s"),
    ("g?y#s", "http://a/b/c/g?y#s"),
    (";x", "http://a/b/c/;x"), (".", "http://a/b/c/"), ("./", "http://a/b/c/"), ("..", "http://a/b/"),
    ("../g", "http://a/b/g"),
    ("../..", "http://a/"), ("../../g", "http://a/g"), ("../../../g", "http://a/g"), ("/./g", "http://a/g"),
    ("/../g", "http://a/g"),
    ("g.", "http://a/b/c/g."), ("..g", "http://a/b/c/..g"), ("./../g", "http://a/b/g"), ("g/./h", "http://a/b/c/g/h"),
    ("g/../h", "http://a/b/c/h"), ("g?y/../x", "http://a/b/c/g?y/../x"),
    ("https://u:p@h:8/x/../y", "https://u:p@h:8/x/../y"),
    (" \n/a\n\tb ", "http://a/ab"), ("/a b", "http://a/a%20b"),
    ("\\g\\h", "http://a/g/h"), ("g\\h?x\\y", "http://a/b/c/g/h?x\\y"), ("http://h\\x\\y", "http://h/x/y"),
    ("http://h/x\\y", "http://h/x/y"), ("http://h:81/x", "http://h:81/x"), ("http://h?x", "http://h?x"),
    ("http://[::1]:8/x", "http://[::1]:8/x"), ("http://häuser.example/ä", "http://häuser.example/ä"),
  ])
  func resolves(_ reference: String, _ expected: String) {
    #expect(Link.absolute(reference, base: "http://a/b/c/d;p?q") == expected)
  }

  @Test(arguments: [
    "", " ", "javascript:alert(1)", "JavaScript:alert(1)", "java\nscript:x", "data:text/html,x", "mailto:a@b",
    "file:///etc/passwd", "http:", "http://", "https:///path",
    "http://a b/", "http://a%20b/", "http://a<b/", "http://a|b/", "http://[/", "http://\"x\".example/",
  ])
  func refuses(_ reference: String) { #expect(Link.absolute(reference, base: nil) == nil) }

  @Test func needsAnAbsoluteBase() {
    #expect(Link.absolute("/x", base: nil) == nil)
    #expect(Link.absolute("/x", base: "/y") == nil)
    #expect(Link.absolute("x", base: "http://a") == "http://a/x")
    #expect(Link.absolute("http://a/" + String(repeating: "x", count: 9000), base: nil) == nil)
  }
}
