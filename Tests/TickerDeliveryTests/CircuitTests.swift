import Testing
import TickerModel

@testable import TickerDelivery

@Suite struct CircuitTests {
  private static let second: Int64 = 1_000_000_000
  private static func circuit() -> Circuit {
    Circuit(CircuitTerms(failures: 3, over: .seconds(30), probe: .seconds(40)))
  }

  @Test func opensAfterFailuresInARowOverLongEnough() {
    var circuit = Self.circuit()
    #expect(!circuit.failed(at: 0) && !circuit.failed(at: Self.second) && circuit.heldUntil == nil)
    #expect(!circuit.failed(at: 2 * Self.second), "all within the half minute of a restart")
    #expect(circuit.heldUntil == 5 * Self.second, "then asked every tenth of it")
    #expect(circuit.failed(at: 30 * Self.second))
    #expect(circuit.state == .open(probeAt: 70 * Self.second) && circuit.heldUntil == nil)
    #expect(!circuit.failed(at: 31 * Self.second), "what was under way changes nothing")
    #expect(circuit.state == .open(probeAt: 70 * Self.second))
  }

  @Test func oneSuccessBetweenStartsTheCountAgain() {
    var circuit = Self.circuit()
    for time in 0..<2 { #expect(!circuit.failed(at: Int64(time))) }
    #expect(!circuit.answered())
    for time in 0..<2 { #expect(!circuit.failed(at: 100 * Self.second + Int64(time))) }
    #expect(circuit.isClosed && circuit.failures == 2)
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
      #expect(!circuit.failed(at: now))
    }
    #expect(waits == [40, 80, 160, 320, 600, 600])
    circuit.reopen(probeAt: now, wait: .seconds(600))
    circuit.probe()
    #expect(circuit.answered() && circuit.isClosed && circuit.failures == 0)
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
    #expect(pace.take(now: 0) && pace.take(now: 0) && !pace.take(now: second))
    #expect(pace.next(now: second) == 3 * second)
    #expect(pace.take(now: 3 * second) && !pace.take(now: 3 * second + 1))
    // A long silence fills no more than the burst.
    #expect(pace.take(now: 100 * second) && pace.take(now: 100 * second) && !pace.take(now: 100 * second))
  }
}

@Suite struct WaitingRetriesTests {
  private static func entry(_ sequence: Int64, _ source: String?, _ due: Int64) -> WaitingRetries.Entry {
    WaitingRetries.Entry(sequence: sequence, source: source, due: due)
  }

  @Test func theEarliestDeadlineIsNext() {
    var waiting = WaitingRetries(isOrdered: false, isMoreOnDisk: false)
    for entry in [Self.entry(1, "a", 30), Self.entry(2, "a", 10), Self.entry(3, "b", 20)] { waiting.kept(entry) }
    #expect(waiting.next()?.sequence == 2)
    waiting.began(2)
    #expect(waiting.next()?.sequence == 3)
    waiting.returned(2, due: 5)
    #expect(waiting.next()?.sequence == 2)
    for sequence in 1...3 { waiting.removed(Int64(sequence)) }
    #expect(waiting.isEmpty && waiting.next() == nil)
  }

  @Test func whereOrderWasPromisedOnlyTheOldestOfASourceIsNext() {
    var waiting = WaitingRetries(isOrdered: true, isMoreOnDisk: false)
    for entry in [Self.entry(1, "a", 30), Self.entry(2, "a", 1), Self.entry(3, "b", 20)] { waiting.kept(entry) }
    #expect(waiting.next()?.sequence == 3)
    waiting.began(1)
    waiting.began(3)
    #expect(waiting.next() == nil, "what follows waits, due or not")
    waiting.removed(1)
    #expect(waiting.next()?.sequence == 2)
    #expect(waiting.isBlocked("a", several: "*") && !waiting.isBlocked("c", several: "*"))
    #expect(waiting.isBlocked("*", several: "*"))
  }

  @Test func moreThanFitIsReadAgain() {
    var waiting = WaitingRetries(isOrdered: false, isMoreOnDisk: true)
    #expect(waiting.mustRead())
    waiting.read((1...Int64(WaitingRetries.most)).map { Self.entry($0, nil, $0) })
    #expect(!waiting.mustRead() && waiting.isMoreOnDisk)
    for sequence in 1...Int64(WaitingRetries.most) { waiting.removed(sequence) }
    #expect(waiting.mustRead())
    waiting.read([Self.entry(5000, nil, 1)])
    #expect(!waiting.mustRead() && waiting.next()?.sequence == 5000)
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
