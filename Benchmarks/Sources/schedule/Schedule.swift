import Glibc
import TickerModel

/// The scheduler's decisions alone, with simulated time and polls: 100,000 sources in 20,000 host groups for an hour.
/// Prints CPU time for each poll, memory for each source, and how late polls were.
@main
enum Benchmark {
  private static let sources = 100_000
  private static let groups = 20_000
  private static let hour: Int64 = 3_600_000_000_000
  private static let start = Timestamp(seconds: 1_795_521_600)

  static func main() {
    for budget in [nil, 1000.0] { simulate(budget: budget) }
  }

  private static func simulate(budget: Double?) {
    let memoryBefore = residentBytes()
    var agenda = Agenda(perHost: 2)
    let groupNumbers = (0..<groups).map { _ in agenda.addGroup() }
    var paces = [Pace](repeating: Pace(), count: sources)
    var times = [StageTimes](repeating: StageTimes(), count: sources)
    // A fifth has an explicit interval; the others bring an item every 30 s to every day.
    let rates = (0..<sources).map { 1 / (30 * exp2(Double($0 % 12))) }
    var last = [Int64](repeating: 0, count: sources)
    var shares: [Double]?
    for source in 0..<sources {
      agenda.add(source, group: groupNumbers[source % groups])
      agenda.set(source, due: Int64(Due.place(of: "source-\(source)") * 10e9))
    }
    report("memory", Double(residentBytes() - memoryBefore) / Double(sources), "bytes a source, before the first poll")
    let bounds = Duration.seconds(15) ... .seconds(900)
    var random = Generator()
    var running: [(end: Int64, source: Int, due: Int64)] = []
    var lateness: [Int64] = []
    var polls = 0
    var now: Int64 = 0
    let began = processorTime()
    var nextShare: Int64 = 0
    while now < hour {
      if let budget, now >= nextShare {
        nextShare = now + 10_000_000_000
        let time = start + .nanoseconds(now)
        let began = processorTime()
        shares =
          BudgetShares(
            paces.map { .init(rate: max($0.rate(at: time), 1e-7), shortest: 15, longest: 900) }, perSecond: budget
          ).intervals
        if now == 0 { report("shares", processorTime() - began, "µs for the shares of all, every 10 s") }
      }
      while let (source, due) = agenda.take(at: now) {
        running.append((now + 50_000_000, source, due))
        if polls % 97 == 0 { lateness.append(now - due) }
        polls += 1
      }
      // Every answer takes 50 ms, so that they end in the order in which they began.
      let ended = running.prefix { $0.end <= now }
      for (_, source, due) in ended {
        agenda.finish(source, .served, at: now, isFailing: false)
        let elapsed = last[source] == 0 ? nil : Duration.nanoseconds(now - last[source])
        let expected = rates[source] * (elapsed?.inSeconds ?? 0)
        let new = Int(expected) + (random.unit() < expected - expected.rounded(.down) ? 1 : 0)
        let finding = Pace.Finding(new: new, visible: 30, moved: new > 0)
        let time = start + .nanoseconds(now)
        paces[source].learn(finding, elapsed: elapsed, now: time)
        times[source].note(.fetch, .milliseconds(50))
        last[source] = now
        if source % 5 == 0 {
          let place = Double(source) / Double(sources)
          agenda.set(source, due: Due.next(after: due, every: 60_000_000_000, place: place, now: now))
        } else {
          var wait = paces[source].next(after: finding, elapsed: elapsed, now: time, within: bounds)
          if let shares { wait = .seconds(shares[source]) }
          let varied = Due.varied(wait, within: bounds, random: random.unit())
          agenda.set(source, due: now + Int64(varied.inSeconds * 1e9))
        }
      }
      running.removeFirst(ended.count)
      now = max(now + 1_000_000, min(agenda.next ?? .max, running.first?.end ?? .max))
    }
    let name = budget.map { "a budget of \(Int($0))/s" } ?? "no budget"
    report("time", (processorTime() - began) / Double(polls), "µs CPU a poll, \(polls) polls of an hour, \(name)")
    report("memory", Double(residentBytes() - memoryBefore) / Double(sources), "bytes a source, after an hour")
    lateness.sort()
    report("lateness", Double(lateness[lateness.count * 99 / 100]) / 1e6, "ms, 99 of 100 polls were no later")
  }

  private struct Generator {
    private var state: UInt64 = 1

    /// 0 up to 1 (SplitMix64).
    mutating func unit() -> Double {
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = state
      mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return Double((mixed ^ (mixed >> 31)) >> 11) * 0x1p-53
    }
  }

  /// Microseconds of CPU that this process has used.
  private static func processorTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e6 + Double(time.tv_nsec) / 1e3
  }

  /// The second number of /proc/self/statm, in pages.
  private static func residentBytes() -> Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
    let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let words = text.split(separator: " ")
    return words.count > 1 ? (Int(words[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
  }

  private static func report(_ what: String, _ value: Double, _ meaning: String) {
    print("\(what)  \((value * 100).rounded() / 100) \(meaning)")
  }
}
