import TestSupport
import Testing

@testable import TickerModel

@Suite struct HostGateTests {
  private static let second: Int64 = 1_000_000_000

  /// Seconds between two requests that a gate allows, each answered at once.
  private static func pace(_ gate: inout HostGate, from start: Int64, count: Int, _ answer: HostGate.Answer) -> Int64 {
    var now = start
    for _ in 0..<count {
      now = gate.opens(at: now)
      gate.start(at: now)
      gate.finish(answer, at: now)
    }
    return now
  }

  @Test func nobodyWhoDidNotComplainIsSlowedDown() {
    var gate = HostGate()
    #expect(Self.pace(&gate, from: 5, count: 1000, .served) == 5)
    #expect(Self.pace(&gate, from: 5, count: 1000, .other) == 5)
    #expect(gate.learned == nil)
  }

  @Test func complaintsHalveThePaceAndItComesBackSlowly() throws {
    var gate = HostGate()
    var now: Int64 = 0
    // One a second for five minutes.
    for _ in 0..<300 {
      now += Self.second
      gate.start(at: now)
      gate.finish(.served, at: now)
    }
    gate.start(at: now)
    gate.finish(.tooMuch, at: now)
    let halved = try #require(gate.limit)
    #expect((0.4...0.6).contains(halved), "\(halved)")
    #expect(gate.opens(at: now) - now > Self.second)
    gate.start(at: now)
    gate.finish(.refused, at: now)
    #expect((0.25...0.45).contains(try #require(gate.limit)))
    let slow = try #require(gate.limit)
    now = gate.opens(at: now)
    gate.start(at: now)
    gate.finish(.served, at: now)
    #expect(try #require(gate.limit) < slow * 1.02, "by degrees")
    var minutes = 0
    while gate.limit != nil, minutes < 100 {
      now += 60 * Self.second
      minutes += 1
      gate.start(at: now)
      gate.finish(.served, at: now)
    }
    #expect((5...40).contains(minutes), "\(minutes) minutes")
  }

  /// A host that complains when it was asked a few times only, as right after a start, is asked again soon.
  @Test(arguments: [1, 2, 5]) func aComplaintAfterAFewRequestsCostsSeconds(requests: Int) throws {
    var gate = HostGate()
    var now: Int64 = 0
    for _ in 1..<requests {
      gate.start(at: now)
      gate.finish(.served, at: now)
      now += Self.second
    }
    gate.start(at: now)
    gate.finish(.tooMuch, at: now)
    let wait = Double(gate.opens(at: now) - now) / 1e9
    #expect((1.9...10.1).contains(wait), "\(wait) s after \(requests)")
    // The second complaint slows it down further.
    now = gate.opens(at: now)
    gate.start(at: now)
    gate.finish(.tooMuch, at: now)
    #expect(Double(gate.opens(at: now) - now) / 1e9 > wait)
  }

  @Test func theLimitIsHalfOfThePaceSinceTheStart() throws {
    for seconds in [10, 30, 60, 300] {
      var gate = HostGate()
      for tick in 0..<(2 * seconds) {
        gate.start(at: Int64(tick) * Self.second / 2)
        gate.finish(.served, at: Int64(tick) * Self.second / 2)
      }
      gate.start(at: Int64(seconds) * Self.second)
      gate.finish(.tooMuch, at: Int64(seconds) * Self.second)
      let limit = try #require(gate.limit)
      #expect((0.9...1.15).contains(limit), "\(limit) after \(seconds) s of two a second")
    }
  }

  @Test func aStormOfComplaintsStillLeavesARequestAMinute() {
    var gate = HostGate()
    let end = Self.pace(&gate, from: 0, count: 200, .tooMuch)
    #expect(end <= 200 * 61 * Self.second)
    #expect(end >= 100 * Self.second)
  }

  @Test func quietIsKept() {
    var gate = HostGate()
    gate.hold(until: 100)
    gate.hold(until: 50)
    #expect(gate.opens(at: 10) == 100)
    #expect(gate.opens(at: 101) == 101)
  }

  @Test func aRestoredLimitHolds() throws {
    var gate = HostGate()
    gate.restore(limit: 0.5, ceiling: 2, at: 1000)
    #expect(gate.opens(at: 1000) == 1000 + 2 * Self.second)
    #expect(try #require(gate.learned) == (0.5, 2))
    var other = HostGate()
    for (limit, ceiling) in [(0, 1), (-1, 1), (2, 1), (1, .infinity), (.nan, 1)] as [(Double, Double)] {
      other.restore(limit: limit, ceiling: ceiling, at: 0)
    }
    #expect(other.learned == nil)
  }
}

@Suite struct AgendaTests {
  /// Sources of as many groups as `groups` has numbers, each due at its own number.
  private static func agenda(perHost: Int, groups sizes: [Int]) -> Agenda {
    var agenda = Agenda(perHost: perHost)
    var source = 0
    for size in sizes {
      let group = agenda.addGroup()
      for _ in 0..<size {
        agenda.add(source, group: group)
        agenda.set(source, due: Int64(source))
        source += 1
      }
    }
    return agenda
  }

  /// Whoever hears of an answer asks only this, to know whether it lets somebody start who waited.
  @Test func aGateIsFreeForThoseWhoWaitedForIt() {
    var agenda = Self.agenda(perHost: 1, groups: [3])
    let now: Int64 = 1_000_000_000
    #expect(!agenda.isGateFree(at: now), "due, but nobody waited yet")
    #expect(agenda.take(at: now)?.source == 0)
    #expect(!agenda.isGateFree(at: now), "the one place is taken")
    agenda.release(0, .served, at: now)
    #expect(agenda.isGateFree(at: now))
    #expect(agenda.take(at: now)?.source == 1)
    agenda.release(1, .tooMuch, at: now)
    let opens = agenda.gate(of: 0).opens(at: now)
    #expect(opens > now && !agenda.isGateFree(at: opens - 1) && agenda.isGateFree(at: opens))
    #expect(agenda.take(at: opens)?.source == 2)
    agenda.release(2, .served, at: opens)
    #expect(!agenda.isGateFree(at: .max), "nobody waits")
  }

  @Test func thoseDueLongestComeFirst() {
    var agenda = Self.agenda(perHost: 2, groups: [1, 1, 1])
    #expect(agenda.next == 0)
    #expect(agenda.take(at: -1) == nil)
    #expect(agenda.take(at: 1).map { [$0.source, Int($0.due)] } == [0, 0])
    #expect(agenda.take(at: 1)?.source == 1)
    #expect(agenda.take(at: 1) == nil)
    #expect(agenda.next == 2)
    agenda.finish(0, .served, at: 2, isFailing: false)
    agenda.set(0, due: 1)
    #expect(agenda.take(at: 2)?.source == 0)
    #expect(agenda.take(at: 2)?.source == 2)
  }

  @Test func oneBigHostStarvesNobody() {
    var agenda = Self.agenda(perHost: 2, groups: [1000, 1])
    var taken: [Int] = []
    while let next = agenda.take(at: 5000) { taken.append(next.source) }
    #expect(taken == [0, 1, 1000], "two of the big one, and the other")
    #expect(agenda.isWaiting(2) && agenda.due(2) == 2)
    #expect(agenda.next == nil, "only an answer opens the gate")
    agenda.finish(1, .served, at: 5001, isFailing: false)
    #expect(agenda.take(at: 5001)?.source == 2)
  }

  @Test func thoseThatFailLeaveAPlaceToThoseThatDoNot() {
    var agenda = Self.agenda(perHost: 2, groups: [4])
    for source in [0, 1] {
      #expect(agenda.take(at: Int64(source))?.source == source)
      agenda.finish(source, .other, at: 1, isFailing: true)
    }
    for source in [0, 1] { agenda.set(source, due: 0) }
    agenda.cancel(2)
    agenda.cancel(3)
    #expect(agenda.take(at: 20)?.source == 0)
    #expect(agenda.take(at: 20) == nil, "the second failing one waits, whoever else is there")
    agenda.set(3, due: 20)
    #expect(agenda.take(at: 20)?.source == 3)
    agenda.finish(0, .served, at: 21, isFailing: false)
    #expect(agenda.take(at: 21)?.source == 1)
  }

  @Test func aHeldGroupWaitsAndNobodyElse() {
    var agenda = Self.agenda(perHost: 2, groups: [3, 1])
    agenda.change(group: 0, at: 0) { $0.hold(until: 1000) }
    #expect(agenda.take(at: 10)?.source == 3)
    #expect(agenda.take(at: 10) == nil)
    #expect(agenda.next == 1000)
    // A command does not wait for the gate, and counts as running behind it.
    #expect(agenda.force(2, at: 11) == true)
    #expect(agenda.force(2, at: 11) == false)
    #expect(agenda.take(at: 1000)?.source == 0)
    #expect(agenda.take(at: 1000) == nil)
    agenda.finish(2, .served, at: 1001, isFailing: false)
    #expect(agenda.take(at: 1001)?.source == 1)
  }

  @Test func anAnswerFreesTheGateBeforeThePollIsOver() {
    var agenda = Self.agenda(perHost: 1, groups: [2])
    #expect(agenda.take(at: 5)?.source == 0)
    #expect(agenda.take(at: 5) == nil)
    agenda.release(0, .served, at: 6)
    #expect(agenda.recording == 1)
    #expect(agenda.take(at: 6)?.source == 1)
    agenda.set(0, due: 0)
    #expect(agenda.due(0) == nil, "it still runs")
    agenda.finish(0, .served, at: 7, isFailing: false)
    #expect(agenda.recording == 0)
    agenda.set(0, due: 7)
    #expect(agenda.take(at: 8) == nil, "the other one has the place")
    agenda.finish(1, .served, at: 8, isFailing: false)
    #expect(agenda.take(at: 8)?.source == 0)
  }

  @Test func whoLeavesIsNotTaken() {
    var agenda = Self.agenda(perHost: 1, groups: [3])
    #expect(agenda.take(at: 5)?.source == 0)
    #expect(agenda.take(at: 5) == nil)
    agenda.remove(1)
    agenda.cancel(2)
    agenda.finish(0, .served, at: 6, isFailing: false)
    agenda.remove(0)
    #expect(agenda.take(at: 100) == nil)
    #expect(agenda.next == nil)
    #expect(agenda.members(of: 0) == 1)
  }

  /// Against a list that is searched from one end to the other.
  @Test func itAgreesWithASlowOne() {
    let seed = SeededGenerator.seed()
    var random = SeededGenerator(seed: seed)
    for _ in 0..<30 {
      let perHost = Int.random(in: 1...3, using: &random)
      let sizes = (0..<Int.random(in: 1...5, using: &random)).map { _ in Int.random(in: 1...8, using: &random) }
      var agenda = Self.agenda(perHost: perHost, groups: sizes)
      let group = sizes.enumerated().flatMap { Array(repeating: $0.offset, count: $0.element) }
      var due = Dictionary(uniqueKeysWithValues: group.indices.map { ($0, Int64($0)) })
      var running: [Int: Bool] = [:]
      var failing: Set<Int> = []
      for step in 0..<400 {
        let now = Int64(step)
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
          let may = due.filter { source, time in
            let same = running.filter { group[$0.key] == group[source] }
            return time <= now && same.count < perHost
              && (!failing.contains(source) || same.count { $0.value } < max(1, perHost - 1))
          }
          let taken = agenda.take(at: now)
          #expect(taken.map(\.due) == may.values.min(), "seed \(seed)")
          guard let taken else { continue }
          #expect(may[taken.source] == taken.due, "seed \(seed)")
          due[taken.source] = nil
          running[taken.source] = failing.contains(taken.source)
        case 1:
          guard let source = running.keys.sorted().randomElement(using: &random) else { continue }
          running[source] = nil
          let fails = Bool.random(using: &random)
          if fails { failing.insert(source) } else { failing.remove(source) }
          agenda.finish(source, .other, at: now, isFailing: fails)
          due[source] = now + Int64.random(in: 0...20, using: &random)
          agenda.set(source, due: due[source] ?? 0)
        case 2:
          let source = Int.random(in: group.indices, using: &random)
          guard running[source] == nil else { continue }
          due[source] = now + Int64.random(in: -5...20, using: &random)
          agenda.set(source, due: due[source] ?? 0)
          #expect(agenda.due(source) == due[source], "seed \(seed)")
        default:
          let source = Int.random(in: group.indices, using: &random)
          guard running[source] == nil else { continue }
          due[source] = nil
          agenda.cancel(source)
        }
      }
    }
  }
}
