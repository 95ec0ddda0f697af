import CLinux
import Glibc
import Synchronization
import Testing

@testable import TickerSocket

@Suite("The event loop")
struct EventLoopTests {
  @Test("posts from many threads run in order, each thread's own")
  func posts() throws {
    let loop = try EventLoop()
    try loop.start()
    let seen = Mutex<[[Int]]>(Array(repeating: [], count: 4))
    let done = Signal()
    let threads = try (0..<4).map { _ in try EventLoop() }
    for (number, thread) in threads.enumerated() {
      try thread.start()
      thread.post {
        for value in 0..<1000 {
          loop.post {
            seen.withLock { $0[number].append(value) }
            if seen.withLock({ $0.allSatisfy { $0.count == 1000 } }) { done.set() }
          }
        }
      }
    }
    #expect(done.wait())
    #expect(seen.withLock { $0 } == Array(repeating: Array(0..<1000), count: 4))
    for thread in threads + [loop] { thread.stop() }
  }

  @Test("timers run in the order of their deadlines, cancelled ones never")
  func timers() throws {
    let loop = try EventLoop()
    let order = Mutex<[Int]>([])
    let done = Signal()
    for milliseconds in [30, 10, 20, 0] {
      loop.after(.milliseconds(milliseconds)) {
        order.withLock { $0.append(milliseconds) }
        if milliseconds == 30 { done.set() }
      }
    }
    loop.cancel(loop.after(.milliseconds(5)) { order.withLock { $0.append(5) } })
    try loop.start()
    #expect(done.wait())
    #expect(order.withLock { $0 } == [0, 10, 20, 30])
    loop.stop()
  }

  @Test("a handler that removes another keeps events already taken from it")
  func removal() throws {
    let loop = try EventLoop()
    let descriptors = [clinux_eventfd(), clinux_eventfd()]
    let calls = Mutex(0)
    let done = Signal()
    for descriptor in descriptors {
      var one: UInt64 = 1
      _ = write(descriptor, &one, 8)
      try loop.add(descriptor, [.readable]) { _ in
        calls.withLock { $0 += 1 }
        for other in descriptors { loop.remove(other) }
        done.set()
      }
    }
    try loop.start()
    #expect(done.wait())
    let later = Signal()
    loop.post { later.set() }
    later.wait()
    #expect(calls.withLock { $0 } == 1)
    loop.stop()
    for descriptor in descriptors { close(descriptor) }
  }

  @Test("what is posted after the end is dropped")
  func end() throws {
    let loop = try EventLoop()
    try loop.start()
    let ended = Signal()
    loop.post { ended.set() }
    loop.stop()
    #expect(ended.wait())
    for _ in 0..<100 { loop.post {} }
  }

  @Test("the heap gives deadlines in order, whatever was added and cancelled")
  func heap() {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("seed \(seed)")
    var random = SeededGenerator(seed: seed)
    var heap = TimerHeap()
    var expected: [Int64] = []
    let given = Mutex<[Int64]>([])
    for _ in 0..<2000 {
      let deadline = Int64.random(in: 0...500, using: &random)
      let id = heap.add(deadline: deadline) { given.withLock { $0.append(deadline) } }
      if Int.random(in: 0..<3, using: &random) == 0 { expected.append(deadline) } else { heap.cancel(id) }
    }
    for now in stride(from: Int64(0), through: 500, by: 50) {
      while let action = heap.due(at: now) { action() }
      #expect(given.withLock { $0.allSatisfy { $0 <= now } })
    }
    #expect(given.withLock { $0 } == expected.sorted(), "seed \(seed)")
  }
}
