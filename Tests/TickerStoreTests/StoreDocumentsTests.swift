import TestSupport
import Testing
import TickerModel
import TickerText

@testable import TickerStore

private func document(_ body: [UInt8], of source: String = "wire", at second: Int64 = 0) -> KeptDocument {
  KeptDocument(
    source: source, at: Timestamp(seconds: second), status: 200, contentType: "text/plain", url: "https://example.org/",
    kind: .text, hash: Digest.sha256(body), fault: nil, body: body)
}

private let beginning = Timestamp(milliseconds: 0)

@Test func theLastDocumentsOfASourceThatDifferAreKept() async throws {
  let bench = ArchiveBench()
  let store = try bench.open()
  for (second, text) in ["one", "two", "two", "three", "four", "three"].enumerated() {
    try await store.keep(document(Array(text.utf8), at: Int64(second)), most: 3, mostBytes: 1 << 20)
  }
  try await store.keep(document([], of: "other"), most: 3, mostBytes: 1 << 20)
  let kept = try bench.archive().documents(of: "wire", since: beginning)
  #expect(kept.map { String(decoding: $0.body, as: UTF8.self) } == ["three", "four", "three"])
  #expect(kept.map(\.at.milliseconds) == [3000, 4000, 5000])
  #expect(kept.first == document(Array("three".utf8), at: 3))
  #expect(try bench.archive().documents(of: "wire", since: Timestamp(seconds: 5)).count == 1)
  #expect(try bench.archive().documents(of: "other", since: beginning).map(\.body) == [[]])
  await store.close()
}

@Test func allTogetherStayWithinTheirBytes() async throws {
  let bench = ArchiveBench()
  let store = try bench.open()
  var random = SeededGenerator(seed: 1)
  for second in 0..<12 {
    // Bytes that no compression makes smaller.
    let body = (0..<10_000).map { _ in UInt8.random(in: 0...255, using: &random) }
    try await store.keep(
      document(body, of: "source\(second % 3)", at: Int64(second)), most: 20, mostBytes: 45_000)
  }
  let kept = try (0..<3).flatMap { try bench.archive().documents(of: "source\($0)", since: beginning) }
  #expect(Set(kept.map(\.at.milliseconds)) == [8000, 9000, 10_000, 11_000])
  let counted = try await store.read { connection throws(StoreError) in
    try connection.first("SELECT total = (SELECT sum(length(body)) FROM document) FROM document_bytes") { $0.flag(0) }
  }
  #expect(counted == true)

  // A smaller bound takes effect without another document; none at all too.
  #expect(try await store.pruneDocuments(kept: 20, mostBytes: 21_000, most: 50).rows == 2)
  #expect(try await store.count("document") == 2)
  _ = try await store.pruneDocuments(kept: 0, mostBytes: 21_000, most: 50)
  #expect(try await store.count("document") == 0)
  await store.close()
}

@Test func noneAreKeptWhereNoneAreWantedAndNoneThatFillTheSpaceAlone() async throws {
  let bench = ArchiveBench()
  let store = try bench.open()
  try await store.keep(document([1, 2, 3]), most: 0, mostBytes: 1 << 20)
  try await store.keep(document([1, 2, 3]), most: 3, mostBytes: 1)
  #expect(try await store.count("document") == 0)
  await store.close()
}

@Test func whatEarlierVersionsCompressedComesBack() {
  let packed: [UInt8] = [
    0x78, 0x01, 0x73, 0x2A, 0x4A, 0x4D, 0xCC, 0xCE, 0xCC, 0x4B, 0x57, 0xC8, 0x4B, 0x2D, 0x2F, 0xD6, 0x53, 0x70,
    0x22, 0x85, 0x0B, 0x00, 0x90, 0x7E, 0x15, 0x39,
  ]
  let text = Array(String(repeating: "Breaking news. ", count: 4).utf8)
  #expect(Compression.expanded(packed, size: text.count) == text)
  #expect(Compression.expanded(packed, size: text.count + 1) == nil)
}

@Test func whatIsCompressedComesBackAndGarbageDoesNot() {
  let text = Array(String(repeating: "Breaking news. ", count: 10_000).utf8)
  let packed = Compression.compressed(text)
  #expect(packed.count * 20 < text.count)
  #expect(Compression.expanded(packed, size: text.count) == text)
  #expect(Compression.expanded(packed, size: text.count - 1) == nil)
  #expect(Compression.expanded(packed, size: text.count + 1) == nil)
  #expect(Compression.expanded(Array(packed.dropLast(9)), size: text.count) == nil)
  #expect(Compression.expanded([1, 2, 3], size: 10) == nil)
  #expect(Compression.expanded(Compression.compressed([]), size: 0) == [])
}
