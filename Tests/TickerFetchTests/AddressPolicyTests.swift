import Testing
import TickerModel

@Suite struct AddressPolicyTests {
  /// First and last address of every special network, and its neighbours that are public.
  static let refused: [(String, String)] = [
    ("0.0.0.0", "this network"), ("0.255.255.255", "this network"), ("10.0.0.0", "private"),
    ("10.255.255.255", "private"), ("100.64.0.0", "shared address space"), ("100.127.255.255", "shared address space"),
    ("127.0.0.1", "loopback"), ("127.255.255.255", "loopback"), ("169.254.0.1", "link-local"),
    ("169.254.169.254", "cloud metadata"), ("100.100.100.200", "cloud metadata"), ("168.63.129.16", "cloud metadata"),
    ("172.16.0.0", "private"), ("172.31.255.255", "private"), ("192.0.0.1", "reserved"), ("192.0.2.1", "documentation"),
    ("192.88.99.1", "6to4 relay"), ("192.168.0.0", "private"), ("192.168.255.255", "private"),
    ("198.18.0.0", "benchmarking"), ("198.19.255.255", "benchmarking"), ("198.51.100.1", "documentation"),
    ("203.0.113.255", "documentation"), ("224.0.0.0", "multicast"), ("239.255.255.255", "multicast"),
    ("240.0.0.0", "reserved"), ("255.255.255.255", "reserved"), ("::", "unspecified"), ("::1", "loopback"),
    ("::2", "IPv4-compatible"), ("::8.8.8.8", "IPv4-compatible"), ("::ffff:10.0.0.1", "IPv4-mapped"),
    ("::ffff:8.8.8.8", "IPv4-mapped"), ("::ffff:0:8.8.8.8", "IPv4-translated"), ("64:ff9b::8.8.8.8", "NAT64"),
    ("64:ff9b:1::1", "local NAT64"), ("100::1", "discard only"), ("100:0:0:1::", "reserved"), ("200::1", "reserved"),
    ("1fff::", "reserved"), ("2001::1", "Teredo"), ("2001:1ff::1", "reserved"), ("2001:db8::1", "documentation"),
    ("2002:808:808::", "6to4"), ("3fff:fff::", "documentation"), ("4000::", "reserved"), ("5f00::1", "segment routing"),
    ("fc00::", "private"), ("fdff::1", "private"), ("fd00:ec2::254", "cloud metadata"), ("fe80::1", "link-local"),
    ("2a00:1450:4001::5efe:a00:1", "ISATAP of private"), ("2a00::200:5efe:7f00:1", "ISATAP of loopback"),
    ("fec0::1", "site-local"), ("ff02::1", "multicast"), ("fe00::1", "reserved"),
  ]

  @Test(arguments: refused) func refuses(address: String, reason: String) throws {
    let refusal = AddressPolicy.refusal(of: try #require(NetworkAddress(address)), allowing: [])
    #expect(refusal?.reason == reason)
  }

  @Test(arguments: refused) func theRemedyWorks(address: String, reason: String) throws {
    let address = try #require(NetworkAddress(address))
    let remedy = try #require(AddressPolicy.refusal(of: address, allowing: [])).remedy
    let network = try #require(remedy.split(separator: "\"").dropFirst().first)
    #expect(remedy == "allow_net = [\"\(network)\"]")
    #expect(AddressPolicy.refusal(of: address, allowing: networks(String(network))) == nil)
  }

  @Test(arguments: [
    "1.0.0.0", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
    "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.0.3.0", "192.167.255.255",
    "192.169.0.0", "198.17.255.255", "198.20.0.0", "203.0.112.255", "203.0.114.0", "223.255.255.255", "2000::1",
    "2001:200::1", "2001:4860:4860::8888", "2003::1", "2606:4700::1111", "3ffe::1",
    "2a00::5efe:808:808", "2a00::5efe:7f00:0:1",
  ])
  func allows(address: String) throws {
    #expect(AddressPolicy.refusal(of: try #require(NetworkAddress(address)), allowing: []) == nil)
  }

  /// A network in `allow_net`, an address, and why it is still refused.
  @Test(
    arguments: [
      ("10.1.2.0/24", "10.1.2.3", nil), ("10.1.2.0/24", "10.1.3.1", "private"), ("10.1.2.3", "10.1.2.3", nil),
      ("0.0.0.0/0", "169.254.169.254", "cloud metadata"), ("169.254.169.254/32", "169.254.169.254", nil),
      ("169.254.0.0/16", "::ffff:169.254.169.254", "IPv4-mapped of cloud metadata"),
      ("::/0", "fd00:ec2::254", "cloud metadata"), ("10.0.0.0/8", "::ffff:10.0.0.1", nil),
      ("10.0.0.0/8", "64:ff9b::10.0.0.1", "NAT64"), ("10.0.0.0/8", "2002:a00:1::", "6to4"),
      ("64:ff9b::/96", "64:ff9b::8.8.8.8", nil), ("64:ff9b::/96", "64:ff9b::10.0.0.1", "NAT64 of private"),
      ("::ffff:0:0/96", "::ffff:8.8.8.8", nil), ("::ffff:0:0/96", "::ffff:127.0.0.1", "IPv4-mapped of loopback"),
      ("fc00::/7", "fd12::1", nil), ("::1/128", "::1", nil), ("127.0.0.0/8", "::1", "loopback"),
    ] as [(String, String, String?)])
  func judgesWhatIsNamed(network: String, address: String, reason: String?) throws {
    let refusal = AddressPolicy.refusal(of: try #require(NetworkAddress(address)), allowing: networks(network))
    #expect(refusal?.reason == reason)
  }
}
