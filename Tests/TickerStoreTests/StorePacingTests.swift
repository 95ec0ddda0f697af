import TestSupport
import Testing
import TickerModel
import TickerStore

@Suite struct StorePacingTests {
  @Test func whatWasLearnedAndSaidIsThereAgain() async throws {
    let folder = TemporaryFolder()
    let now = Timestamp(seconds: 1_800_000_000)
    var pacing = SourcePacing()
    pacing.pace.learn(.init(new: 0, visible: 12, moved: true), elapsed: nil, now: now)
    pacing.pace.learn(.init(new: 3, visible: 12, moved: true), elapsed: .seconds(60), now: now + .seconds(60))
    pacing.hints.take(ttl: "30")
    pacing.hints.take(skippedHour: "3")
    pacing.hints.take(skippedDay: "sunday")
    pacing.hints.take(updatePeriod: "hourly", frequency: "2")
    pacing.fullAt = now
    pacing.moved = Moved(from: Moved.mark(of: "https://a.example/"), to: "https://b.example/", isWhole: true)
    pacing.pausedAt = now + .seconds(1)
    pacing.goneAt = now + .seconds(2)
    pacing.heldUntil = now + .seconds(3)
    let held = KeptHostGroup(heldUntil: now, limit: 0.25, ceiling: 2)
    do {
      let store = try Store(path: folder.file("state/tickerd.db")) { _ in }
      try await store.keep([("full", pacing), ("empty", SourcePacing())])
      try await store.keep([("a.example", held), ("b.example", held)])
      try await store.keep([("b.example", KeptHostGroup())])
      await store.close()
    }
    let store = try Store(path: folder.file("state/tickerd.db")) { _ in }
    #expect(try await store.pacings() == ["full": pacing, "empty": SourcePacing()])
    #expect(try await store.hostGroups() == ["a.example": held])
    await store.close()
  }

  @Test func theDocumentIsAskedForWholeEveryEightDays() {
    let now = Timestamp(seconds: 1_800_000_000)
    var pacing = SourcePacing()
    #expect(!pacing.wantsWhole(at: now), "the first answer is whole anyway")
    pacing.fullAt = now
    #expect(!pacing.wantsWhole(at: now + .seconds(8 * 86_400 - 1)))
    #expect(pacing.wantsWhole(at: now + .seconds(8 * 86_400)))
  }

  @Test func markedURLsTellNothing() {
    #expect(Moved.mark(of: "https://user:secret@a.example/").count == 16)
    #expect(Moved.mark(of: "https://a.example/") != Moved.mark(of: "https://a.example/1"))
  }
}
