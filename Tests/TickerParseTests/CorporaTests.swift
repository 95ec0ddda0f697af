import FoundationEssentials
import Glibc
import Testing
import TickerModel

@testable import TickerParse

/// Cases of other projects, which lie outside this package and may be absent: their pass rate must not fall.
@Suite struct CorporaTests {
  private struct Row: Decodable {
    var id: String
    var op: String?
    var input: String?
    var markup: String?
    var selector: String?
    var expect: Expectation?
  }

  /// One of `any`; a list of ids, a moment, null, or an error.
  private enum Expectation: Decodable {
    case ids([String])
    case moments([String?])
    case other

    init(from decoder: any Decoder) throws {
      struct AnyOf: Decodable { var any_of: [String?] }
      let value = try decoder.singleValueContainer()
      if let ids = try? value.decode([String].self) {
        self = .ids(ids)
      } else if let moment = try? value.decode(String.self) {
        self = .moments([moment])
      } else if let any = try? value.decode(AnyOf.self) {
        self = .moments(any.any_of)
      } else {
        self = value.decodeNil() ? .moments([nil]) : .other
      }
    }
  }

  @Test("dates", .enabled(if: Corpora.root != nil, "no corpora: set TICKERD_CORPORA"))
  func dates() throws {
    var (passed, failed) = (0, [String]())
    for row in try Corpora.rows("dates", Row.self) {
      guard let input = row.input else { continue }
      let allowed: [String?] = if case .moments(let moments)? = row.expect { moments } else { [nil] }
      let read = FeedDate.parse(input).map { String($0.text.prefix(19)) }
      if allowed.contains(where: { $0.map { String($0.prefix(19)) } == read }) {
        passed += 1
      } else {
        failed.append("\(input) = \(read ?? "nil")")
      }
    }
    print("dates: \(passed) passed, \(failed.count) failed: \(failed)")
    #expect(passed >= 306)
  }
}

/// Where the cases lie, when they do.
enum Corpora {
  static let root: String? = {
    let package = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let candidates = [getenv("TICKERD_CORPORA").map { String(cString: $0) }, "/\(package)/../shared/corpora"]
    return candidates.compactMap(\.self).first { access($0 + "/cases", R_OK) == 0 }
  }()

  static func rows<Row: Decodable>(_ suite: String, _: Row.Type) throws -> [Row] {
    let path = (root ?? "") + "/cases/\(suite)/manifest.jsonl"
    let lines = try #require(FileManager.default.contents(atPath: path)).split(separator: UInt8(ascii: "\n"))
    return try lines.map { try JSONDecoder().decode(Row.self, from: Data($0)) }
  }
}
