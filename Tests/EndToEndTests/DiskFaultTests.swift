import Glibc
import TestSupport
import Testing

/// SPEC §8: a disk that is full, limited or gone. Nothing is announced that is not recorded, nobody loses the connection,
/// and what was missed comes when there is room again.
@Suite struct DiskFaultTests {
  /// A desk with one subscriber, who has heard the first line.
  private static func desk(_ origin: Origin) async throws -> (Station, Daemon, SocketLines) {
    origin.publish("/desk", Sources.lines("First line"))
    let station = Station(Sources.text("desk", on: origin, "/desk"))
    let daemon = try await station.daemon()
    try await station.poll("desk")
    let client = try await station.subscribe("sub from=tail")
    _ = try await client.items(upTo: "First line")
    return (station, daemon, client)
  }

  /// While the fault lasts: it is named wherever one looks, and nothing is told.
  private static func expectNamed(
    _ reason: String, _ origin: Origin, _ station: Station, _ daemon: Daemon, _ client: SocketLines
  ) async throws {
    for lines in [["Second line", "First line"], ["Third line", "Second line", "First line"]] {
      origin.publish("/desk", lines.joined(separator: "\n") + "\n")
      let answer = try await station.poll("desk")
      #expect(answer["stage"].string == "record" && answer["class"].string == "store")
      let told = answer["reason"].string ?? ""
      #expect(told.contains(reason))
    }
    try await daemon.logged("source desk", "record failed", reason)
    let (code, status) = try await station.status()
    #expect(code == 1)
    #expect(status["problems"].array.contains { $0.string?.contains(reason) == true })
    client.send("ping id=here")
    try await client.received.wait(for: "pong") { $0.lines.first { $0.contains("\"here\"") } }
    #expect(!client.received.value.lines.contains { $0.contains("Second line") || $0.contains("Third line") })
  }

  /// Afterwards: the subscriber who never left hears what was missed, and the log that the next process finds is the same.
  private static func expectRecovered(_ station: Station, _ daemon: Daemon, _ client: SocketLines) async throws {
    #expect(try await station.poll("desk")["events"].int == 2)
    let titles = ["First line", "Second line", "Third line"]
    let heard = try await client.items(upTo: "Third line")
    #expect(heard.map(\.title) == titles)
    try await daemon.logged("source desk", "works again")
    #expect(try await station.status().code == 0)
    try await daemon.stop()
    let next = try await station.daemon()
    let log = try await station.log()
    #expect(log.map(\.title) == titles && log.map { $0["cursor"] } == heard.map { $0["cursor"] })
    try await next.stop()
  }

  private static let hasTracer = access("/usr/bin/strace", X_OK) == 0

  @Test func aLimitOfFileSizesIsNamedAndOutlived() async throws {
    let origin = try Origin()
    let (station, daemon, client) = try await Self.desk(origin)
    let pid = try #require(daemon.program.pid)
    try await Self.limit(pid, "4096:unlimited")
    try await Self.expectNamed("I/O error while writing", origin, station, daemon, client)
    try await Self.limit(pid, "unlimited:unlimited")
    try await Self.expectRecovered(station, daemon, client)
  }

  @Test func aDatabaseThatWasMovedAwayIsNamedAndFoundAgain() async throws {
    let origin = try Origin()
    let (station, daemon, client) = try await Self.desk(origin)
    #expect(rename(station.state, station.state + ".away") == 0)
    try await Self.expectNamed("was deleted or moved away", origin, station, daemon, client)
    #expect(rename(station.state + ".away", station.state) == 0)
    try await Self.expectRecovered(station, daemon, client)
  }

  @Test func aFullDiskIsNamedAndOutlived() async throws {
    let disk = TemporaryFolder()
    guard geteuid() == 0, try await Self.tool("/usr/bin/mount", "-t", "tmpfs", "-o", "size=2m", "none", disk.path) == 0
    else {
      print("skipped: a small disk of its own needs root and mount(8)")
      return
    }
    let origin = try Origin()
    let station = Station("")
    #expect(symlink(disk.path, station.folder.file("state")) == 0)
    do {
      origin.publish("/desk", Sources.lines("First line"))
      station.configure(Sources.text("desk", on: origin, "/desk"))
      let daemon = try await station.daemon()
      try await station.poll("desk")
      let client = try await station.subscribe("sub from=tail")
      _ = try await client.items(upTo: "First line")
      let filler = disk.file("filler")
      #expect(try await Self.tool("/usr/bin/dd", "if=/dev/zero", "of=\(filler)", "bs=4096", "count=1000") != 0)
      try await Self.expectNamed("disk is full", origin, station, daemon, client)
      unlink(filler)
      try await Self.expectRecovered(station, daemon, client)
    } catch {
      Issue.record(error)
    }
    #expect(try await Self.tool("/usr/bin/umount", "-l", disk.path) == 0)
  }

  /// The calls fail as they do on a disk that breaks, or that the kernel has made read-only because it did. strace(1)
  /// makes them fail from when it is attached until it is ended.
  @Test(
    .enabled(if: hasTracer, "strace is not installed"),
    arguments: [
      ("fdatasync,fsync", "EIO", "flushing to the disk"), ("pwrite64,ftruncate", "EROFS", "while writing"),
      ("pwrite64", "EIO", "while writing"),
    ])
  func aBrokenDiskIsNamedAndOutlived(calls: String, error: String, reason: String) async throws {
    let origin = try Origin()
    let (station, daemon, client) = try await Self.desk(origin)
    let pid = try #require(daemon.program.pid)
    let fault = try Program(
      ["-f", "-p", "\(pid)", "-e", "trace=\(calls)", "-e", "inject=\(calls):error=\(error)"],
      executable: "/usr/bin/strace", environment: [:])
    let isAttached = try await fault.errors.wait(for: "strace") { stream in
      stream.text.contains("attached") ? true : stream.isAtEnd ? false : nil
    }
    guard isAttached else { return print("skipped: strace may not be attached: \(fault.errors.value)") }
    try await Self.expectNamed(reason, origin, station, daemon, client)
    fault.signal(SIGINT)
    try await fault.end()
    try await Self.expectRecovered(station, daemon, client)
  }

  /// Whoever reads the past waits, is told nothing wrong, and hears all of it once the disk answers again.
  @Test(.enabled(if: hasTracer, "strace is not installed")) func aLogThatCannotBeReadIsNamedAndWaitedFor() async throws
  {
    let origin = try Origin()
    // More than a connection has read by itself before somebody asks for it.
    let lines = (1...200).map { "Line \($0) of this desk says \(String(repeating: "something ", count: 20))" }
    origin.publish("/desk", lines.joined(separator: "\n") + "\n")
    let station = Station(Sources.text("desk", on: origin, "/desk"))
    let first = try await station.daemon()
    // The daemon may have polled it by itself.
    try await station.poll("desk")
    #expect(try await station.log().count == lines.count)
    try await first.stop()
    let daemon = try await station.daemon()
    let fault = try Program(
      ["-f", "-p", "\(try #require(daemon.program.pid))", "-e", "trace=pread64", "-e", "inject=pread64:error=EIO"],
      executable: "/usr/bin/strace", environment: [:])
    let isAttached = try await fault.errors.wait(for: "strace") { stream in
      stream.text.contains("attached") ? true : stream.isAtEnd ? false : nil
    }
    guard isAttached else { return print("skipped: strace may not be attached: \(fault.errors.value)") }
    let client = try await station.subscribe("sub from=tail")
    try await daemon.logged("the log cannot be read", "dmesg")
    let (code, status) = try await station.status()
    #expect(code == 1)
    #expect(status["problems"].array.contains { $0.string?.contains("the log cannot be read") == true })
    #expect(try await station.run("status").code == 1)
    #expect(client.received.value.lines.count == 2, "the greeting and the answer: \(client.received.value.lines)")
    fault.signal(SIGINT)
    try await fault.end()
    let heard = try await client.items { $0.contains { $0.hasPrefix(#"{"t":"live""#) } }
    #expect(heard.map(\.sequence) == (1...200).map { $0 })
    let end = ContinuousClock.now + TooLate.patience
    while try await station.status().code != 0, ContinuousClock.now < end {
      try await Task.sleep(for: .milliseconds(200))
    }
    try await daemon.logged("the log can be read again")
    try await daemon.stop()
  }

  /// One disk, one warning, whatever number of sources cannot be recorded.
  @Test func manySourcesOnOneBadDiskAreOneWarning() async throws {
    let origin = try Origin()
    let names = (1...8).map { "desk\($0)" }
    let station = Station(names.map { Sources.text($0, on: origin, "/\($0)") }.joined())
    let daemon = try await station.daemon()
    let pid = try #require(daemon.program.pid)
    try await Self.limit(pid, "4096:unlimited")
    for round in ["First", "Second"] {
      for name in names {
        origin.publish("/\(name)", Sources.lines("\(round) line of \(name)"))
        #expect(try await station.poll(name)["stage"].string == "record")
      }
    }
    try await Self.limit(pid, "unlimited:unlimited")
    for name in names { try await station.poll(name) }
    #expect(try await station.log().count == names.count)
    try await daemon.logged("8 sources were held up")
    let told = daemon.program.errors.value.lines
    #expect(told.count { $0.contains("record failed") } == 1)
    #expect(!told.contains { $0.contains("works again") })
    try await daemon.stop()
  }

  /// The soft and the hard limit of the bytes that a running process may write to a file.
  private static func limit(_ pid: Int32, _ bytes: String) async throws {
    #expect(try await tool("/usr/bin/prlimit", "--pid", "\(pid)", "--fsize=\(bytes)") == 0)
  }

  private static func tool(_ path: String, _ arguments: String...) async throws -> Int32? {
    try await Program(arguments, executable: path, environment: [:]).finished().code
  }
}
