import Testing
import TickerModel
import TickerText

@testable import TickerSocket

@Suite("Commands in JSON and in words")
struct CommandParserTests {
  private func parse(_ line: String) -> Result<Command, CommandFailure> { CommandParser.parse(Array(line.utf8)).result }

  @Test(
    "both notations mean the same",
    arguments: [
      (#"{"op":"ping","id":"a"}"#, "ping id=a"),
      (#"{"op":"sub"}"#, "sub"),
      (#"{"op":"sub","last":20,"filter":{"source":"bbc"}}"#, "sub last=20 source=bbc"),
      (#"{"op":"sub","filter":{"tag":["x","y"],"type":["item.*"]}}"#, "sub tag=x type=item.* tag=y"),
      (#"{"op":"sub","filter":{"min_level":"urgent"},"follow":false}"#, "sub min-level=urgent follow=false"),
      (#"{"op":"sub","filter":{"not_source":["a"],"text":"two words"}}"#, #"sub not-source=a text="two words""#),
      (#"{"op":"sub","after":"k3f9q2-7","until":"k3f9q2-9"}"#, "sub after=k3f9q2-7   until=k3f9q2-9"),
      (
        #"{"op":"sub","since":"-1h","until":"2026-11-23T14:00:00Z","beat":5}"#,
        "sub since=-1h until=2026-11-23T14:00:00Z beat=5"
      ),
      (#"{"op":"sub","from":"tail"}"#, "sub from='tail'"),
      (#"{"op":"sub","filter":{"attribution":["Reuters","a b"]}}"#, #"sub attribution=Reuters attribution="a b""#),
      (#"{"op":"sub","fields":["title","link"]}"#, "sub fields=title,link"),
      (#"{"op":"sub","fields":["title","link"]}"#, "sub fields=title fields=link"),
      (#"{"op":"sub","last":3,"until":"2026-11-23T14:00:00Z"}"#, "sub last=3 until=2026-11-23T14:00:00Z"),
      (#"{"op":"get","item":"itm_1"}"#, "get itm_1"), (#"{"op":"get","cursor":"k3f9q2-1"}"#, "get k3f9q2-1"),
      (#"{"op":"subscribers"}"#, "subscribers"), (#"{"op":"subscribers","after":9}"#, "subscribers after=9"),
      (#"{"op":"unsub","sub":3}"#, "unsub 3"), (#"{"op":"poll","source":"bbc"}"#, "poll bbc"),
      (#"{"op":"pause","source":"bbc"}"#, "pause source=bbc"), (#"{"op":"resume","source":"bbc"}"#, "resume bbc"),
      (#"{"op":"status"}"#, "status"), (#"{"op":"sources"}"#, "sources"), (#"{"op":"reload"}"#, "reload"),
      (#"{"op":"help"}"#, "help"),
    ])
  func notations(_ json: String, _ words: String) throws {
    let (one, other) = (try parse(json).get(), try parse(words).get())
    #expect(one == other)
  }

  @Test("a subscription's members arrive where they belong")
  func subscription() throws {
    let command = try parse(
      #"{"op":"sub","id":7,"last":2,"follow":false,"beat":30,"filter":{"source":["a","b"],"not_source":"c","#
        + #""tag":"t","type":"item.*","min_level":"flash","text":["x","y"],"attribution":"z"}}"#
    ).get()
    let filter = Filter(
      sources: ["a", "b"], notSources: ["c"], tags: ["t"], types: ["item.*"], minLevel: .flash,
      texts: [try Pattern("x"), try Pattern("y")], attributions: ["z"])
    let request = SubscribeRequest(start: .last(2), follow: false, filter: filter, beat: .seconds(30))
    #expect(command == Command(id: .number(7), operation: .subscribe(request)))
  }

  @Test(
    "what cannot be done is refused, never ignored",
    arguments: [
      ("", ErrorCode.unknownOperation), ("dance", .unknownOperation), ("get", .badJSON),
      ("get itm_1 cursor=k3f9q2-1", .badJSON), ("get k3f9q2", .badCursor), ("subscribers after=x", .badJSON),
      ("{", .badJSON), ("{}", .badJSON), (#"{"op":5}"#, .badJSON), (#"{"op":"ping"} x"#, .badJSON),
      (#"{"op":"sub","fields":["Title"]}"#, .badJSON), ("sub fields=,", .badJSON),
      (#"{"op":"sub","fields":[\#(Array(repeating: "\"f\"", count: 65).joined(separator: ","))]}"#, .filterLimit),
      ("sub lastt=5", .badJSON),
      ("sub last=-1", .badJSON), ("sub last=x", .badJSON), (#"{"op":"sub","last":"5"}"#, .badJSON),
      (#"{"op":"sub","last":1.5}"#, .badJSON), ("sub last=1 from=tail", .badJSON), ("sub from=middle", .badJSON),
      ("sub follow=perhaps", .badJSON), ("sub since=yesterday", .badJSON), ("sub beat=0", .badJSON),
      ("sub bbc", .badJSON), ("sub text=\"open", .badJSON),
      ("ping x=1", .badJSON), ("poll", .badJSON), ("unsub", .badJSON), ("unsub x", .badJSON),
      (#"{"op":"ping","id":["a"]}"#, .badJSON),
      (#"{"op":"ping","id":"\#(String(repeating: "i", count: 65))"}"#, .badJSON),
      (#"{"op":"sub","filter":"bbc"}"#, .badFilter), (#"{"op":"sub","source":"a","filter":{}}"#, .badFilter),
      (#"{"op":"sub","filter":{"colour":"red"}}"#, .badFilter), (#"{"op":"sub","filter":{"source":[1]}}"#, .badFilter),
      (#"{"op":"sub","filter":{"source":[]}}"#, .badFilter), ("sub source=", .badFilter),
      ("sub min-level=high", .badFilter), ("sub attribution=", .badFilter),
      ("sub text=(", .badFilter), ("sub text=a text=b text=c text=d text=e", .filterLimit),
      ("sub source=\(String(repeating: "s", count: 257))", .filterLimit),
      ("sub after=5", .badCursor), ("sub after=k3f9q2--1", .badCursor), ("sub until=soon", .badCursor),
      (#"{"op":"sub","after":null}"#, .badCursor),
    ])
  func refusals(_ line: String, _ code: ErrorCode) {
    guard case .failure(let failure) = parse(line) else {
      Issue.record("accepted: \(line)")
      return
    }
    #expect(failure.code == code, "\(failure.message)")
    #expect(!failure.message.isEmpty)
  }

  @Test("a refusal keeps the command's id")
  func identifier() {
    #expect(CommandParser.parse(Array(#"{"op":"dance","id":"a"}"#.utf8)).id == .text("a"))
    #expect(CommandParser.parse(Array("sub last=x id=5".utf8)).id == .text("5"))
  }

  @Test("bytes that are no text, and nesting without end, are refused")
  func hostile() {
    for line in [
      [0xFF, 0xFE], Array(repeating: UInt8(ascii: "["), count: 8000),
      Array("{\"op\":".utf8) + Array(repeating: UInt8(ascii: "{"), count: 8000),
    ] {
      guard case .failure = CommandParser.parse(line).result else {
        Issue.record("accepted")
        continue
      }
    }
  }

  @Test("any bytes are answered, whatever they are")
  func random() {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("seed \(seed)")
    var random = SeededGenerator(seed: seed)
    let pieces = [
      "{", "}", "\"op\"", ":", "\"sub\"", ",", "sub", " ", "=", "last", "5", "[", "]", "\"", "\\", "é", "'", "filter",
    ]
    for _ in 0..<2000 {
      let line = (0..<Int.random(in: 0...12, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }
        .joined()
      _ = parse(line)
      _ = parse("{" + line)
    }
  }

  @Test("a client's request reads back as itself")
  func roundTrip() throws {
    let requests = [
      SubscribeRequest(), SubscribeRequest(start: .tail, follow: false),
      SubscribeRequest(
        start: .after(Cursor(epoch: "abc", sequence: 5)), until: .cursor(Cursor(epoch: "abc", sequence: 9))),
      SubscribeRequest(start: .since(.ago(.seconds(5400))), until: .time(.at(Timestamp(seconds: 1_800_000_000)))),
      SubscribeRequest(
        start: .last(3),
        filter: Filter(
          sources: ["a"], notSources: ["b"], tags: ["c"], types: ["item.*"], minLevel: .urgent,
          texts: [try Pattern("d\"é")], attributions: ["f"]),
        beat: .seconds(7)),
    ]
    for request in requests {
      #expect(
        CommandParser.parse(request.line(id: "x")).result
          == .success(Command(id: .text("x"), operation: .subscribe(request))))
    }
  }
}
