import TestSupport
import TickerText
import Testing

/// `sign` and `verify`, from outside.
@Suite struct SignatureTests {
  private static let body = "{\"test\": 2432232314}"
  private static let vector = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
  private static let about = ["--id", "msg_p5jXN8AQM9LWM0D4loKWxJek", "--timestamp", "1614265330"]
  private static let environment = [
    "DESK": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "OTHER": Receiver.secret,
    // RFC 8032 §7.1, test 3.
    "SIGNING": "whsk_xaqN9D+fg3vtt0QvMdy3sWbThTUHbwlLhc46LgtEWPc=",
    "PUBLIC": "whpk_/FHNjmIYoaONpH7QAjDwWAgW7RO6MwOsXeuRFUiQgCU=",
  ]
  private let station = Station("", environment: environment)

  private func tickerd(_ arguments: [String], input: String = body) async throws -> Program.Finished {
    try await station.start(arguments, input: input).finished()
  }

  @Test func signsTheVectorOfStandardWebhooks() async throws {
    let signed = try await tickerd(["sign", "--secret-env", "DESK"] + Self.about)
    #expect(signed.output == Self.vector + "\n")
    #expect(signed.errors.isEmpty)
    let file = station.folder.write("desk.key", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n", mode: 0o600)
    #expect(try await tickerd(["sign", "--secret-file", file] + Self.about).output == Self.vector + "\n")
    let json = try JSON(try await tickerd(["sign", "--secret-env", "DESK", "--json"] + Self.about).output)
    #expect(json["signature"].string == Self.vector && json["timestamp"].int == 1_614_265_330)
  }

  @Test func verifiesWhatWasSignedByAnyOfTheKeys() async throws {
    let both = try await tickerd(["sign", "--secret-env", "SIGNING", "--secret-env", "DESK"] + Self.about).lines[0]
    #expect(both.hasPrefix("v1a,") && both.hasSuffix(" " + Self.vector))
    for key in ["DESK", "PUBLIC", "SIGNING"] {
      let verified = try await tickerd(["verify", "--secret-env", key, "--signature", both] + Self.about)
      #expect(verified.code == 0 && verified.output == "authentic\n", "\(key): \(verified.errors)")
    }
    let others: [(String, [String], String)] = [
      ("another key", ["--secret-env", "OTHER", "--signature", both], Self.body),
      ("another body", ["--secret-env", "DESK", "--signature", both], Self.body + "\n"),
      ("no signature", ["--secret-env", "DESK", "--signature", "v2,AAAA"], Self.body),
      ("too old", ["--secret-env", "DESK", "--signature", both, "--tolerance", "5m"], Self.body),
    ]
    for (name, arguments, body) in others {
      let verified = try await tickerd(["verify"] + arguments + Self.about, input: body)
      #expect(verified.code == 1 && verified.output.isEmpty, "\(name)")
      #expect(verified.errors.hasPrefix("tickerd: not authentic: "), "\(name)")
    }
    let now = try JSON(
      try await tickerd(["sign", "--secret-env", "DESK", "--json", "--id", "msg_1"]).output)
    let fresh = try await tickerd([
      "verify", "--secret-env", "DESK", "--id", "msg_1", "--timestamp", "\(now["timestamp"].int ?? 0)",
      "--signature", now["signature"].string ?? "", "--tolerance", "5m", "--json",
    ])
    #expect(try fresh.code == 0 && JSON(fresh.output)["verdict"].string == "authentic")
  }

  @Test func usageAndKeysThatCannotBeUsed() async throws {
    let open = station.folder.write("open.key", Receiver.secret, mode: 0o644)
    let cases: [([String], Int32)] = [
      (["sign", "--id", "a"], 64), (["sign", "--secret-env", "DESK"], 64),
      (["sign", "--secret-env", "DESK", "--id", ""], 64),
      (["sign", "--secret-env", "DESK", "--id", "a.b"], 64), (["verify", "--secret-env", "DESK", "--id", "a"], 64),
      (["sign", "--secret-env", "NONE", "--id", "a"], 78), (["sign", "--secret-env", "PUBLIC", "--id", "a"], 78),
      (["sign", "--secret-file", open, "--id", "a"], 78), (["sign", "--secret-file", "/nowhere", "--id", "a"], 78),
    ]
    for (arguments, code) in cases {
      let finished = try await tickerd(arguments)
      #expect(finished.code == code, "\(arguments): \(finished.errors)")
      #expect(!finished.errors.isEmpty && finished.output.isEmpty)
      for secret in Self.environment.values { #expect(!finished.errors.contains(secret.dropFirst(6))) }
    }
  }
}
