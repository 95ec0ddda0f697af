import TestSupport
import Testing

/// `explain`, from outside; nothing is ever sent.
@Suite struct ExplainTests {
  @Test func theVerdictAndTheLineThatHelps() async throws {
    let server = try LoopbackServer { _ in .text("x") }
    let port = server.port
    let station = Station(
      """
      [[source]]
      name = "wire"
      url = "http://127.1:\(port)/page"
      allow_net = ["127.0.0.0/8"]
      [[source]]
      name = "behind"
      url = "http://10.1.2.3/"
      proxy = "http://user:hunter2@127.0.0.1:\(port)"
      [[webhook]]
      name = "hidden"
      url = { env = "HOOK_URL" }
      """, environment: ["HOOK_URL": "http://127.0.0.1:\(port)/hunter2"])
    let refused = try await station.run("explain", "http://0x7f000001:\(port)/")
    #expect(refused.code == 1)
    #expect(
      refused.lines == [
        "http://0x7f000001:\(port)/",
        "  127.0.0.1  refused, it is in 127.0.0.0/8 (loopback); if it is meant, add allow_net = [\"127.0.0.1/32\"]",
        "refused: allow_net = [\"127.0.0.1/32\"]",
      ])
    #expect(try await station.run("explain", "http://0x7f000001:\(port)/", "--allow-net", "127.0.0.1").code == 0)
    for target in ["wire", "http://127.1:\(port)/page"] {
      let allowed = try await station.run("explain", target)
      #expect(allowed.code == 0 && allowed.lines.last == "allowed")
      #expect(allowed.lines.first == "source wire: http://127.1:\(port)/page")
    }
    let behind = try await station.run("explain", "behind")
    #expect(behind.code == 1)
    #expect(behind.output.contains("through the proxy") && behind.output.contains("10.1.2.3  refused"))
    let hidden = try JSON(try await station.run("explain", "hidden", "--json").output)
    #expect(hidden["verdict"].string == "refused" && hidden["owner"].string == "webhook hidden")
    #expect(hidden["addresses"].array.map { $0["network"].string } == ["127.0.0.0/8"])
    #expect(hidden["allow_net"].array.map(\.string) == ["127.0.0.1/32"])
    for text in [behind.output, "\(hidden)"] { #expect(!text.contains("hunter2")) }
    let other = try await station.run("explain", "ftp://example.org/\u{1B}[31m")
    #expect(other.code == 1 && !other.output.contains("\u{1B}"))
    #expect(server.connections == 0)
  }

  @Test func withoutAConfigurationToo() async throws {
    let station = Station("")
    #expect(try await station.start(["explain", "http://8.8.8.8/"]).finished().code == 0)
    #expect(try await station.start(["explain", "http://8.8.8.8/", "-c", "/nowhere"]).finished().code == 78)
    #expect(try await station.start(["explain", "http://8.8.8.8/", "--allow-net", "8.8.8.8/3"]).finished().code == 64)
  }
}
