import TestSupport
import Testing

/// SPEC §5, "stdout", and §1, `run --once`.
@Suite struct StandardOutputTests {
  @Test func textAndJSONOnOneOutputAndLogsNeverThere() async throws {
    let origin = try Origin()
    origin.publish("/one", Sources.lines("Newer line", "Older line"))
    let station = Station(
      settings: "log_level = \"debug\"",
      """
      [[stdout]]
      format = "text"
      filter = { source = ["one"], text = ['^Newer'] }

      """ + Sources.text("one", on: origin, "/one", "level = \"flash\""))
    let daemon = try await station.daemon("--stdout", "json")
    try await station.poll("one")
    origin.trouble("/one", .status(500))
    try await station.poll("one")
    try await daemon.program.output.wait(for: "three lines") { $0.lines.count >= 3 ? true : nil }
    let finished = try await daemon.stop()
    #expect(finished.end == .code(0))
    let json = finished.lines.filter { $0.hasPrefix("{") }
    #expect(try json.map { try JSON($0).title } == ["Older line", "Newer line"])
    let text = finished.lines.filter { !$0.hasPrefix("{") }
    #expect(text.count == 1)
    #expect(text.first?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ flash one Newer line/) != nil, "\(text)")
    #expect(finished.errors.contains("500"))
  }

  @Test func aStalledReaderDelaysNobody() async throws {
    let origin = try Origin()
    // Far more than a pipe holds.
    let long = String(repeating: "a word and ", count: 40)
    origin.publish("/one", (1...400).map { "Line \($0): \(long)" }.joined(separator: "\n"))
    let station = Station(Sources.text("one", on: origin, "/one"))
    let daemon = try await station.daemon("--stdout", "json", isStalled: true)
    let subscriber = try await station.subscribe("sub from=tail")
    try await station.poll("one")
    _ = try await subscriber.items(count: 400)
    origin.publish("/one", "A late line\n" + origin.page("/one").text)
    #expect(try await station.poll("one")["events"].int == 1)
    _ = try await subscriber.items(upTo: "A late line")
    #expect(daemon.program.output.value.bytes.isEmpty)
    try daemon.program.startReading()
    let printed = try await daemon.program.objects(count: 401)
    #expect(printed.map(\.sequence) == Array(1...401), "the reader gets everything when it reads")
  }

  @Test func aClosedOutputEndsThatSinkOnly() async throws {
    let origin = try Origin()
    origin.publish("/one", "First line\n")
    let station = Station(Sources.text("one", on: origin, "/one"))
    let daemon = try await station.daemon("--stdout", "text")
    let subscriber = try await station.subscribe("sub from=tail")
    try await daemon.program.closeOutput()
    try await station.poll("one")
    origin.publish("/one", "Second line\nFirst line\n")
    try await station.poll("one")
    try await daemon.logged("standard output")
    _ = try await subscriber.items(count: 2)
    #expect(try await daemon.stop().end == .code(0))
  }

  @Test func onceTellsWhatIsNewAndThenNothing() async throws {
    let origin = try Origin()
    origin.publish("/one", Sources.lines("Newer line", "Older line"))
    let station = Station(Sources.text("one", on: origin, "/one"))
    let first = try await station.run("run", "--once", "--stdout", "json")
    #expect(first.code == 0)
    #expect(try first.lines.map { try JSON($0).title } == ["Older line", "Newer line"])
    let second = try await station.run("run", "--once", "--stdout", "json")
    #expect(second.code == 0)
    #expect(second.output == "", "whatever is due, it is polled; nothing is new")
    #expect(origin.page("/one").answers.count == 2)
    origin.trouble("/one", .status(500))
    let failed = try await station.run("run", "--once", "--stdout", "json")
    #expect(failed.code == 1)
    #expect(failed.errors.contains("one") && failed.errors.contains("500"))
    #expect(failed.output == "")
  }

  @Test func onceDeliversWhatAnEarlierOneCouldNot() async throws {
    let origin = try Origin()
    origin.publish("/one", Sources.lines("Newer line", "Older line"))
    let refuses = Watched(true)
    let receiver = try Receiver { _, _ in .status(refuses.value ? 503 : 204) }
    let station = Station(
      Sources.text("one", on: origin, "/one") + receiver.table("desk", "retry = [\"10ms\", \"10ms\"]"),
      environment: Receiver.environment)
    let failed = try await station.run("run", "--once")
    #expect(failed.code == 1)
    #expect(failed.errors.contains("desk") && failed.errors.contains("503"), "\(failed.errors)")
    refuses.change { $0 = false }
    let delivered = try await station.run("run", "--once")
    #expect(delivered.code == 0, "\(delivered.errors)")
    let answered = receiver.deliveries.value
    #expect(Set(answered.map(\.event.title)) == ["Older line", "Newer line"])
    #expect(answered.first?.id == answered.dropFirst().first?.id, "one attempt failed, and the same came again")
    #expect(answered.count == 3)
    #expect(answered.allSatisfy { $0.isAuthentic })
    let third = try await station.run("run", "--once")
    #expect(third.code == 0)
    #expect(receiver.deliveries.value.count == 3)
  }
}
