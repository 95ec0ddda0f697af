import Testing
import TickerModel

/// Golden values: a change here would re-announce everything that is known, so it takes a new version instead.
@Test(arguments: [
  ("Quake strikes Konya", "sha256:b3821ceb81461fa1b1ce250a31e901a1f01034e1c93f3e0cd9322878a2a4e548"),
  ("عاجل: انفجار", "sha256:b2220efe9457a046cb02fc3eadaaa0e0e2474867ea2c28b9b42be390f40531fb"),
  ("東京で地震", "sha256:16b9950706505e06ca3ddbe152db72fd658879408fc8d4b7e769af39c828a395"),
  ("", "sha256:957b88b12730e646e0f33d3618b77dfa579e8231e3c59c7104be7165611c8027"),
])
func goldenLines(_ line: String, _ expected: String) {
  #expect(Fingerprint(.line(line)).text == expected)
}

@Test func goldenFeedItem() {
  #expect(
    Fingerprint(.item("Talks begin", link: "https://Example.org:443/a?utm_source=x&b=2&a=1#f")).text
      == "sha256:871dbe876dd7af7e13c4822f162c67e8659c5a3e9a2d84c22810bf50333ee4ba")
  #expect(
    Fingerprint(.line("Talks begin"), source: "wire").text
      == "sha256:bd16f206134a246adab07308261bc27aa1b7da223450250d3922d32f2186a2c4")
  #expect(Fingerprint(.line("Quake strikes Konya")).itemIdentifier() == "itm_PE11STW18RFT3CEE4M533T81M7")
  #expect(Fingerprint(.line("Quake strikes Konya")).itemIdentifier(occurrence: 2) == "itm_QZHTRPEPNYTREQ0DBK6B42W7PV")
}

@Test func whatMakesADifference() {
  #expect(Fingerprint(.line("a")) != Fingerprint(.item("a", link: nil)))
  #expect(Fingerprint(.line("a"), source: "x") != Fingerprint(.line("a"), source: "y"))
  #expect(Fingerprint(.item("a", link: "https://e.org/1")) != Fingerprint(.item("a", link: "https://e.org/2")))
  #expect(Fingerprint(.line("“A” – b")) == Fingerprint(.line("\"a\" -  B ")))
}

@Test(arguments: [
  ("HTTPS://Example.ORG:443/Path#frag", "https://example.org/Path"),
  ("http://example.org:80", "http://example.org/"),
  ("http://example.org:8080/", "http://example.org:8080/"),
  ("https://user:pass@example.org/x", "https://example.org/x"),
  ("https://example.org/?b=2&utm_campaign=z&a=1&fbclid=q", "https://example.org/?a=1&b=2"),
  ("https://example.org/?gclid=1", "https://example.org/"),
  ("urn:isbn:1", "urn:isbn:1"),
])
func canonicalLinks(_ link: String, _ expected: String) {
  #expect(CanonicalLink.text(link) == expected)
}
