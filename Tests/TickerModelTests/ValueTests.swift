import Testing
import TickerModel

@Test(arguments: [
  ("1970-01-01T00:00:00Z", 0), ("2026-11-23T14:02:00.130Z", 1_795_442_520_130),
  ("2026-11-23T16:02:00+02:00", 1_795_442_520_000),
  ("2024-02-29T23:59:60Z", 1_709_251_200_000), ("1969-12-31T23:59:59.999Z", -1),
  ("2026-11-23 14:02:00.1Z", 1_795_442_520_100),
])
func timestampsAreRead(_ text: String, _ milliseconds: Int64) {
  #expect(Timestamp(rfc3339: text)?.milliseconds == milliseconds)
}

@Test(arguments: ["", "2026-02-30T00:00:00Z", "2026-11-23T14:02:00", "2026-11-23", "2026-11-23T24:00:00Z", "x"])
func timestampsAreRefused(_ text: String) {
  #expect(Timestamp(rfc3339: text) == nil)
}

@Test(arguments: [0, 1_795_442_520_130, -1, 951_782_400_000, 253_402_300_799_999, -62_167_219_200_000] as [Int64])
func timestampsRoundTrip(_ milliseconds: Int64) {
  let time = Timestamp(milliseconds: milliseconds)
  #expect(Timestamp(rfc3339: time.text) == time)
}

@Test(arguments: [
  ("250ms", 250), ("15s", 15_000), ("5m", 300_000), ("2h", 7_200_000), ("30d", 2_592_000_000), ("1m30s", 90_000),
])
func durations(_ text: String, _ milliseconds: Int64) throws {
  let duration = try #require(Quantity.duration(text))
  #expect(duration.inMilliseconds == milliseconds)
  #expect(Quantity.duration(Quantity.text(duration)) == duration)
}

@Test(arguments: ["", "5", "m", "-5s", "5 s", "1.5s", "9999999999s", "5x"])
func noDurations(_ text: String) {
  #expect(Quantity.duration(text) == nil)
}

@Test func sizes() {
  #expect(Quantity.bytes("64KiB") == 65_536)
  #expect(Quantity.bytes("16MiB") == 16 << 20)
  #expect(Quantity.bytes("1KB") == nil)
  #expect(Quantity.text(bytes: 8 << 20) == "8MiB")
}

@Test func cursors() {
  #expect(Cursor("k3f9q2-1234") == Cursor(epoch: "k3f9q2", sequence: 1234))
  for wrong in ["", "k3f9q2", "k3f9q2-", "-1", "K3-1", "a-+1", "a-1-2", "a-9999999999999999999"] {
    #expect(Cursor(wrong) == nil)
  }
}

@Test(arguments: [
  ("127.0.0.0/8", "127.1.2.3", true), ("10.1.2.3/32", "10.1.2.4", false), ("10.0.0.0/9", "10.128.0.1", false),
  ("fd00::/8", "fd12::1", true), ("::1", "::1", true), ("::/0", "1.2.3.4", false),
])
func networks(_ range: String, _ address: String, _ contains: Bool) throws {
  #expect(try #require(NetworkRange(range)).contains(try #require(NetworkAddress(address))) == contains)
}

@Test(arguments: [
  "10.0.0.1/8", "10.0.0.0/33", "010.0.0.0/8", "1.2.3", "1.2.3.4.5", "::1::", "fe80::1%eth0", "12345::", "",
])
func noNetworks(_ text: String) {
  #expect(NetworkRange(text) == nil)
}

@Test func maskedURLs() {
  #expect(MaskedURL.text("https://example.org/a") == "https://example.org/a")
  let masked = MaskedURL.text("https://user:secret@example.org/a?token=secret#x")
  #expect(masked.hasPrefix("https://example.org/a (#"))
  #expect(!masked.contains("secret"))
  #expect(!MaskedURL.hostOnly("https://hooks.example.org/T000/secret").contains("secret"))
}
