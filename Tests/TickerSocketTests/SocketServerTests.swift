import Glibc
import Synchronization
import Testing
import TickerModel

@testable import TickerSocket

@Suite("The protocol on tickerd.sock", .serialized)
struct SocketServerTests {
  @Test("the server speaks first, and the greeting is the specified one")
  func hello() throws {
    let rig = try Rig(log: FakeLog(items: 3)) { $0.serverName = "tickerd/9" }
    defer { rig.close() }
    let stream = try LineStream(path: rig.settings.controlPath)
    let expected =
      #"{"t":"hello","proto":1,"server":"tickerd/9","epoch":"k3f9q2","head":"k3f9q2-3","tail":"k3f9q2-0","#
      + #""beat":15,"max_line":65536,"max_command":8192}"#
    #expect(try stream.text() == expected)
  }

  @Test("an item line is the subscription's opening and the event's own members")
  func itemLine() throws {
    let rig = try Rig()
    defer { rig.close() }
    let stream = try rig.connectRaw()
    try stream.send("sub id=a\n")
    #expect(try stream.text() == #"{"t":"ok","id":"a","sub":1,"head":"k3f9q2-0"}"#)
    #expect(try stream.text() == #"{"t":"live","sub":1,"cursor":"k3f9q2-0"}"#)
    rig.publish()
    let expected =
      #"{"t":"item","sub":1,"type":"item.new","cursor":"k3f9q2-1","at":"2027-01-15T08:00:01.000Z","title":"title 1"}"#
    #expect(try stream.text() == expected)
  }

  @Test("live.sock gives event objects from the connection on, announcements only, and nothing else")
  func live() throws {
    let rig = try Rig(log: FakeLog(items: 3))
    defer { rig.close() }
    let stream = try rig.connectLive()
    try stream.send("sub from=tail\n")
    rig.publish(1) { item($0, type: "source.failing") }
    rig.publish(1) { item($0, type: "source.gap") }
    rig.publish(1) { item($0) }
    #expect(try stream.text()?.hasPrefix(#"{"type":"source.gap","cursor":"k3f9q2-5","at":"#) == true)
    #expect(try stream.text()?.hasPrefix(#"{"type":"item.new","cursor":"k3f9q2-6","at":"#) == true)
  }

  @Test(
    "a subscription without follow ends at the head, one with until at its cursor or time",
    arguments: [
      ("sub from=tail follow=false", Array(Int64(1)...600), Int64(600)),
      ("sub follow=false", [], 600),
      ("sub last=3 follow=false", [598, 599, 600], 600),
      ("sub after=k3f9q2-597 follow=false", [598, 599, 600], 600),
      ("sub after=k3f9q2-597 until=k3f9q2-599", [598, 599], 599),
      ("sub last=2 until=k3f9q2-300", [299, 300], 300),
      ("sub last=2 until=2027-01-15T08:05:00Z follow=false", [299, 300], 600),
      ("sub since=2027-01-15T08:04:59.5Z until=k3f9q2-301", [300, 301], 301),
      ("sub since=2099-01-01T00:00:00Z follow=false", [], 600),
      ("sub since=2027-01-15T08:09:59Z follow=false", [599, 600], 600),
      ("sub from=tail until=2027-01-15T08:00:02Z follow=false", [1, 2], 600),
      ("sub last=0 follow=false", [], 600),
      ("sub last=2 text=\"title 1[0-9]$\" follow=false", [18, 19], 600),
    ])
  func bounds(_ command: String, _ expected: [Int64], _ end: Int64) throws {
    let rig = try Rig(log: FakeLog(items: 600))
    defer { rig.close() }
    let client = try rig.connect()
    try client.send(command)
    guard case .ok(nil, 1?, _)? = try client.next(timeout: patience) else {
      Issue.record("no ok")
      return
    }
    let (sequences, mark) = try client.itemsUntilMark()
    #expect(sequences == expected)
    #expect(mark == .end(sub: 1, cursor(end)))
  }

  @Test(
    "filters hold back what they should; tag, level and text judge items only",
    arguments: [
      ("sub from=tail follow=false source=reuters", [Int64(2)]),
      (#"{"op":"sub","from":"tail","follow":false,"filter":{"source":"reuters"}}"#, [2]),
      (#"{"op":"sub","from":"tail","follow":false,"filter":{"not_source":["reuters","afp"]}}"#, [1, 4, 5]),
      ("sub from=tail follow=false tag=quake tag=war", [3, 4, 5]),
      ("sub from=tail follow=false min-level=urgent", [4, 5]),
      ("sub from=tail follow=false min_level=flash min_level=bulletin", [4, 5]),
      ("sub from=tail follow=false type=source.*", [5]),
      ("sub from=tail follow=false text=^Earth", [3, 5]),
    ])
  func filters(_ command: String, _ expected: [Int64]) throws {
    let log = FakeLog([
      item(1), item(2, source: "reuters"), item(3, source: "afp", tags: ["quake"], title: "Earthquake"),
      item(4, tags: ["war"], level: .flash), item(5, type: "source.gap"),
    ])
    let rig = try Rig(log: log)
    defer { rig.close() }
    let client = try rig.connect()
    try client.send(command)
    _ = try client.next(timeout: patience)
    #expect(try client.itemsUntilMark().sequences == expected)
  }

  @Test(
    "a bad command is answered with its code and harms nothing else",
    arguments: [
      (#"{"op":"sub","id":"x""#, ErrorCode.badJSON, false), ("[1]", .badJSON, false),
      ("\u{0}\u{1}\u{2}", .unknownOperation, false),
      (#"{"op":"dance","id":"x"}"#, .unknownOperation, true), ("sub id=x after=nonsense", .badCursor, true),
      ("sub id=x after=other1-3", .epochMismatch, true), ("sub id=x after=k3f9q2-99", .cursorAhead, true),
      ("sub id=x text=(", .badFilter, true), ("sub id=x fields=Title", .badJSON, true),
      (#"{"op":"sub","id":"x","fields":[]}"#, .badJSON, true), ("sub id=x beat=0", .badJSON, true),
      ("sub id=x min_level=high", .badFilter, true), ("sub id=x from=middle", .badJSON, true),
      ("sub id=x last=1 from=tail", .badJSON, true), ("sub id=x since=yesterday", .badJSON, true),
      ("sub id=x until=other1-3", .epochMismatch, true), ("sub id=x colour=red", .badJSON, true),
      (#"{"op":"sub","id":"x","text":["a","b","c","d","e"]}"#, .filterLimit, true),
      ("get id=x", .badJSON, true), ("get id=x other1-1", .epochMismatch, true),
      ("get id=x k3f9q2-77", .cursorAhead, true), ("get id=x cursor=a item=b", .badJSON, true),
      ("unsub id=x 7", .notFound, true),
      ("poll id=x unknown", .notFound, true), ("status id=x", .limit, true),
      (String(repeating: "y", count: 8193), .lineTooLong, false),
      (String(repeating: "z", count: 200_000), .lineTooLong, false),
    ])
  func badCommands(_ command: String, _ code: ErrorCode, _ hasID: Bool) throws {
    let rig = try Rig(log: FakeLog(items: 2))
    defer { rig.close() }
    let client = try rig.connect()
    _ = try client.subscribe(SubscribeRequest())
    #expect(try client.next(timeout: patience) == .live(sub: 1, cursor(2)))
    try client.send(command)
    guard case .failure(let id, let failure)? = try client.next(timeout: patience) else {
      Issue.record("no err")
      return
    }
    #expect(failure.code == code)
    #expect(id == (hasID ? "x" : nil))
    rig.publish()
    #expect(try client.items(1) == [3])
  }

  @Test("the refusal of a cursor names both ends of the log")
  func epochMismatch() throws {
    let rig = try Rig(log: FakeLog([item(8), item(9)], tail: 7))
    defer { rig.close() }
    let stream = try rig.connectRaw()
    try stream.send("sub after=zzzzzz-8\n")
    let line = try #require(try stream.text())
    #expect(line.contains(#""code":"epoch_mismatch""#) && line.contains(#""tail":"k3f9q2-7","head":"k3f9q2-9""#))
  }

  @Test("ping, help, sources and poll are answered with their id")
  func answers() throws {
    let rig = try Rig()
    defer { rig.close() }
    let stream = try rig.connectRaw()
    try stream.send("ping id=1\n\r\n\n{\"op\":\"sources\",\"id\":2}\r\npoll bbc id=p\nhelp\n")
    #expect(try stream.text() == #"{"t":"pong","id":"1"}"#)
    // help is answered by the loop at once, the others when the daemon is done.
    let rest = try [stream.text(), stream.text(), stream.text()].compactMap { $0 }
    #expect(rest.contains(#"{"t":"ok","id":2,"sources":[]}"#))
    #expect(rest.contains(#"{"t":"ok","id":"p"}"#))
    #expect(rest.contains { $0.hasPrefix(#"{"t":"ok","ops":[{"op":"sub","usage":"#) })
    #expect(rig.log.acts == [.sources(after: ""), .poll("bbc")])
  }

  @Test("too many unanswered commands are refused as busy")
  func busy() throws {
    let rig = try Rig()
    defer { rig.close() }
    let client = try rig.connect()
    for _ in 0..<9 { try client.send("poll slow") }
    guard case .failure(_, let failure)? = try client.next(timeout: patience) else {
      Issue.record("no err")
      return
    }
    #expect(failure.code == .busy)
    for completion in rig.log.state.withLock({ $0.held }) { completion(.success([])) }
    for _ in 0..<8 {
      #expect(try client.next(timeout: patience) == .ok(id: nil, sub: nil, line: Array(#"{"t":"ok"}"#.utf8)))
    }
  }

  @Test("after unsub no line of that subscription follows, and its place is free")
  func unsubscribe() throws {
    let rig = try Rig()
    defer { rig.close() }
    let client = try rig.connect()
    for number in 1...8 { #expect(try client.subscribe(SubscribeRequest()) == .success(number)) }
    guard case .failure(let failure) = try client.subscribe(SubscribeRequest()) else {
      Issue.record("a ninth subscription")
      return
    }
    #expect(failure.code == .limit)
    for number in 1...7 { _ = try client.ask("unsub \(number)") }
    #expect(try client.subscribe(SubscribeRequest()) == .success(9))
    rig.publish()
    var heard: [Int] = []
    while heard.count < 2, let message = try client.next(timeout: patience) {
      if case .item(let sub, _, _) = message { heard.append(sub) }
    }
    #expect(heard.sorted() == [8, 9])
    #expect(try client.ask("ping") == .success(Array(#"{"t":"pong"}"#.utf8)))
  }

  @Test("the end of a client's input ends nothing, and completes an unfinished line")
  func halfClose() throws {
    let rig = try Rig(log: FakeLog(items: 2))
    defer { rig.close() }
    let stream = try rig.connectRaw()
    try stream.send("sub last=1")
    shutdown(stream.descriptor, Int32(SHUT_WR))
    _ = try stream.text()
    #expect(try stream.text()?.contains("k3f9q2-2") == true)
    _ = try stream.text()
    rig.publish()
    #expect(try stream.text()?.contains("k3f9q2-3") == true)
  }

  @Test("a started line that does not end is ended with the connection")
  func startedLine() throws {
    let rig = try Rig { $0.lineTimeout = .milliseconds(30) }
    defer { rig.close() }
    let stream = try rig.connectRaw()
    try stream.send("sub las")
    #expect(try stream.text() == #"{"t":"bye","code":"idle","cursor":"k3f9q2-0","retry_ms":1000}"#)
    #expect(try stream.text() == nil)
  }

  @Test("a started line that does not end harms no subscription of the connection")
  func startedLineBesideASubscription() throws {
    let rig = try Rig { $0.lineTimeout = .milliseconds(30) }
    defer { rig.close() }
    let stream = try rig.connectRaw()
    try stream.send("sub\nping and so on")
    _ = try [stream.text(), stream.text()]
    #expect(try stream.text()?.hasPrefix(#"{"t":"err","code":"limit","msg":"a command that has begun"#) == true)
    rig.publish()
    try stream.send(" and on\nping\n")
    #expect(try Set([stream.text(), stream.text()].map { $0?.prefix(11) }) == [#"{"t":"item""#, #"{"t":"pong""#])
  }

  @Test("a hundred commands a second are answered, more refused, and of a flood none is lost")
  func commandRate() throws {
    let rig = try Rig()
    defer { rig.close() }
    let stream = try rig.connectRaw()
    try stream.send("sub\n" + String(repeating: "ping\n", count: 2500))
    var counts: [String: Int] = [:]
    for _ in 0..<2502 {
      guard let line = try stream.text() else { break }
      counts[String(line.prefix(11)), default: 0] += 1
    }
    // Three windows of a second, whatever the machine's load.
    let pongs = try #require(counts[#"{"t":"pong""#])
    #expect(pongs >= 99 + 2 * 100)
    #expect(counts[#"{"t":"err","#] == 2500 - pongs)
    rig.publish()
    #expect(try stream.text()?.hasPrefix(#"{"t":"item""#) == true, "it harms nothing else")
  }

  @Test("who asks and does not read is asked no further, and goes on when it reads")
  func unreadAnswers() throws {
    let rig = try Rig()
    defer { rig.close() }
    let stream = try rig.connectRaw()
    // More than a socket's buffers and the bound together hold: 8 answers of 60 KB.
    for _ in 0..<8 { try stream.send("poll large\n") }
    let server = rig.server
    let unsent = Mutex(0)
    let end = ContinuousClock.now + patience
    while unsent.withLock({ $0 }) < 4 * Outbox.mostUnread, ContinuousClock.now < end {
      rig.onLoop { unsent.withLock { $0 = server.unsentBytes } }
    }
    let before = unsent.withLock { $0 }
    try stream.send(String(repeating: "help\n", count: 50))
    for _ in 0..<20 { rig.onLoop { unsent.withLock { $0 = server.unsentBytes } } }
    #expect(unsent.withLock { $0 } <= before)
    for _ in 0..<8 { #expect(try stream.text()?.hasPrefix(#"{"t":"ok","x":"#) == true) }
    for _ in 0..<50 { #expect(try stream.text()?.hasPrefix(#"{"t":"ok","ops""#) == true) }
  }

  @Test("fields: an event is told with its type, its cursor and what was asked for", arguments: [false, true])
  func fields(_ isReplayed: Bool) throws {
    let rig = try Rig(log: FakeLog(items: isReplayed ? 1 : 0))
    defer { rig.close() }
    let stream = try rig.connectRaw()
    try stream.send(isReplayed ? "sub from=tail fields=title,nothing\n" : "sub fields=title fields=nothing\n")
    _ = try stream.text()
    if !isReplayed {
      _ = try stream.text()
      rig.publish(1) { item($0, title: #"a "quoted\", {title}, [1]"#) }
    }
    let title = isReplayed ? "title 1" : #"a \"quoted\\\", {title}, [1]"#
    #expect(
      try stream.text() == #"{"t":"item","sub":1,"type":"item.new","cursor":"k3f9q2-1","title":"\#(title)"}"#)
    try stream.send(#"{"op":"sub","after":"k3f9q2-0","fields":["nothing"]}"# + "\n")
    while let line = try stream.text() {
      guard line.hasPrefix(#"{"t":"item","sub":2"#) else { continue }
      #expect(line == #"{"t":"item","sub":2,"type":"item.new","cursor":"k3f9q2-1"}"#)
      break
    }
  }

  @Test("subscribers: everybody else, with position, lag and filter, in pages")
  func subscribers() throws {
    let rig = try Rig(log: FakeLog(items: 3))
    defer { rig.close() }
    let listener = try rig.connect()
    _ = try listener.subscribe(SubscribeRequest(start: .tail, filter: Filter(sources: ["bbc"])))
    #expect(try listener.itemsUntilMark().sequences == [1, 2, 3])
    let live = try rig.connectLive()
    let asker = try rig.connect()
    let answer = String(decoding: try asker.ask("subscribers").get(), as: UTF8.self)
    let expected =
      #"^\{"t":"ok","subscribers":\[\{"subscriber":1,"socket":"control","uid":\d+,"gid":\d+,"pid":\d+,"since":"[^"]+","#
      + #""subscriptions":\[\{"sub":1,"cursor":"k3f9q2-3","lag":0,"sent":3,"rate":0\.300,"filter":\{"source":\["bbc"\]\}\}\]\},"#
      + #"\{"subscriber":2,"socket":"live",.*"subscriptions":\[\{"sub":0,"cursor":"k3f9q2-3","lag":0,"sent":0,"rate":0\.000,"filter":\{.*\}\}\]\}\],"head":"k3f9q2-3"\}$"#
    #expect(try answer.wholeMatch(of: Regex(expected)) != nil, "\(answer)")
    let rest = String(decoding: try asker.ask("subscribers after=1").get(), as: UTF8.self)
    #expect(rest.hasPrefix(#"{"t":"ok","subscribers":[{"subscriber":2,"#))
    #expect(rig.log.notes.filter { $0.hasPrefix("info: subscriber") }.count == 2)
    withExtendedLifetime(live) {}
  }

  @Test("beats come in silence, their cursor past what the filter held back")
  func beat() throws {
    let rig = try Rig { $0.beat = .milliseconds(20) }
    defer { rig.close() }
    let client = try rig.connect()
    _ = try client.subscribe(SubscribeRequest(filter: Filter(sources: ["nobody"])))
    rig.publish(5)
    while let message = try client.next(timeout: patience) {
      if case .beat(1, cursor(5)) = message { break }
    }
    while let line = try client.receive(timeout: patience) {
      let text = String(decoding: line, as: UTF8.self)
      #expect(text.hasPrefix(#"{"t":"beat","sub":1,"cursor":"k3f9q2-5","head":"k3f9q2-5","at":"20"#))
      break
    }
  }

  @Test("the connection limit is told; root is let in while the reserve lasts")
  func connectionLimit() throws {
    let rig = try Rig { $0.maxSubscribers = 2 }
    defer { rig.close() }
    let clients = try [rig.connect(), rig.connect()]
    #expect(throws: SocketError.self) { try rig.connect() }
    #expect(rig.server.subscriberCount == clients.count)
  }

  @Test("stop lets readers take what there is, says bye, closes and removes both files")
  func stop() throws {
    let rig = try Rig(log: FakeLog(items: 5000))
    defer { rig.close() }
    let client = try rig.connect()
    let live = try rig.connectLive()
    _ = try client.subscribe(SubscribeRequest(start: .tail))
    rig.publish(10)
    let stopped = Signal()
    rig.server.stop(flush: .seconds(2)) { stopped.set() }
    var sequences: [Int64] = []
    var last: ServerMessage?
    while let message = try client.next(timeout: patience) {
      if case .item(_, let cursor, _) = message { sequences.append(cursor.sequence) }
      last = message
    }
    #expect(sequences == Array(1...5010))
    #expect(last == .bye(code: "shutdown", retry: .seconds(1)))
    for _ in 0..<10 { #expect(try live.text() != nil) }
    #expect(try live.text() == nil)
    #expect(stopped.wait())
    #expect(access(rig.settings.controlPath, F_OK) != 0 && access(rig.settings.livePath, F_OK) != 0)
    #expect(rig.server.subscriberCount == 0)
  }
}
