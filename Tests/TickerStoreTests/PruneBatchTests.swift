import Testing
import TickerStore

/// A batch grows while it costs little, and gives way at once where it costs too much.
@Test func aBatchOfPruningFitsItsTime() {
  var batch = PruneBatch()
  #expect(batch.rows == PruneBatch.fewest)
  // A fast disk: 20 µs a row and half a millisecond for the commit.
  for _ in 0..<30 { batch.learn(taken: batch.rows, held: .microseconds(500 + 20 * batch.rows)) }
  let fast = batch.rows
  #expect(.microseconds(500 + 20 * fast) <= PruneBatch.longest && fast > 4 * PruneBatch.fewest)
  // It becomes slow: 300 µs a row. Each batch that was too large halves the next.
  var tooLong = 0
  for _ in 0..<30 {
    let held = Duration.microseconds(500 + 300 * batch.rows)
    if held > PruneBatch.longest { tooLong += 1 }
    batch.learn(taken: batch.rows, held: held)
  }
  #expect(batch.rows == PruneBatch.fewest && tooLong < 6)
}

@Test func aSlowCommitLeavesTheFewestRows() {
  var batch = PruneBatch()
  for _ in 0..<10 { batch.learn(taken: batch.rows, held: .milliseconds(40)) }
  #expect(batch.rows == PruneBatch.fewest)
}

@Test func onlyAFullBatchTeachesALargerOne() {
  var batch = PruneBatch()
  for _ in 0..<10 { batch.learn(taken: 2, held: .microseconds(100)) }
  #expect(batch.rows == PruneBatch.fewest)
  for _ in 0..<30 { batch.learn(taken: batch.rows, held: .microseconds(100)) }
  #expect(batch.rows == PruneBatch.most)
}
