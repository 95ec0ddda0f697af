import Glibc
import TestSupport
import Testing

/// SPEC §5 against the built program: what `tickerd.sock` answers, key by key.
@Suite struct SocketTests {
  private static func desk(_ origin: Origin, settings: String = "") async throws -> (Station, Daemon) {
    origin.publish("/desk", Sources.lines("Third story", "Second story", "First story"))
    let station = Station(settings: settings, Sources.text("desk", on: origin, "/desk"))
    let daemon = try await station.daemon()
    try await station.poll("desk")
    return (station, daemon)
  }

  @Test func everyLineHasExactlyItsKeys() async throws {
    let origin = try Origin()
    let (station, daemon) = try await Self.desk(origin)
    let client = try SocketLines(path: station.control)
    client.send(#"{"op":"sub","id":"a","from":"tail","beat":1,"fields":["title","source"]}"#)
    client.send(#"{"op":"sub","id":2,"last":1,"follow":false}"#)
    client.send("ping id=p")
    client.send("sub id=e after=zzzzzz-1")
    let beat = try await client.received.wait(for: "a beat") { $0.lines.first { $0.hasPrefix(#"{"t":"beat""#) } }
    let lines = try client.received.value.lines.map { try JSON($0) }
    let expected: [(String, Set<String>)] = [
      ("hello", ["t", "proto", "server", "epoch", "head", "tail", "beat", "max_line", "max_command"]),
      ("ok", ["t", "id", "sub", "head"]), ("live", ["t", "sub", "cursor"]), ("end", ["t", "sub", "cursor"]),
      ("pong", ["t", "id"]), ("err", ["t", "id", "code", "msg", "tail", "head"]),
      ("beat", ["t", "sub", "cursor", "head", "at"]),
    ]
    for (type, keys) in expected {
      #expect(lines.first { $0["t"].string == type }?.keys == keys, "\(type)")
    }
    let items = lines.filter { $0["t"].string == "item" }
    #expect(
      items.filter { $0["sub"].int == 1 }.map(\.keys).allSatisfy {
        $0 == ["t", "sub", "type", "cursor", "title", "source"]
      })
    #expect(items.filter { $0["sub"].int == 1 }.map(\.title) == ["First story", "Second story", "Third story"])
    #expect(items.filter { $0["sub"].int == 2 }.map(\.title) == ["Third story"])
    #expect(try JSON(beat)["cursor"] == lines[0]["head"])
    try await daemon.stop()
    let bye = try await client.received.wait(for: "bye") { $0.isAtEnd ? $0.lines.last : nil }
    #expect(try JSON(bye).keys == ["t", "code", "cursor", "retry_ms"])
  }

  @Test func getByItemAndByCursor() async throws {
    let origin = try Origin()
    let (station, _) = try await Self.desk(origin)
    let log = try await station.log()
    let first = try #require(log.first)
    let (id, cursor) = (try #require(first["id"].string), try #require(first["cursor"].string))
    for command in ["get \(id)", "get \(cursor)", #"{"op":"get","id":"x","item":"\#(id)"}"#] {
      let answer = try await station.ask(command)
      #expect(answer["t"].string == "ok")
      #expect(answer["event"]["cursor"].string == cursor && answer["event"].title == "First story")
    }
    #expect(try await station.ask("get itm_none")["code"].string == "not_found")
    #expect(try await station.ask("get zzzzzz-1")["code"].string == "epoch_mismatch")
  }

  @Test func subscribersAreToldAndTheAskerIsNone() async throws {
    let origin = try Origin()
    let (station, _) = try await Self.desk(origin)
    #expect(try await station.ask("status")["subscribers"].int == 0)
    let client = try await station.subscribe("sub from=tail source=desk")
    _ = try await client.items(count: 3)
    let live = try SocketLines(path: station.live)
    try await station.connected(2)
    #expect(try await station.run("status").lines.contains("subscribers  2"))
    let table = try await station.run("subscribers")
    #expect(table.code == 0)
    #expect(table.lines.count == 3, "\(table.output)")
    #expect(table.lines[1].contains("source=desk") && table.lines[1].contains("-3"))
    let rows = try await station.run("subscribers", "--json").lines.map { try JSON($0) }
    #expect(rows.map { $0["socket"].string } == ["control", "live"])
    #expect(rows[0]["pid"].int == Int(getpid()) && rows[0]["uid"].int == Int(getuid()))
    #expect(rows[0]["command"].string != nil && rows[0]["user"].string != nil)
    let subscription = try #require(rows[0]["subscriptions"].array.first)
    #expect(subscription["lag"].int == 0 && subscription["sent"].int == 3)
    withExtendedLifetime(live) {}
  }

  @Test func whoListensAndWhoCommandsIsLogged() async throws {
    let origin = try Origin()
    let (station, daemon) = try await Self.desk(origin, settings: "log_level = \"info\"\nadmin_group = \"adm\"")
    _ = try await station.subscribe("sub")
    try await daemon.logged("subscriber", "uid \(getuid())", "pid \(getpid())")
    try await daemon.logged("commands: poll desk", "uid \(getuid())")
  }

  @Test func theSocketsOwnGroupCannotBeTheAdministrators() async throws {
    let group = try #require(getgrgid(getegid()).map { String(cString: $0.pointee.gr_name) })
    let origin = try Origin()
    let (station, _) = try await Self.desk(origin)
    station.configure(settings: "admin_group = \"\(group)\"", Sources.text("desk", on: origin, "/desk"))
    let check = try await station.run("check")
    #expect(check.code == 78)
    #expect(check.errors.contains("is the group of the sockets"))
    #expect(try await station.run("reload").code == 78)
  }
}
