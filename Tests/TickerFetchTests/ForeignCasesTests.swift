import FoundationEssentials
import Glibc
import TestSupport
import Testing
import TickerModel

@testable import TickerFetch

/// Judges the server-side request forgery cases of other projects, where their collection lies beside this checkout
/// (`../shared/corpora`, or `$TICKERD_CORPORA`). Nothing is sent: allowed addresses are only judged, and refused ones
/// are refused before a packet leaves.
@Suite(.timeLimit(.minutes(2)), .enabled(if: ForeignCases.path != nil, "no collection of foreign cases here"))
struct ForeignCasesTests {
  @Test func allAreThere() { #expect(ForeignCases.all.count >= 100) }

  @Test(arguments: ForeignCases.all) func judgesAsExpected(_ test: ForeignCases.Case) {
    #expect((test.isAllowed ? "allow" : "block") == test.expect, "\(test): \(test.why)")
  }

  /// The same through a real transfer.
  @Test(arguments: ForeignCases.all.filter { $0.expect == "block" && $0.isWithoutNameServer })
  func refusesInEarnest(_ test: ForeignCases.Case) async throws {
    let error = try await startFetcher().failure(makeRequest(test.location ?? test.url) { $0.allowNet = [] })
    #expect([.address, .url].contains(error?.class), "\(test): \(error?.message ?? "fetched")")
  }
}

enum ForeignCases {
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let id, op, url, expect, why: String
    let location, resolvesTo: String?

    enum CodingKeys: String, CodingKey {
      case id, op, url, expect, why, location
      case resolvesTo = "resolves_to"
    }

    var testDescription: String { "\(id) \(location ?? url)" }

    /// What the guard says of every address that the name may stand for; the worst counts, as with a name that changes
    /// its mind between two connections.
    var isAllowed: Bool {
      let answers = resolvesTo.map { $0.split(separator: " ").compactMap { NetworkAddress(String($0)) } } ?? []
      guard !answers.isEmpty else { return reach { ForeignCases.lookUp($0) }.isAllowed }
      return answers.allSatisfy { address in reach { _ in .addresses([address]) }.isAllowed }
    }

    /// Whether the URL itself spells an address, or is none that is fetched.
    var isWithoutNameServer: Bool {
      guard resolvesTo == nil else { return false }
      let reach = reach { _ in .absent }
      return reach.literal != nil || reach.host == nil
    }

    private func reach(_ lookUp: (String) -> NameAnswer) -> Reach {
      let target = location.flatMap { location in
        (try? HTTPURL(url)).flatMap { base in try? HTTPURL(location, relativeTo: base).text } ?? location
      }
      return Reach(url: target ?? url, allowNet: [], lookUp: lookUp)
    }
  }

  /// The machine's own names as it knows them, a public address for the names of examples, and nothing else.
  private static func lookUp(_ name: String) -> NameAnswer {
    if name.hasPrefix("ip6-") { return NameLookup.system(name) }
    let isExample = ["example.com", "public.example.test"].contains(name)
    return isExample ? .addresses([NetworkAddress("93.184.216.34")].compactMap(\.self)) : .absent
  }

  static let path: String? = {
    let package = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
    let folder = getenv("TICKERD_CORPORA").map { String(cString: $0) } ?? package + "/../shared/corpora"
    let path = folder + "/cases/ssrf/manifest.jsonl"
    return access(path, R_OK) == 0 ? path : nil
  }()

  static let all: [Case] = {
    guard let path, let bytes = try? LocalFile.read(path: path, maxBytes: 16 << 20) else { return [] }
    return bytes.split(separator: UInt8(ascii: "\n")).compactMap {
      try? JSONDecoder().decode(Case.self, from: Data($0))
    }
  }()
}
