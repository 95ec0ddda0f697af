import Testing
import TickerFetch
import TickerModel

@Suite struct ReachTests {
  private static let private1 = [NetworkAddress("10.1.2.3")].compactMap(\.self)
  private static let public1 = [NetworkAddress("93.184.216.34")].compactMap(\.self)

  /// Every spelling of an address that must not be reached, with the network that is named.
  @Test(
    arguments: [
      // Loopback in numbers of every base and length.
      ("http://127.0.0.1/", "127.0.0.0/8"), ("http://127.1/", "127.0.0.0/8"), ("http://127.0.1/", "127.0.0.0/8"),
      ("http://2130706433/", "127.0.0.0/8"), ("http://0x7f000001/", "127.0.0.0/8"),
      ("http://0x7F.0.0.0x1/", "127.0.0.0/8"), ("http://017700000001/", "127.0.0.0/8"),
      ("http://0177.0.0.01/", "127.0.0.0/8"), ("http://127.255.255.254/", "127.0.0.0/8"),
      ("http://0.0.0.0/", "0.0.0.0/8"), ("http://0/", "0.0.0.0/8"), ("http://0x0/", "0.0.0.0/8"),
      // The same with decorations.
      ("http://127.0.0.1./", "127.0.0.0/8"), ("http://127%2e0.0.1/", "127.0.0.0/8"),
      ("http://①②⑦.⓪.⓪.①/", "127.0.0.0/8"), ("http://１２７。０。０。１/", "127.0.0.0/8"),
      ("http://user:pass@127.0.0.1/", "127.0.0.0/8"), ("http://example.org@127.0.0.1/", "127.0.0.0/8"),
      ("http://example.org:80@127.0.0.1:81/", "127.0.0.0/8"), ("http://127.0.0.1#@example.org/", "127.0.0.0/8"),
      ("http://127.0.0.1?@example.org/", "127.0.0.0/8"), ("http://127.0.0.1\\@example.org/", "127.0.0.0/8"),
      ("HTTP://LOCALHOST/", "127.0.0.0/8"), ("http://localhost./", "127.0.0.0/8"),
      ("http://a.b.localhost/", "127.0.0.0/8"),
      // Other networks.
      ("http://10.1.2.3/", "10.0.0.0/8"), ("http://172.31.255.255/", "172.16.0.0/12"),
      ("http://192.168.0.1/", "192.168.0.0/16"), ("http://3232235521/", "192.168.0.0/16"),
      ("http://100.64.0.1/", "100.64.0.0/10"), ("http://169.254.1.1/", "169.254.0.0/16"),
      ("http://169.254.169.254/", "169.254.169.254/32"), ("http://0xa9fea9fe/", "169.254.169.254/32"),
      ("http://224.0.0.1/", "224.0.0.0/4"), ("http://255.255.255.255/", "240.0.0.0/4"),
      ("http://198.18.0.1/", "198.18.0.0/15"), ("http://192.0.2.1/", "192.0.2.0/24"),
      // IPv6, and IPv4 within it.
      ("http://[::1]/", "::1/128"), ("http://[0:0:0:0:0:0:0:1]/", "::1/128"), ("http://[::]/", "::/128"),
      ("http://[::ffff:127.0.0.1]/", "::ffff:0:0/96"), ("http://[::ffff:7f00:1]/", "::ffff:0:0/96"),
      ("http://[::127.0.0.1]/", "::/96"), ("http://[64:ff9b::7f00:1]/", "64:ff9b::/96"),
      ("http://[64:ff9b:1::7f00:1]/", "64:ff9b:1::/48"), ("http://[2002:7f00:1::]/", "2002::/16"),
      ("http://[2001:0:1:2:3:4:5:6]/", "2001::/32"), ("http://[fd00::1]/", "fc00::/7"),
      ("http://[fd00:ec2::254]/", "fd00:ec2::254/128"), ("http://[fe80::1%25eth0]/", "fe80::/10"),
      ("http://[ff02::1]/", "ff00::/8"), ("http://[2001:db8::1]/", "2001:db8::/32"),
    ])
  func everySpellingIsRefused(url: String, network: String) throws {
    let reach = Reach(url: url, allowNet: []) { _ in .absent }
    #expect(!reach.isAllowed)
    let refusal = try #require(reach.literal?.refusal, "\(reach)")
    #expect(refusal.network.text == network)
    // The line that is told is the line that helps, but for what is embedded in two ways.
    let remedy = refusal.remedy.split(separator: "\"")[1]
    let allowed = Reach(url: url, allowNet: [NetworkRange(String(remedy))].compactMap(\.self)) { _ in .absent }
    #expect(allowed.isAllowed)
  }

  @Test(arguments: ["http://8.8.8.8/", "http://134744072/", "https://[2606:4700::1111]/", "http://172.32.0.1/"])
  func publicAddressesAreAllowed(url: String) { #expect(Reach(url: url, allowNet: []) { _ in .absent }.isAllowed) }

  @Test(arguments: [
    "", "example.org", "ftp://a/", "file:///etc/passwd", "http://", "http://a b/", "http://[::g]/", "gopher://a",
  ])
  func whatIsNotFetchedIsRefused(url: String) {
    let reach = Reach(url: url, allowNet: []) { _ in .addresses(Self.public1) }
    #expect(!reach.isAllowed)
    if case .url(let reason) = reach.obstacle { #expect(!reason.isEmpty) } else { Issue.record("\(reach)") }
  }

  @Test func namesAreJudgedByEachAddress() {
    let reach = { (answer: NameAnswer, allowNet: [String]) in
      Reach(url: "https://news.example/x", allowNet: allowNet.compactMap { NetworkRange($0) }) { _ in answer }
    }
    #expect(!reach(.addresses(Self.private1), []).isAllowed)
    #expect(reach(.addresses(Self.private1), ["10.1.2.0/24"]).isAllowed)
    let mixed = reach(.addresses(Self.private1 + Self.public1), [])
    #expect(mixed.isAllowed, "the other address is taken")
    #expect(mixed.addresses.map { $0.refusal == nil } == [false, true])
    #expect(reach(.absent, []).obstacle == .name("no address was found for the name"))
    #expect(reach(.failed("later"), []).obstacle == .name("the name server did not answer: later"))
  }

  @Test func aProxyIsExemptAndWhatTheURLSpellsIsNot() {
    let through = { (url: String, allowNet: [String]) in
      Reach(url: url, allowNet: allowNet.compactMap { NetworkRange($0) }, proxy: "http://proxy.example:3128") {
        $0 == "proxy.example" ? .addresses(Self.private1) : .absent
      }
    }
    #expect(through("https://news.example/", []).isAllowed)
    #expect(through("https://news.example/", []).addresses.map(\.address) == Self.private1)
    #expect(!through("http://10.0.0.1/", []).isAllowed)
    #expect(through("http://10.0.0.1/", ["10.0.0.1/32"]).isAllowed)
  }
}
