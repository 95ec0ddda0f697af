import FoundationEssentials
import TestSupport
import Testing

@testable import TickerConfig

/// A manual page in mdoc(7), as far as these tests read it.
private struct ManualPage {
  /// Lines by the title of the section or subsection they stand in.
  private var sections: [(title: String, lines: [String])] = []

  init(_ name: String) throws {
    for line in try Sample.text("../Sources/tickerd/Manual/" + name).split(separator: "\n").map(String.init) {
      if line.hasPrefix(".Sh ") || line.hasPrefix(".Ss ") {
        sections.append((String(line.dropFirst(4)), []))
      } else if !sections.isEmpty {
        sections[sections.count - 1].lines.append(line)
      }
    }
  }

  /// The lines of all sections whose title satisfies a condition.
  func lines(_ isWanted: (String) -> Bool = { _ in true }) -> [String] {
    sections.filter { isWanted($0.title) }.flatMap(\.lines)
  }

  /// What stands behind the macro `macro` in `lines`, such as keys behind `Ic` and options behind `Fl`.
  static func words(_ macro: String, in lines: [String]) -> Set<String> {
    var found: Set<String> = []
    for line in lines where line.hasPrefix(".") {
      var isInside = false
      for word in line.dropFirst().split(separator: " ") {
        if isMacro(word) { isInside = word == macro } else if isInside { found.insert(String(word)) }
      }
    }
    return found.filter { $0.contains(where: \.isLetter) }
  }

  /// The macros used here are a capital and a small letter.
  private static func isMacro(_ word: Substring) -> Bool {
    word.count == 2 && word.first?.isUppercase == true && word.last?.isLowercase == true
  }
}

/// What `tickerd --experimental-dump-help` prints, as far as these tests read it.
private struct HelpDump: Decodable {
  let command: Command

  struct Command: Decodable {
    let commandName: String
    let subcommands: [Command]?
    let arguments: [Argument]?

    /// As they are written in mdoc: `Fl c`, `Fl Fl config`.
    var options: [String] { (arguments ?? []).flatMap { $0.names ?? [] }.map(\.name) }
  }

  struct Argument: Decodable {
    let names: [Name]?
  }

  struct Name: Decodable {
    let name: String
  }

  static func read() async throws -> Command {
    let dump = try await Program(["--experimental-dump-help"], environment: [:]).finished()
    #expect(dump.code == 0)
    return try JSONDecoder().decode(HelpDump.self, from: Data(dump.output.utf8)).command
  }
}

@Suite struct ConfigurationManualTests {
  /// The title of the section of tickerd.toml(5) that has the keys of a table.
  private static func isSection(_ title: String, of table: String) -> Bool {
    switch table {
    case "expect", "auth": title.contains("[[source]]")
    case "match", "set": title.contains("[[rule]]")
    case "filter": title == "Filters"
    case "batch", "circuit": title.contains("[[webhook]]")
    default: title.contains(table)
    }
  }

  @Test(arguments: Keys.tables.map(\.title)) func everyKeyStandsInTheSectionOfItsTable(table: String) throws {
    let page = try ManualPage("tickerd.toml.5")
    let words = ManualPage.words("Ic", in: page.lines { Self.isSection($0, of: table) })
    let keys = try #require(Keys.tables.first { $0.title == table }).keys
    #expect(keys.filter { !words.contains($0) } == [])
  }

  @Test func includeAndSecretsStandThereToo() throws {
    let page = try ManualPage("tickerd.toml.5")
    #expect(ManualPage.words("Ic", in: page.lines { $0 == "The top of the file" }).contains("include"))
    #expect(ManualPage.words("Ic", in: page.lines { $0 == "Secrets" }).isSuperset(of: Keys.secret))
  }

  @Test func noKeyIsToldThatDoesNotExist() throws {
    let told = ManualPage.words("Ic", in: try ManualPage("tickerd.toml.5").lines())
    let known = Keys.mainFile + Keys.mainFile.map(Keys.header) + Keys.tables.flatMap(\.keys) + Keys.secret
    #expect(told.subtracting(known) == [])
  }
}

@Suite struct CommandManualTests {
  @Test func everyCommandAndOptionStandsInTheManual() async throws {
    let page = try ManualPage("tickerd.8")
    let common = ManualPage.words("Fl", in: page.lines { $0 != "COMMANDS" && $0 != "SYNOPSIS" })
    for command in try await HelpDump.read().subcommands ?? [] where command.commandName != "help" {
      let lines = page.lines { $0 == "COMMANDS" }
      let isItem = { (line: String) in line == ".It Cm \(command.commandName)" }
      let begin = try #require(
        lines.firstIndex { isItem($0) || $0.hasPrefix(".It Cm \(command.commandName) ") },
        "no \(command.commandName) among the commands")
      let own = ManualPage.words("Fl", in: Array(lines[(begin + 1)...].prefix { !$0.hasPrefix(".It Cm ") }))
      let untold = command.options.filter { !own.contains($0) && !common.contains($0) }
      #expect(untold == [], "options of \(command.commandName)")
    }
  }

  @Test func noOptionIsToldThatDoesNotExist() async throws {
    let root = try await HelpDump.read()
    let known = ([root] + (root.subcommands ?? [])).flatMap(\.options)
    #expect(ManualPage.words("Fl", in: try ManualPage("tickerd.8").lines()).subtracting(known) == [])
  }
}

@Suite struct ProtocolManualTests {
  /// What `help` on the socket teaches stands in tickerd(7), and every word of the protocol.
  @Test func everyWordOfTheProtocolStandsInTheManual() throws {
    let page = try ManualPage("tickerd.7")
    let lines = page.lines()
    let words = ManualPage.words("Ic", in: lines).union(ManualPage.words("Cm", in: lines))
    let source = try Sample.text("../Sources/TickerSocket/CommandParser.swift")
    let webhooks = try Sample.text("../Sources/TickerSocket/WebhookCommand.swift")
    let operations =
      source.matches(of: #/case "([a-z]+)": return/#).map { String($0.1) }
      + webhooks.matches(of: #/"([a-z_]+)": \["/#).map { String($0.1) }
    #expect(operations.count > 10)
    let keys =
      try #require(source.firstMatch(of: #/(?s)subscribeKeys: Set = \[(.*?)\]/#)).1 + ","
      + (try #require(source.firstMatch(of: #/(?s)filterKeys: Set = \[(.*?)\]/#)).1)
    let protocolSource = try Sample.text("../Sources/TickerSocket/Protocol.swift")
    let codes = try #require(protocolSource.firstMatch(of: #/(?s)enum ErrorCode(.*?)\n}/#)).1
      .matches(of: #/case [a-zA-Z]+ = "([a-z_]+)"/#).map { String($0.1) }
    let lineSource = try Sample.text("../Sources/TickerSocket/ServerLines.swift")
    let answers = lineSource.matches(of: #/(?:line|position)\("([a-z]+)"/#).map { String($0.1) }
    let members = lineSource.matches(of: #/\$0\.member\("([a-z_]+)"/#).map { String($0.1) }
    #expect(codes.count > 8 && answers.count > 8 && members.count > 15)
    let wanted =
      operations + keys.split { !$0.isLetter && $0 != "_" }.map(String.init) + codes + answers + members
      + ["limit", "busy", "forbidden", "failed", "item"]
    let told = lines.joined(separator: "\n").split { !$0.isLetter && $0 != "_" }.map(String.init)
    #expect(Set(wanted).subtracting(told) == [])
    #expect(Set(operations + codes + answers).subtracting(words) == [])
  }

  @Test func everyKeyOfAnEventStandsInTheManual() throws {
    let source = try Sample.text("../Sources/TickerModel/EventEncoding.swift")
    let keys = source.matches(of: #/body\.member\("([a-z_]+)"/#).map { String($0.1) }
    #expect(keys.count > 25)
    let words = ManualPage.words("Cm", in: try ManualPage("tickerd.7").lines())
    #expect(Set(keys).subtracting(words) == [])
  }
}

@Suite struct ReadmeTests {
  private static func readme() throws -> String { try Sample.text("../README.md") }

  @Test func everyCommandIsNamed() async throws {
    let readme = try Self.readme()
    let commands = try await HelpDump.read().subcommands ?? []
    #expect(commands.count > 5)
    for command in commands where command.commandName != "help" {
      #expect(readme.contains("`\(command.commandName)`") || readme.contains("`\(command.commandName) "))
    }
  }

  @Test func theReceiverIsTheOneOfTheExamples() throws {
    let receiver = try Sample.text("examples/webhook_receiver.py")
    #expect(receiver.count > 100)
    #expect(try Self.readme().contains("```python\n" + receiver + "```\n"))
  }

  @Test func itsConfigurationHasNoFault() throws {
    let blocks = try Self.readme().split(separator: "```toml\n").dropFirst()
    #expect(!blocks.isEmpty)
    for block in blocks {
      let text = String(block.prefix(upTo: try #require(block.firstRange(of: "```")).lowerBound))
      #expect(load(text: text).faults.filter { $0.severity == .fault } == [])
    }
  }
}
