import TestSupport
import TickerText
import Testing

/// SPEC §2: `config`, logs, errors, `status` and the database show no secret.
@Suite struct SecrecyTests {
  private static let sourceToken = "tok-3f9c-source-path"
  private static let hookToken = "tok-8d21-hook-path"
  private static let queryValue = "q-77ab-query-value"

  @Test func noSecretIsShownAnywhere() async throws {
    let origin = try Origin()
    let hook = try LoopbackServer { _ in .status(404) }
    origin.publish("/\(Self.sourceToken)/feed", "A line behind a secret URL\n")
    origin.publish("/open?key=\(Self.queryValue)", "A line behind a key\n")
    let tables = """
      [defaults]
      allow_net = ["127.0.0.0/8"]
      interval = "1h"
      baseline = "all"

      [[source]]
      name = "secret"
      kind = "text"
      url = { env = "SOURCE_URL" }

      [[source]]
      name = "keyed"
      kind = "text"
      url = "\(origin.url("/open?key=\(Self.queryValue)"))"

      [[webhook]]
      name = "desk"
      url = { env = "HOOK_URL" }
      secret = { file = "SECRET_FILE" }
      retry = ["10ms", "10ms", "10ms"]
      allow_net = ["127.0.0.0/8"]
      """
    let station = Station("")
    let file = station.folder.write("hook-secret", Receiver.secret + "\n")
    station.configure(settings: "log_level = \"debug\"", tables.replacing("SECRET_FILE", with: file))
    station.set("SOURCE_URL", origin.url("/\(Self.sourceToken)/feed"))
    station.set("HOOK_URL", hook.url("/\(Self.hookToken)"))

    let daemon = try await station.daemon("--stdout", "json")
    let subscriber = try await station.subscribe("sub from=tail")
    for name in ["secret", "keyed"] { #expect(try await station.poll(name)["reason"] == .null) }
    try await daemon.logged("given up")
    origin.trouble("/\(Self.sourceToken)/feed", .status(404))
    origin.trouble("/open?key=\(Self.queryValue)", .redirect(to: "/open?key=\(Self.queryValue)"))
    var shown: [(String, String)] = []
    for name in ["secret", "keyed"] {
      for _ in 1...3 {
        let poll = try await station.run("poll", name)
        #expect(poll.code == 1)
        shown.append(("poll", poll.output + poll.errors))
      }
    }
    for arguments in [
      ["config"], ["check"], ["status"], ["status", "--json"], ["sources"], ["sources", "--json"],
      ["tail", "-n", "100", "-o", "json"], ["reload"],
    ] {
      let finished = try await station.start(arguments + ["-c", station.configuration]).finished()
      #expect(!(finished.output + finished.errors).isEmpty, "\(arguments)")
      shown.append(("\(arguments)", finished.output + finished.errors))
    }
    shown.append(("tickerd.sock", subscriber.received.value.lines.joined(separator: "\n")))
    // The files while it runs: the write-ahead log too.
    for name in ["tickerd.db", "tickerd.db-wal"] {
      let bytes = (try? Fixtures.bytes(of: station.folder.file("state/" + name))) ?? []
      shown.append((name, String(decoding: bytes, as: UTF8.self)))
    }
    let finished = try await daemon.stop()
    shown += [("stdout", finished.output), ("log", finished.errors)]
    shown.append(("database", String(decoding: try Fixtures.bytes(of: station.state), as: UTF8.self)))
    let secrets = [
      Self.sourceToken, Self.hookToken, Self.queryValue, Receiver.secret, BinaryText.base64(Receiver.key),
      String(decoding: Receiver.key, as: UTF8.self),
    ]
    for (place, text) in shown {
      for secret in secrets { #expect(!text.contains(secret), "\(secret) is shown in \(place)") }
    }
    #expect(shown.contains { $0.0 == "log" && $0.1.contains("127.0.0.1") }, "the host is shown")
  }

  /// Everything an operator can keep secret, in everything that is shown or stored, with receivers that answer with all
  /// that they were sent.
  @Test func noSecretOfAWebhookComesBack() async throws {
    let origin = try Origin()
    let echo = try LoopbackServer { request in
      let head = request.headers.map { "\($0.name): \($0.value)" }.joined(separator: "\n")
      return .text("\(request.method) \(request.path)\n\(head)\n", status: 400)
    }
    origin.publish("/one", "A line that is told\n")
    let values = [
      "BEARER": "tok-bearer-51ab", "KEY": "key-value-77cd", "BASIC": "night:basic-pass-90ef",
      "PROXY": "http://desk:proxy-pass-3c1a@\(echo.host):\(echo.port)",
      "SLACK": echo.url("/services/T0slack4d/B0slack4d"),
      "DISCORD": echo.url("/api/webhooks/112233/discord-token-5e"),
      "TEAMS": echo.url("/workflows/teams-token-6f?sig=teams-sig-70"),
      "TELEGRAM": echo.url("/bot999:telegram-token-81/sendMessage"), "NTFY": echo.url("/ntfy-secret-92"),
      "HOOK_SECRET": Receiver.secret,
      "PAIR": "whsk_" + BinaryText.base64(Array("an ed25519 seed of 32 bytes, yes".utf8)),
      "ONCE": echo.url("/once?token=query-secret-a3"),
    ]
    let terms = """
      allow_net = ["127.0.0.0/8"]
      retry = ["10ms", "10ms"]
      secrets = [{ env = "HOOK_SECRET" }, { env = "PAIR" }]
      """
    let chats = ["slack", "discord", "teams", "telegram", "ntfy"].map { format in
      """
      [[webhook]]
      name = "\(format)"
      format = "\(format)"
      url = { env = "\(format.uppercased())" }
      \(format == "telegram" ? "chat_id = \"-1001\"" : format == "ntfy" ? "topic = \"news\"" : "")
      \(terms)

      """
    }
    let tables = """
      [[source]]
      name = "one"
      kind = "text"
      url = "\(origin.url("/one"))"
      baseline = "all"
      interval = "1h"
      allow_net = ["127.0.0.0/8"]
      headers = { X-Api-Key = { env = "KEY" } }
      auth = { basic = { env = "BASIC" } }

      [[webhook]]
      name = "echo"
      url = { env = "ONCE" }
      headers = { Authorization = { env = "BEARER" }, X-Key = { env = "KEY" } }
      \(terms)

      [[webhook]]
      name = "login"
      url = "http://user:url-pass-b4@\(echo.host):\(echo.port)/login?key=plain-query-c5"
      \(terms)

      [[webhook]]
      name = "behind"
      url = "http://hooks.example.org/behind"
      proxy = { env = "PROXY" }
      \(terms)

      """ + chats.joined(separator: "\n")
    let station = Station(settings: "log_level = \"debug\"", tables, environment: values)
    station.set("BEARER", "Bearer " + "tok-bearer-51ab")

    let daemon = try await station.daemon("--stdout", "json")
    let subscriber = try await station.subscribe("sub from=tail")
    try await station.poll("one")
    for name in ["echo", "login", "behind", "slack", "discord", "teams", "telegram", "ntfy"] {
      try await daemon.logged("given up", name)
    }
    // Their rows are on disk a moment later.
    var letters: [JSON] = []
    let end = ContinuousClock.now + TooLate.patience
    while letters.count < 8, ContinuousClock.now < end {
      letters = try (await station.run("dead", "list", "--json")).lines.map { try JSON($0) }
    }
    #expect(letters.count == 8)
    var shown: [(String, String)] = []
    let id = letters.first?["id"].string ?? ""
    for arguments in [
      ["config"], ["config", "--json"], ["check"], ["check", "--json"], ["check", "--connect"], ["status"],
      ["status", "--json"], ["sources", "--json"], ["endpoints"], ["endpoints", "--json"], ["deliveries"],
      ["deliveries", "--json"], ["dead", "list"], ["dead", "list", "--json"], ["dead", "show", id],
      ["dead", "show", id, "--json"], ["dead", "replay", id], ["test", "a drill", "--endpoint", "slack"], ["why", id],
      ["tail", "-n", "100", "-o", "json"], ["reload"], ["test", "all of them", "--json"],
    ] {
      let finished = try await station.start([arguments[0]] + ["-c", station.configuration] + arguments.dropFirst())
        .finished()
      shown.append(("\(arguments)", finished.output + finished.errors))
    }
    for url in ["SLACK", "TELEGRAM", "ONCE"].compactMap({ values[$0] }) {
      let finished = try await station.run("explain", url)
      // Whoever types an address knows it; nothing else of the station is in the answer.
      shown.append(("explain", (finished.output + finished.errors).replacing(url, with: "")))
    }
    for name in ["tickerd.db", "tickerd.db-wal"] {
      let bytes = (try? Fixtures.bytes(of: station.folder.file("state/" + name))) ?? []
      #expect(!bytes.isEmpty)
      shown.append((name, String(decoding: bytes, as: UTF8.self)))
    }
    shown.append(("tickerd.sock", subscriber.received.value.lines.joined(separator: "\n")))
    let finished = try await daemon.stop()
    shown += [("stdout", finished.output), ("log", finished.errors)]
    shown.append(("database", String(decoding: try Fixtures.bytes(of: station.state), as: UTF8.self)))
    let secrets = [
      "tok-bearer-51ab", "key-value-77cd", "basic-pass-90ef", BinaryText.base64(Array("night:basic-pass-90ef".utf8)),
      "proxy-pass-3c1a", BinaryText.base64(Array("desk:proxy-pass-3c1a".utf8)), "T0slack4d", "B0slack4d",
      "discord-token-5e", "teams-token-6f", "teams-sig-70", "telegram-token-81", "ntfy-secret-92", "query-secret-a3",
      "url-pass-b4", BinaryText.base64(Array("user:url-pass-b4".utf8)), "plain-query-c5",
      BinaryText.base64(Receiver.key),
      "an ed25519 seed", BinaryText.base64(Array("an ed25519 seed of 32 bytes, yes".utf8)),
    ]
    for (place, text) in shown {
      #expect(!text.isEmpty || place.contains("deliveries"), "\(place)")
      for secret in secrets { #expect(!text.contains(secret), "\(secret) is shown in \(place)") }
    }
    #expect(shown.contains { $0.1.contains("(hidden)") }, "the receivers did answer with what they were sent")
  }

  @Test func aSecretFileThatOthersMayReadIsRefused() async throws {
    let station = Station("")
    let file = station.folder.write("hook-secret", Receiver.secret, mode: 0o644)
    station.configure(
      """
      [[webhook]]
      name = "desk"
      url = "https://hooks.example.org/"
      secret = { file = "\(file)" }
      """)
    let run = try await station.run("run")
    #expect(run.code == 78)
    #expect(run.errors.contains("\(station.configuration):") && run.errors.contains(file), "\(run.errors)")
  }
}
