import Testing

@testable import TickerSocket

@Suite("Bytes cut into command lines")
struct LineBufferTests {
  private func lines(_ chunks: [String], finish: Bool = false) -> [String] {
    var buffer = LineBuffer()
    var lines: [String] = []
    func take(_ line: LineBuffer.Line) {
      switch line {
      case .command(let bytes): lines.append(String(decoding: bytes, as: UTF8.self))
      case .tooLong: lines.append("TOO LONG")
      }
    }
    for chunk in chunks {
      Array(chunk.utf8).withUnsafeBytes { buffer.append($0) }
      while let line = buffer.next() { take(line) }
    }
    if finish, let line = buffer.finish() { take(line) }
    return lines
  }

  @Test(
    "lines come whole, however the bytes arrive",
    arguments: [
      ([], []), (["a\nb\n"], ["a", "b"]), (["a", "b", "\nc"], ["ab"]), (["\r\n\n a\r\n"], [" a"]),
      (["a\r", "\nb\n"], ["a", "b"]),
      ([String(repeating: "x", count: 8192) + "\n"], [String(repeating: "x", count: 8192)]),
      ([String(repeating: "x", count: 8193) + "\nb\n"], ["TOO LONG", "b"]),
      ([String(repeating: "x", count: 9000), String(repeating: "x", count: 90_000), "y\nb\n"], ["TOO LONG", "b"]),
    ])
  func cut(_ chunks: [String], _ expected: [String]) {
    #expect(lines(chunks) == expected)
    #expect(lines(chunks.joined().map(String.init)) == expected)
  }

  @Test("the end of input completes a line, but not one that was too long")
  func end() {
    #expect(lines(["a\nb"], finish: true) == ["a", "b"])
    #expect(lines(["a\n"], finish: true) == ["a"])
    #expect(lines([String(repeating: "x", count: 9000)], finish: true) == ["TOO LONG"])
  }

  @Test("an endless line keeps no memory, and counts as begun")
  func endless() {
    var buffer = LineBuffer()
    for _ in 0..<100 {
      Array(repeating: UInt8(ascii: "x"), count: 10_000).withUnsafeBytes { buffer.append($0) }
      _ = buffer.next()
    }
    #expect(buffer.isMidLine)
    #expect(buffer.kept <= SocketProtocol.longestCommand + 1)
  }
}
