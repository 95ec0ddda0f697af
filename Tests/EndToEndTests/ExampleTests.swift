import Glibc
import TestSupport
import Testing

/// The clients in Config/examples, against the built daemon: start, receive, kill the daemon, start it again, resume.
@Suite struct ExampleTests {
  private static let folder =
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
    .joined(separator: "/") + "/Config/examples/"

  private static func exists(_ program: String) -> Bool {
    ["/usr/bin/", "/bin/"].contains { access($0 + program, X_OK) == 0 }
  }

  @Test(.enabled(if: exists("nc") && exists("jq"), "nc and jq are not installed"))
  func shell() async throws {
    try await resumes(["/bin/sh", Self.folder + "subscriber.sh"])
    try await passesOver(["/bin/sh", Self.folder + "subscriber.sh"])
  }

  @Test(.enabled(if: exists("python3"), "python3 is not installed"))
  func python() async throws {
    try await resumes(["/usr/bin/python3", Self.folder + "subscriber.py"])
    try await passesOver(["/usr/bin/python3", Self.folder + "subscriber.py"])
  }

  /// The compiler that built the tests builds it, too.
  @Test func swift() async throws {
    let path = (getenv("PATH").map { String(cString: $0) } ?? "").split(separator: ":").map { "\($0)/swiftc" }
    guard let compiler = path.first(where: { access($0, X_OK) == 0 }) else {
      print("skipped: no swiftc in PATH")
      return
    }
    let station = Station("")
    let built = station.folder.file("subscriber")
    let home = getenv("HOME").map { String(cString: $0) } ?? "/root"
    let compiling = try Program(
      [Self.folder + "subscriber.swift", "-o", built], executable: compiler,
      environment: ["PATH": "/usr/bin:/bin", "HOME": home])
    let finished = try await compiling.finished(within: .seconds(240))
    #expect(finished.code == 0, "\(finished.errors)")
    try await resumes([built])
    try await passesOver([built])
  }

  /// A crash of the daemon may cut a line on a connection that its service manager keeps; the next process ends it with
  /// an empty one, and goes on from before it. The server here is nc(1), which says just that.
  private func passesOver(_ command: [String]) async throws {
    guard Self.exists("nc") else { return print("skipped: nc is not installed") }
    let folder = TemporaryFolder()
    let item = { (number: Int) in
      #"{"t":"item","sub":1,"type":"item.new","cursor":"k3f9q2-\#(number)","title":"Story \#(number)"}"#
    }
    let said = [#"{"t":"hello"}"#, #"{"t":"ok","sub":1}"#, item(1), #"{"t":"item","sub":1,"ty"#, "", item(2), ""]
    let socket = folder.file("socket")
    let server = try Program(
      ["-l", "-U", socket], executable: "/usr/bin/nc", environment: [:], input: said.joined(separator: "\n"))
    let client = try Program(
      command.dropFirst() + [socket, folder.file("cursor")], executable: command[0],
      environment: ["PATH": "/usr/bin:/bin", "HOME": folder.path, "PYTHONDONTWRITEBYTECODE": "1"])
    #expect(try await lines(2, of: client) == ["k3f9q2-1 Story 1", "k3f9q2-2 Story 2"])
    try await end(client)
    server.signal(SIGKILL)
  }

  private func resumes(_ command: [String]) async throws {
    let origin = try Origin()
    var stories = ["First story"]
    func publish(_ more: String...) async throws {
      stories += more
      origin.publish("/desk", stories.reversed().joined(separator: "\n") + "\n")
    }
    try await publish("Second story \u{1B}[31m of \u{202E} the day")
    let station = Station(Sources.text("desk", on: origin, "/desk"))
    var daemon = try await station.daemon()
    try await station.poll("desk")
    let cursorFile = station.folder.file("cursor")
    func client() throws -> Program {
      try Program(
        command.dropFirst() + [station.control, cursorFile], executable: command[0],
        environment: ["PATH": "/usr/bin:/bin", "HOME": station.folder.path, "PYTHONDONTWRITEBYTECODE": "1"])
    }
    var printed: [String] = []
    let first = try client()
    printed += try await lines(2, of: first)
    #expect(!printed.joined().unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{202E}" })
    try await daemon.kill()
    daemon = try await station.daemon()
    try await publish("Third story")
    try await station.poll("desk")
    // The same client comes back by itself.
    #expect(try await lines(3, of: first).count == 3)
    printed.append(try await lines(3, of: first)[2])
    // Its place is kept before it is ended.
    let cursor = String(printed[2].prefix { $0 != " " })
    let end = ContinuousClock.now + TooLate.patience
    while (try? SmallFile.text(cursorFile)) != cursor + "\n", ContinuousClock.now < end {
      try await Task.sleep(for: .milliseconds(20))
    }
    try await self.end(first)
    try await publish("Fourth story")
    try await station.poll("desk")
    let second = try client()
    printed += try await lines(1, of: second)
    let log = try await station.log()
    #expect(printed.map { String($0.prefix { $0 != " " }) } == log.compactMap { $0["cursor"].string })
    #expect(printed.last?.hasSuffix("Fourth story") == true)
    try await self.end(second)
    try await daemon.stop()
  }

  /// With everything that it started.
  private func end(_ program: Program) async throws {
    if let pid = program.pid { kill(-pid, SIGKILL) }
    try await program.end()
  }

  private func lines(_ count: Int, of program: Program) async throws -> [String] {
    try await program.output.wait(for: "\(count) lines") { $0.lines.count >= count ? $0.lines : nil }
  }
}
