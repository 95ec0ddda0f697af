import Testing
import TickerModel

@testable import TickerDelivery

@Suite struct CircuitTests {
  private static let second: Int64 = 1_000_000_000
  private static func circuit() -> Circuit {
    Circuit(CircuitTerms(failures: 3, over: .seconds(30), probe: .seconds(40)))
  }

  /// Which of the failures at these seconds opened it.
  private static func fail(_ circuit: inout Circuit, at seconds: [Int64]) -> [Bool] {
    seconds.map { circuit.failed(at: $0 * second) }
  }

  @Test func opensAfterFailuresInARowOverLongEnough() {
    var circuit = Self.circuit()
    let restart = Self.fail(&circuit, at: [0, 1])
    #expect(restart == [false, false] && circuit.heldUntil == nil)
    let third = Self.fail(&circuit, at: [2])
    #expect(third == [false], "all within the half minute of a restart")
    #expect(circuit.heldUntil == 5 * Self.second, "then asked every tenth of it")
    let late = Self.fail(&circuit, at: [30, 31])
    #expect(late == [true, false], "what was under way changes nothing")
    #expect(circuit.state == .open(probeAt: 70 * Self.second) && circuit.heldUntil == nil)
  }

  @Test func oneSuccessBetweenStartsTheCountAgain() {
    var circuit = Self.circuit()
    var opened = Self.fail(&circuit, at: [0, 1])
    let wasOpen = circuit.answered()
    opened += Self.fail(&circuit, at: [100, 101])
    #expect(opened == [false, false, false, false] && !wasOpen)
    #expect(circuit.isClosed && circuit.failures == 2)
  }

  /// Five days, and not without having asked again since the start.
  @Test func isHopelessOnlyAfterDaysAndSeveralProbes() {
    var circuit = Self.circuit()
    circuit.reopen(probeAt: 0, wait: .seconds(1))
    let (fiveDays, longer) = (Duration.seconds(5 * 86_400), Duration.seconds(5 * 86_400 + 1))
    for probe in 1...4 {
      circuit.probe()
      _ = circuit.failed(at: Int64(probe) * 1000 * Self.second)
      #expect(circuit.isHopeless(failingFor: longer) == (probe >= 3), "after \(probe) probes")
      #expect(!circuit.isHopeless(failingFor: fiveDays))
    }
    _ = circuit.answered()
    #expect(!circuit.isHopeless(failingFor: longer))
  }

  /// Once for each day, at the first failure behind it: what was said before the last failure is not said again.
  @Test func warnsOfDaysOnce() {
    var circuit = Self.circuit()
    let hour: Int64 = 3600
    circuit.reopen(probeAt: 0, wait: .seconds(1))
    var warned: [String] = []
    // Every ten hours over five days, counted from an hour after it began to fail.
    for hours in stride(from: 1, through: 121, by: 10) {
      circuit.probe()
      _ = circuit.failed(at: (Int64(hours) - 1) * hour * Self.second)
      if let days = circuit.warning(failingFor: .seconds(Int64(hours) * hour)) { warned.append("\(hours) h: \(days)") }
    }
    #expect(warned == ["31 h: 86400.0 seconds", "81 h: 259200.0 seconds", "101 h: 345600.0 seconds"])
  }

  @Test func aRestartWarnsOfWhatPassedSinceTheLastTry() {
    let (hour, day) = (Duration.seconds(3600), Duration.seconds(86_400))
    for (wait, warned) in [(hour, nil), (hour * 2, day * 3), (day * 3, day * 3)] as [(Duration, Duration?)] {
      var circuit = Self.circuit()
      // Due when it starts, as it is asked three days and ninety minutes after it began to fail.
      circuit.reopen(probeAt: 0, wait: wait)
      circuit.probe()
      _ = circuit.failed(at: 0)
      #expect(circuit.warning(failingFor: day * 3 + hour * 3 / 2) == warned, "after \(wait)")
    }
  }

  @Test func probesDoubleToTenMinutes() {
    var circuit = Self.circuit()
    for time in [0, 1, 30] as [Int64] { _ = circuit.failed(at: time * Self.second) }
    var waits: [Int64] = []
    var now: Int64 = 30 * Self.second
    for _ in 0..<6 {
      guard case .open(let probeAt) = circuit.state else { break }
      waits.append((probeAt - now) / Self.second)
      now = probeAt
      circuit.probe()
      #expect(circuit.state == .probing)
      let isNew = circuit.failed(at: now)
      #expect(!isNew)
    }
    #expect(waits == [40, 80, 160, 320, 600, 600])
    circuit.reopen(probeAt: now, wait: .seconds(600))
    circuit.probe()
    let isClosing = circuit.answered()
    #expect(isClosing && circuit.isClosed && circuit.failures == 0)
  }

  @Test func aProbeOfNothingIsTakenBack() {
    var circuit = Self.circuit()
    circuit.reopen(probeAt: 5, wait: .seconds(40))
    circuit.probe()
    circuit.abandonProbe(at: 9)
    #expect(circuit.state == .open(probeAt: 9) && circuit.wait == .seconds(40))
  }
}

@Suite struct MessagePaceTests {
  @Test func aBurstThenOneByOne() {
    let second: Int64 = 1_000_000_000
    var pace = MessagePace(.init(burst: 2, interval: .seconds(3)), now: 0)
    let first = [0, 0, 1].map { pace.take(now: $0 * second) }
    #expect(first == [true, true, false])
    #expect(pace.next(now: second) == 3 * second)
    let then = [3, 3].map { pace.take(now: $0 * second) }
    #expect(then == [true, false])
    let late = [100, 100, 100].map { pace.take(now: $0 * second) }
    #expect(late == [true, true, false], "a long silence fills no more than the burst")
  }
}

@Suite struct WaitingRetriesTests {
  private static func entry(_ sequence: Int64, _ source: String?, _ due: Int64) -> WaitingRetries.Entry {
    WaitingRetries.Entry(sequence: sequence, source: source, due: due)
  }

  @Test func theEarliestDeadlineIsNext() {
    var waiting = WaitingRetries(isOrdered: false, several: "*", isMoreOnDisk: false)
    for entry in [Self.entry(1, "a", 30), Self.entry(2, "a", 10), Self.entry(3, "b", 20)] { waiting.kept(entry) }
    let next1 = waiting.next()
    #expect(next1?.sequence == 2)
    waiting.began(2)
    let next2 = waiting.next()
    #expect(next2?.sequence == 3)
    waiting.returned(2, due: 5)
    let next3 = waiting.next()
    #expect(next3?.sequence == 2)
    for sequence in 1...3 { waiting.removed(Int64(sequence)) }
    let next4 = waiting.next()
    #expect(waiting.isEmpty && next4 == nil)
  }

  @Test func whereOrderWasPromisedOnlyTheOldestOfASourceIsNext() {
    var waiting = WaitingRetries(isOrdered: true, several: "*", isMoreOnDisk: false)
    for entry in [Self.entry(1, "a", 30), Self.entry(2, "a", 1), Self.entry(3, "b", 20)] { waiting.kept(entry) }
    let next5 = waiting.next()
    #expect(next5?.sequence == 3)
    waiting.began(1)
    waiting.began(3)
    let next6 = waiting.next()
    #expect(next6 == nil, "what follows waits, due or not")
    waiting.removed(1)
    let next7 = waiting.next()
    #expect(next7?.sequence == 2)
    #expect(waiting.isBlocked("a") && !waiting.isBlocked("c"))
    #expect(waiting.isBlocked("*"))
  }

  /// A batch may hold events of any source.
  @Test func nothingPassesAMessageOfSeveralWhereOrderWasPromised() {
    var waiting = WaitingRetries(isOrdered: true, several: "*", isMoreOnDisk: false)
    for entry in [Self.entry(5, "*", 1), Self.entry(3, "a", 30), Self.entry(4, "b", 20), Self.entry(6, "c", 2)] {
      waiting.kept(entry)
    }
    var order: [Int64?] = []
    for _ in 0..<4 {
      let next = waiting.next()
      order.append(next?.sequence)
      if let next { waiting.removed(next.sequence) }
    }
    #expect(order == [4, 3, 5, 6])
    for entry in [Self.entry(7, "*", 9), Self.entry(8, "*", 1)] { waiting.kept(entry) }
    let first = waiting.next()
    #expect(first?.sequence == 7, "nor one another")
  }

  @Test func moreThanFitIsReadAgain() {
    var waiting = WaitingRetries(isOrdered: false, several: "*", isMoreOnDisk: true)
    let mustRead8 = waiting.mustRead()
    #expect(mustRead8)
    waiting.read((1...Int64(WaitingRetries.most)).map { Self.entry($0, nil, $0) })
    let mustRead9 = waiting.mustRead()
    #expect(!mustRead9 && waiting.isMoreOnDisk)
    for sequence in 1...Int64(WaitingRetries.most) { waiting.removed(sequence) }
    let mustRead10 = waiting.mustRead()
    #expect(mustRead10)
    waiting.read([Self.entry(5000, nil, 1)])
    let next11 = waiting.next()
    let mustRead12 = waiting.mustRead()
    #expect(!mustRead12 && next11?.sequence == 5000)
  }
}

@Suite struct ThrottledBodyTests {
  @Test(arguments: [
    (#"{"message":"x","retry_after":0.376,"global":false}"#, Duration.milliseconds(376)),
    (#"{"ok":false,"parameters":{"retry_after": 7}}"#, .seconds(7)),
  ])
  func whatServicesAsk(_ body: String, _ wait: Duration) { #expect(ThrottledBody.wait(Array(body.utf8)) == wait) }

  @Test(arguments: [
    "", "{}", #"{"retry_after":-1}"#, #"{"retry_after":"#, #"{"retry_after":1e9}"#, #"{"retry_after":99999999}"#,
    String(repeating: "[", count: 4000),
  ])
  func whatIsNoWait(_ body: String) {
    // An exponent is not read: 1.
    let wait = ThrottledBody.wait(Array(body.utf8))
    #expect(wait == nil || body.contains("1e9") && wait == .seconds(1))
  }
}
