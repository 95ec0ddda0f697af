import Testing

@testable import TickerFetch

@Suite struct HeaderBlockTests {
  private func collect(_ lines: [String]) -> HeaderBlock {
    var block = HeaderBlock()
    for line in lines { _ = block.add(Array(line.utf8)) }
    return block
  }

  @Test func keepsTheLastHeadInOrder() {
    let block = collect([
      "HTTP/1.1 302 Found\r\n", "Location: /x\r\n", "\r\n", "HTTP/2 200 \r\n", "b: 2\r\n", "A:1\r\n", "b:  3 \t\r\n",
      "\r\n", "Trailer: no\r\n",
    ])
    #expect(Array(block.headers) == [Header("b", "2"), Header("A", "1"), Header("b", "3")])
    #expect(block.isComplete)
  }

  @Test func joinsFoldedLines() {
    let block = collect(["HTTP/1.1 200 OK\r\n", "X: one\r\n", "\t two\r\n", "\r\n"])
    #expect(Array(block.headers) == [Header("X", "one two")])
  }

  @Test func leavesOutWhatIsNoField() {
    let block = collect([
      "X: before\r\n", "HTTP/1.1 200 OK\r\n", " folded into nothing\r\n", "no colon\r\n", "X:\r\n", "\r\n",
    ])
    #expect(Array(block.headers) == [Header("X", "")])
  }

  @Test func aFieldNamedLikeAStatusLineIsAField() {
    let block = collect(["HTTP/1.1 200 OK\r\n", "A: 1\r\n", "HTTP/1.1: 2\r\n"])
    #expect(Array(block.headers) == [Header("A", "1"), Header("HTTP/1.1", "2")])
  }

  @Test func valuesCannotSplitALineWhenSentBack() {
    var block = collect(["HTTP/1.1 200 OK\r\n"])
    _ = block.add(Array("ETag: a\rb\u{0}c\r\n".utf8))
    #expect(block.headers.first?.text == "a b c")
  }

  @Test func bounds() {
    var block = collect(["HTTP/1.1 200 OK\r\n"])
    for _ in 0..<HeaderBlock.maxLines { #expect(block.add(Array("A: 1\r\n".utf8)) == .field) }
    #expect(block.add(Array("A: 1\r\n".utf8)) == .tooMuch)
    var heads = HeaderBlock()
    for _ in 0..<HeaderBlock.maxBlocks {
      #expect(heads.add(Array("HTTP/1.1 103 Early\r\n".utf8)) == .newHead)
      #expect(heads.add(Array("\r\n".utf8)) == .field)
    }
    #expect(heads.add(Array("HTTP/1.1 200 OK\r\n".utf8)) == .tooMuch)
  }
}
