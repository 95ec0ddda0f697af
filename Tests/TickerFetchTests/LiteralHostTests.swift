import Testing
import TickerFetch
import TickerModel

@Suite struct LiteralHostTests {
  @Test(arguments: [
    ("127.0.0.1", "127.0.0.1"), ("127.0.0.1.", "127.0.0.1"), ("127.1", "127.0.0.1"), ("2130706433", "127.0.0.1"),
    ("0x7f000001", "127.0.0.1"), ("017700000001", "127.0.0.1"), ("0177.0.0.1", "127.0.0.1"), ("0x7F.0.1", "127.0.0.1"),
    ("0", "0.0.0.0"), ("10.258", "10.0.1.2"), ("[::1]", "::1"), ("::1", "::1"), ("[fe80::1%25eth0]", "fe80::1"),
    ("fe80::1%eth0", "fe80::1"), ("[::ffff:10.0.0.1]", "::ffff:a00:1"), ("localhost", "127.0.0.1"),
    ("LOCALHOST.", "127.0.0.1"), ("news.localhost", "127.0.0.1"), ("8.8.8.8", "8.8.8.8"),
  ])
  func readsEverySpelling(host: String, address: String) {
    #expect(LiteralHost.address(host)?.text == address)
  }

  @Test(arguments: [
    "", ".", "example.org", "localhost.example", "256.1.1.1", "1.2.3.4.5", "0x", "face", "a.b", "127.0.0.1 x", "[::g]",
    "::1]",
    "08.1.1.1", "127.0.0.1..", "4294967296",
  ])
  func leavesNamesAlone(host: String) { #expect(LiteralHost.address(host) == nil) }
}
