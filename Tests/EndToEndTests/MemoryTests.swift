import TestSupport
import Testing

/// What memory `parse` takes at its peak for a document of 8 MiB, the default of `max_body`.
@Suite struct MemoryTests {
  private static let size = 8 << 20
  /// One that shows what the program takes for itself; its items fill a pipe too.
  private static let small = 1 << 20

  /// The program is stopped in printing its items, which fill a pipe: the document is read then.
  private static let script = """
    set -eu
    mkfifo "$2"
    "$@" >"$2" 2>/dev/null &
    exec 3<"$2"
    read -r first <&3
    grep VmHWM /proc/$!/status
    cat <&3 >/dev/null
    """

  @Test(
    arguments: [
      (
        "feed", [], "<rss><channel>",
        "<item><title>Headline # of a wire</title><link>https://x.example/#</link><description>\(words)</description></item>\n"
      ),
      (
        "html", ["--select", "li"], "<!DOCTYPE html><meta charset=utf-8><p>é<ul>",
        "<li class=\"line hot\"><a href=\"/b/#\">Line #: the council decides on its budget</a></li>\n"
      ),
      (
        "json", ["--items", "$.a[*]", "--map", "title=$.title"], "{\"a\":[{\"title\":\"first\"}",
        ",{\"id\":\"#\",\"title\":\"Headline # of a wire\",\"url\":\"https://x.example/#\",\"text\":\"\(words)\"}\n"
      ),
      ("text", ["--kind", "text"], "first\n", "Line # of a long text\n"),
    ] as [(String, [String], String, String)])
  func fourTimesTheDocument(_ name: String, _ options: [String], _ head: String, _ item: String)
    async throws
  {
    let tail = name == "json" ? "]}" : ""
    let (own, peak) = (
      try await peak(options, Self.document(head, item, tail, Self.small)),
      try await peak(options, Self.document(head, item, tail, Self.size))
    )
    print("\(name): \(own >> 20) MiB for 1 MiB, \(peak >> 20) MiB for 8 MiB")
    #expect(
      peak - own <= 4 * (Self.size - Self.small),
      "\(name): \(peak >> 20) MiB, \(own >> 20) of them its own")
  }

  private static func document(_ head: String, _ item: String, _ tail: String, _ size: Int)
    -> [UInt8]
  {
    var document = Array(head.utf8)
    document.reserveCapacity(size + 4096)
    var number = 0
    while document.count < size {
      document += item.replacing("#", with: "\(number)").utf8
      number += 1
    }
    return document + tail.utf8
  }

  private func peak(_ options: [String], _ document: [UInt8]) async throws -> Int {
    let folder = TemporaryFolder()
    let file = folder.write("document", document)
    let script = folder.write("peak.sh", Self.script.replacing("$2", with: folder.file("items")))
    let finished = try await Program(
      [script, Program.path, "parse", file] + options, executable: "/bin/sh",
      environment: ["PATH": "/usr/bin:/bin"]
    ).finished()
    let kilobytes = finished.output.split(whereSeparator: \.isWhitespace).lazy.compactMap {
      Int($0)
    }.first
    return try #require(kilobytes, "\(finished.errors)") << 10
  }

  private static let words = String(
    repeating: "the council of the town decides on its budget ", count: 5)
}
