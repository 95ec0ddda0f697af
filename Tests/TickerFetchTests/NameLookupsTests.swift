import Synchronization
import TestSupport
import Testing
import TickerModel

@testable import TickerFetch

@Suite(.timeLimit(.minutes(2))) struct NameLookupsTests {
  private static let address = [NetworkAddress(bytes: [1, 2, 3, 4])].compactMap(\.self)

  @Test func aBoundedNumberAtOnce() async throws {
    let (gate, running, told) = (Gate(), Watched((now: 0, most: 0)), Watched<[String]>([]))
    let lookups = NameLookups { _ in
      running.change {
        $0.now += 1
        $0.most = max($0.most, $0.now)
      }
      gate.wait()
      running.change { $0.now -= 1 }
      return .addresses(Self.address)
    } tell: { name, _ in
      told.change { $0.append(name) }
    }
    for index in 1...100 { lookups.start("n\(index)", isSuspect: false) }
    try await running.wait(for: "lookups") { $0.now == NameLookups.most ? true : nil }
    gate.open()
    try await told.wait(for: "answers") { Set($0).count == 100 ? true : nil }
    #expect(running.value.most == NameLookups.most)
  }

  @Test func deadNamesLeaveThreadsToOthers() async throws {
    let (gate, told) = (Gate(), Watched<[String]>([]))
    let lookups = NameLookups { name in
      if name.hasPrefix("dead") { gate.wait() }
      return .absent
    } tell: { name, _ in
      told.change { $0.append(name) }
    }
    for index in 1...100 { lookups.start("dead\(index)", isSuspect: true) }
    lookups.start("good", isSuspect: false)
    try await told.wait(for: "the good one") { $0.contains("good") ? true : nil }
    #expect(told.value == ["good"])
    gate.open()
    try await told.wait(for: "all") { $0.count == 101 ? true : nil }
  }

  @Test func theSystemKnowsItsOwnName() {
    guard case .addresses(let addresses) = NameLookup.system("localhost") else {
      Issue.record("localhost has no address")
      return
    }
    #expect(addresses.allSatisfy { [[127, 0, 0, 1], [UInt8](repeating: 0, count: 15) + [1]].contains($0.bytes) })
    #expect(NameLookup.system("127.0.0.1") == .addresses(Array(addresses.filter { $0.bytes.count == 4 }.prefix(1))))
    #expect(NameLookup.system("a\u{0}b") == .absent)
    #expect(NameLookup.system(String(repeating: "a", count: 300)) == .absent)
  }
}
