import Testing
import TickerModel

@testable import TickerSocket

@Suite("The ring of encoded events")
struct RingTests {
  private func event(_ sequence: Int64, bytes: Int = 10) -> EncodedEvent {
    EncodedEvent(item(sequence, title: String(repeating: "x", count: bytes)), epoch: Rig.epoch)
  }

  @Test("it keeps the newest, in one run of sequences")
  func capacity() {
    var ring = Ring(head: 100, capacity: 4, byteLimit: 1 << 20)
    #expect(ring.first == 101 && ring.head == 100)
    for sequence in Int64(101)...110 { ring.append(event(sequence)) }
    #expect(ring.first == 107 && ring.head == 110)
    #expect((Int64(105)...112).map { ring[$0]?.sequence } == [nil, nil, 107, 108, 109, 110, nil, nil])
  }

  @Test("its bytes are bounded, the newest event stays whatever its size")
  func bytes() {
    var ring = Ring(head: 0, capacity: 64, byteLimit: 10_000)
    for sequence in Int64(1)...20 { ring.append(event(sequence, bytes: 2000)) }
    #expect(ring.head == 20 && ring.first > 15)
    ring.append(event(21, bytes: 50_000))
    #expect(ring.first == 21 && ring[21] != nil)
  }

  @Test("a repeated event is ignored, a hole empties it")
  func holes() {
    var ring = Ring(head: 0, capacity: 8, byteLimit: 1 << 20)
    for sequence in [Int64(1), 2, 3, 2, 3] { ring.append(event(sequence)) }
    #expect(ring.first == 1 && ring.head == 3)
    ring.append(event(9))
    #expect(ring.first == 9 && ring.head == 9 && ring[3] == nil)
  }

  @Test("what nobody is there for goes by")
  func passed() {
    var ring = Ring(head: 0, capacity: 8, byteLimit: 1 << 20)
    for sequence in Int64(1)...3 { ring.append(event(sequence)) }
    ring.pass(5)
    ring.pass(4)
    #expect(ring.first == 6 && ring.head == 5 && ring[3] == nil)
    ring.append(event(6))
    #expect(ring.first == 6 && ring.head == 6 && ring[6] != nil)
  }

  @Test("an event's line is its record's object but for the opening brace")
  func line() {
    let record = item(7, title: "a \"quoted\" title")
    let line = EncodedEvent(record, epoch: Rig.epoch).line
    #expect([UInt8(ascii: "{")] + line == record.object(epoch: Rig.epoch) + [UInt8(ascii: "\n")])
  }
}
