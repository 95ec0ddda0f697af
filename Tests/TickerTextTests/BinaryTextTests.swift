import Testing
import TickerText

/// The vectors of RFC 4648 §10.
@Test(arguments: [
  ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy"),
])
func base64(_ text: String, _ encoded: String) {
  #expect(BinaryText.base64(Array(text.utf8)) == encoded)
  #expect(BinaryText.bytes(base64: encoded) == Array(text.utf8))
}

@Test(arguments: ["Zg", "Zg=", "Z===", "Zm9v!", "Zm 9", "=Zg="])
func notBase64(_ text: String) {
  #expect(BinaryText.bytes(base64: text) == nil)
}

@Test func crockford() {
  #expect(BinaryText.crockford([0, 0, 0, 0, 0], characters: 8) == "00000000")
  #expect(BinaryText.crockford([0xFF, 0xFF, 0xFF, 0xFF, 0xFF], characters: 8) == "ZZZZZZZZ")
  #expect(BinaryText.crockford([0b0000_1000, 0b1000_0110, 0b0100_0000], characters: 4) == "1234")
}

/// FIPS 180-4's example, and RFC 4231's second case.
@Test func digests() {
  #expect(
    BinaryText.hex(Digest.sha256(Array("abc".utf8)))
      == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  #expect(
    BinaryText.hex(Digest.hmacSHA256(key: Array("Jefe".utf8), message: Array("what do ya want for nothing?".utf8)))
      == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
}
