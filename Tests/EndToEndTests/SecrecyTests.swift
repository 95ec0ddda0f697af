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
