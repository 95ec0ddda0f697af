import TestSupport
import Testing

/// SPEC §1: text from outside never reaches a terminal with control characters in it.
@Suite struct HostileTextTests {
  /// Escape sequences, a C1 control sequence introducer, bidi overrides, a bell, and separators of lines.
  private static let attacks = [
    "Red \u{1B}[31malert\u{1B}[0m at the port", "Title \u{1B}]0;owned\u{7} set by a headline",
    "One byte \u{9B}2J clears the screen", "Reversed \u{202E}txt.exe\u{202C} for you",
    "Isolated \u{2066}text\u{2069} and \u{200F}mark", "Line one\u{2028}line two", "Back\u{8}space and \u{7F}delete",
  ]

  private static let forbidden: Set<UInt32> = Set(
    Array(0..<0x0A) + Array(0x0B..<0x20) + Array(0x7F...0x9F) + [0x061C, 0x200E, 0x200F] + Array(0x2028...0x202E)
      + Array(0x2066...0x2069))

  private static func isClean(_ text: String) -> Bool {
    !text.unicodeScalars.contains { forbidden.contains($0.value) }
  }

  /// A script that hands a headline on without a care: the error repeats it.
  @Test(arguments: attacks) func whatStandsOnTheCommandLineIsNoMoreTrusted(text: String) async throws {
    let station = Station("")
    for arguments in [
      [text], ["tail", text], ["config", text, text], ["completions", text], ["tail", "-n", text],
      ["search", "--\(text)"], ["dead", text], ["parse", "--kind", text], ["probe", text], ["explain", text],
      ["why", text], ["verify", "--id", text],
    ] {
      let ended = try await station.start(arguments).finished()
      #expect(ended.code != 0 && Self.isClean(ended.errors) && Self.isClean(ended.output), "\(arguments)")
    }
  }

  @Test func headlinesAreVisibleEscapesEverywhere() async throws {
    let origin = try Origin()
    origin.publish("/text", Self.attacks.joined(separator: "\n"))
    let entities = Self.attacks.map { text in
      text.unicodeScalars.map { $0.value < 0x80 && $0.value >= 0x20 ? String($0) : "&#\($0.value);" }.joined()
    }
    origin.publish("/html", "<ul>\(entities.map { "<li>\($0)</li>" }.joined())</ul>", type: "text/html")
    origin.publish("/broken", "x")
    origin.trouble(
      "/broken", .redirect(to: "ftp://\u{1B}[31mred\u{1B}[0m.example/\u{9B}2J"))
    let station = Station(
      settings: "log_level = \"debug\"",
      Sources.text("text", on: origin, "/text", "dedupe = \"source\"")
        + Sources.text("html", on: origin, "/html", "dedupe = \"source\"")
        .replacing("kind = \"text\"", with: "kind = \"html\"\nselect = \"li\"")
        + Sources.text("broken", on: origin, "/broken"))
    let daemon = try await station.daemon("--stdout", "text")
    let subscriber = try await station.subscribe("sub from=tail")
    var outputs: [(String, String)] = []
    for source in ["text", "html", "broken"] {
      let finished = try await station.run("poll", source)
      outputs += [("poll \(source)", finished.output), ("poll \(source)", finished.errors)]
    }
    let events = try await subscriber.items { lines in
      lines.count { $0.hasPrefix(#"{"t":"item""#) } >= 2 * Self.attacks.count
    }
    #expect(events.contains { $0.title.contains("Red") })
    outputs.append(("tickerd.sock", subscriber.received.value.lines.joined(separator: "\n")))
    for arguments in [["tail", "-n", "100"], ["tail", "-n", "100", "-o", "json"], ["status"], ["sources"]] {
      let finished = try await station.start(arguments + ["-c", station.configuration]).finished()
      outputs += [("\(arguments)", finished.output), ("\(arguments)", finished.errors)]
    }
    let finished = try await daemon.stop()
    outputs += [("stdout", finished.output), ("log", finished.errors)]
    for (place, text) in outputs { #expect(Self.isClean(text), "\(place): \(text.debugDescription)") }
    let tail = outputs.first { $0.0.hasPrefix("[\"tail\"") }?.1 ?? ""
    #expect(tail.contains(#"Reversed \u{202E}txt.exe\u{202C} for you"#), "visible: \(tail)")
    #expect(tail.split(separator: "\n").count == 2 * Self.attacks.count, "an event is one line")
  }

  @Test func whatAUserTypesComesBackVisible() async throws {
    let station = Station("[[source]]\nname = \"a\"\nurl = \"https://e.example/\"\n\"k\\u001b[31mey\" = 1\n")
    _ = try await station.run("check")
    for arguments in [
      ["check", "-c", station.configuration], ["check", "-c", "/no\u{1B}[31mwhere"], ["parse", "/no\u{1B}[31mwhere"],
      ["status", "--socket", "/no\u{1B}[31mwhere"],
    ] {
      let finished = try await station.start(arguments).finished()
      #expect(finished.code != 0)
      #expect(Self.isClean(finished.errors), "\(finished.errors.debugDescription)")
    }
  }
}
