import Glibc
import TestSupport
import TickerModel
import Testing

/// `check --connect`, from outside.
@Suite struct ConnectionCheckTests {
  @Test func everySourceAndWebhookIsReached() async throws {
    let origin = try LoopbackServer { request in
      switch request.path {
      case "/good": .text("A line\n", headers: [.init("Date", "Mon, 01 Jan 2024 00:00:00 GMT")])
      case "/moved": .redirect(to: "/gone")
      default: .status(404)
      }
    }
    let receiver = try Receiver()
    let refusing = try Receiver { _, _ in .status(401) }
    let tables = { (url: String) in
      """
      [[source]]
      name = "\(url.dropFirst())"
      url = "\(origin.url(url))"
      allow_net = ["127.0.0.0/8"]

      """
    }
    let station = Station(
      ["/good", "/moved"].map(tables).joined()
        + """
        [[source]]
        name = "inside"
        url = "\(origin.url("/good"))"
        [[source]]
        name = "off"
        enabled = false
        url = "\(origin.url("/off"))"

        """ + receiver.table("desk") + refusing.table("refusing"), environment: Receiver.environment)
    let check = try await station.run("check", "--connect", "--json")
    #expect(check.code == 1)
    let answer = try JSON(check.output)
    let rows = Dictionary(uniqueKeysWithValues: answer["connections"].array.map { ($0["name"].string ?? "", $0) })
    #expect(answer["connections"].array.map { $0["name"].string } == ["good", "moved", "inside", "desk", "refusing"])
    #expect(rows["good"]?["verdict"].string == "warning" && rows["good"]?["status"].int == 200)
    #expect(rows["good"]?["warnings"].array.first?.string?.contains("clock is") == true)
    #expect((rows["good"]?["clock_skew"].int ?? 0) < -86_400)
    #expect(rows["moved"]?["verdict"].string == "failed" && rows["moved"]?["class"].string == "status")
    #expect(rows["inside"]?["class"].string == "address")
    #expect(rows["inside"]?["reason"].string?.contains("allow_net = [\"127.0.0.1/32\"]") == true)
    #expect(rows["desk"]?["verdict"].string == "ok" && rows["desk"]?["status"].int == 204)
    #expect(rows["refusing"]?["reason"].string?.contains("answered 401") == true)
    let drill = try #require(receiver.deliveries.value.first)
    #expect(drill.isAuthentic && drill.event["type"].string == "test" && !drill.id.contains("."))
    #expect(drill.event.title.contains("desk"))
    #expect(receiver.deliveries.value.count == 1 && refusing.deliveries.value.count == 1, "no retries")

    let text = try await station.run("check", "--connect")
    #expect(text.code == 1)
    #expect(text.lines.count == 6 && text.lines[1].hasPrefix("failed  source  moved  127.0.0.1  status: answered 404"))
    #expect(text.errors.contains("3 of 5 connections failed"))
    // Without it nothing is reached.
    #expect(try await station.run("check").code == 0)
    #expect(receiver.deliveries.value.count == 2)
  }

  /// An answer of a cache was dated by the server behind it, long ago.
  @Test func anOldAnswerOfACacheIsNoSlowClock() async throws {
    let server = try LoopbackServer { request in
      var now = timespec()
      clock_gettime(CLOCK_REALTIME, &now)
      let date = HTTPDate.text(seconds: Int64(now.tv_sec) - 7200)
      let age = request.path == "/cached" ? [LoopbackServer.Header("Age", "7200")] : []
      return .text("A line\n", headers: [.init("Date", date)] + age)
    }
    let tables = ["cached", "slow"].map { name in
      "[[source]]\nname = \"\(name)\"\nurl = \"\(server.url("/\(name)"))\"\nallow_net = [\"127.0.0.0/8\"]\n"
    }
    let check = try await Station(tables.joined()).run("check", "--connect", "--json")
    let rows = try JSON(check.output)["connections"].array
    #expect(rows.map { $0["verdict"].string } == ["ok", "warning"])
    #expect(rows[1]["warnings"].array.first?.string?.contains("behind") == true)
  }

  @Test func aFaultyFileIsNotTried() async throws {
    let station = Station("[[source]]\nname = \"A\"\n")
    let check = try await station.run("check", "--connect", "--json")
    #expect(check.code == 78)
    let faults = try JSON(check.output)["faults"].array
    #expect(faults.count == 2 && faults.allSatisfy { $0["line"].int != nil && $0["severity"].string == "fault" })
    station.configure("[[source]]\nname = \"a\"\nurl = { env = \"NOWHERE\" }\n")
    #expect(try await station.run("check", "--connect").code == 78, "a secret that is missing here")
  }

  @Test(.enabled(if: TestAuthority.isAvailable, "there is no openssl program"))
  func aCertificateThatEndsSoonIsTold() async throws {
    let authority = try await TestAuthority()
    let soon = try await TLSServer(try await authority.certificate(days: 10))
    let later = try await TLSServer(try await authority.certificate(days: 40))
    let station = Station(
      [("soon", soon.url()), ("later", later.url())].map { name, url in
        "[[source]]\nname = \"\(name)\"\nurl = \"\(url)\"\nca_file = \"\(authority.file)\"\n"
          + "allow_net = [\"127.0.0.0/8\"]\n"
      }.joined())
    let check = try await station.run("check", "--connect", "--json")
    #expect(check.code == 0, "\(check.output)")
    let rows = try JSON(check.output)["connections"].array
    #expect(rows.map { $0["verdict"].string } == ["warning", "ok"])
    #expect([9, 10].contains(rows[0]["certificate_days"].int) && [39, 40].contains(rows[1]["certificate_days"].int))
    #expect(rows[0]["warnings"].array.first?.string?.contains("certificate ends in") == true)
    #expect(rows[0]["certificate_ends"].string?.hasSuffix("Z") == true)
  }
}
