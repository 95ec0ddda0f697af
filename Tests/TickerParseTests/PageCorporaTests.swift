import FoundationEssentials
import Testing
import TickerModel
import TickerText

@testable import TickerParse

/// Cases of other projects about selectors, paths and pages, which lie outside this package and may be absent.
@Suite(.enabled(if: Corpora.root != nil, "no corpora: set TICKERD_CORPORA"))
struct PageCorporaTests {
  /// What came of the cases of one suite.
  private struct Score {
    let suite: String
    var passed = 0
    var failed: [String] = []

    mutating func note(_ isRight: Bool, _ row: JSONValue, _ detail: String) {
      if isRight { passed += 1 } else { failed.append("\(row["id"]?.string ?? "?") \(detail)") }
    }

    /// A suite that is not there counts for nothing.
    func expect(_ least: Double) {
      let count = passed + failed.count
      print("\(suite): \(passed) of \(count)", failed.prefix(40).joined(separator: "\n  "))
      #expect(count == 0 || Double(passed) >= least * Double(count), "\(suite): \(passed) of \(count)")
    }
  }

  private static func rows(_ suite: String) throws -> [JSONValue] {
    let path = (Corpora.root ?? "") + "/cases/\(suite)/manifest.jsonl"
    guard let lines = FileManager.default.contents(atPath: path)?.split(separator: UInt8(ascii: "\n")) else {
      return []
    }
    return try lines.map { try JSONDocument.parse(Array($0)) }
  }

  private static func file(_ name: String?) throws -> [UInt8] {
    Array(try #require(FileManager.default.contents(atPath: (Corpora.root ?? "") + "/" + (name ?? ""))))
  }

  private static func refuses(_ row: JSONValue) -> Bool { row["expect_error"] == .bool(true) || row["expect"] == nil }

  /// One of `any_of`, or the value itself.
  private static func alternatives(_ row: JSONValue) -> [JSONValue] {
    row["expect"]?["any_of"]?.array ?? row["expect"].map { [$0] } ?? []
  }

  @Test(arguments: [("css-select", 0.9), ("css-select-cssselect", 0.95)])
  func selectors(_ suite: String, _ least: Double) throws {
    var score = Score(suite: suite)
    for row in try Self.rows(suite) {
      guard let markup = row["markup"]?.string, let selector = row["selector"]?.string else { continue }
      let expected = row["expect"]?.array.map { Set($0.compactMap(\.string)) }
      do {
        let found = try Set(Page.ids(in: markup, selector))
        score.note(found == expected, row, "\(selector): \(found.sorted()) for \(expected?.sorted() ?? [])")
      } catch {
        score.note(expected == nil, row, "\(selector): \(error)")
      }
    }
    score.expect(least)
  }

  @Test func paths() throws {
    var score = Score(suite: "jsonpath-cts")
    for row in try Self.rows("jsonpath-cts") {
      guard let selector = row["selector"]?.string else { continue }
      guard let path = try? JSONPath(selector) else {
        score.note(Self.refuses(row), row, "\(selector) is not read")
        continue
      }
      var query = JSONQuery(row["document"] ?? .null)
      let found = JSONValue.array(try query.nodes(path, in: row["document"] ?? .null))
      score.note(Self.alternatives(row).contains(found), row, "\(selector): \(found)")
    }
    score.expect(0.97)
  }

  @Test func pointers() throws {
    var score = Score(suite: "json-pointer")
    for row in try Self.rows("json-pointer") {
      guard let pointer = row["pointer"]?.string, let document = row["document"] else { continue }
      let found = try? JSONPointer(pointer).value(in: document)
      score.note(found.map { Self.alternatives(row).contains($0) } ?? Self.refuses(row), row, pointer)
    }
    score.expect(1)
  }

  @Test("items of news APIs") func items() throws {
    var score = Score(suite: "json-api")
    for row in try Self.rows("json-api") {
      let case_ = try JSONDocument.parse(Self.file(row["expect"]?.string))["expect"]?["json"]
      var rules = ParseRules(kind: .json)
      rules.items = case_?["items"]?.string
      let names: [(String, ItemMap.Name)] = [
        ("id", .id), ("title", .title), ("link", .link), ("summary", .summary), ("date", .published),
      ]
      for (field, name) in names { rules.map[name] = case_?["fields"]?[field]?.string }
      let found = try DocumentParser.parse(Self.file(row["input"]?.string), by: rules).items
      let expected = case_?["expect"]?.array ?? []
      let isRight =
        found.count == expected.count
        && zip(found, expected).allSatisfy { item, value in
          item.guid == value["id"]?.scalar && item.link == value["link"]?.scalar
            && (item.title ?? "") == value["title"]?.string.map(PlainText.folded) ?? ""
            && (item.published == nil) == (value["date"] ?? .null == .null)
            && (item.summary == nil) == (value["summary"] ?? .null == .null)
        }
      score.note(isRight, row, "\(found.count) items for \(expected.count)")
    }
    score.expect(1)
  }

  @Test("selected elements of real pages") func pages() throws {
    var score = Score(suite: "html-select")
    for row in try Self.rows("html-select") {
      let selects = try JSONDocument.parse(Self.file(row["expect"]?.string))["expect"]?["selects"]?.array ?? []
      let page = try Self.file(row["input"]?.string)
      for (index, select) in selects.enumerated() {
        var rules = ParseRules(kind: .html)
        if select["kind"]?.string == "css" {
          rules.select = select["selector"]?.string
        } else {
          rules.xpath = select["selector"]?.string
        }
        let found = try DocumentParser.parse(page, by: rules).items.compactMap(\.title)
        let expected = ["expect_html5lib", "expect_libxml2"].compactMap { key in
          select[key]?.array?.compactMap(\.string).map(PlainText.folded).filter { !$0.isEmpty }
        }
        score.note(expected.contains(found), row, "\(index) \(select["selector"]?.string ?? "")")
      }
    }
    score.expect(0.97)
  }

  /// `windows-1252` is what the standard falls back on; here that is UTF-8, and windows-1252 for what is none.
  @Test("encodings that pages declare") func encodings() throws {
    var score = Score(suite: "html5-encoding")
    for row in try Self.rows("html5-encoding") {
      guard let letters = row["data_base64"]?.string, let bytes = BinaryText.bytes(base64: letters) else { continue }
      let isMarked = bytes.starts(with: [0xEF, 0xBB, 0xBF])
      let label = isMarked ? "utf-8" : EncodingDeclaration.inside(bytes, as: .html) ?? "windows-1252"
      // Whatever could be read so far is not in UTF-16.
      let name = EncodingLabel.iconvName(label.hasPrefix("utf-16") ? "utf-8" : label)
      let expected = row["expect"]?.string.flatMap(EncodingLabel.iconvName)
      score.note(name == expected, row, "\(label) for \(expected ?? "nil")")
    }
    score.expect(0.95)
  }

  @Test("NFKC of the Unicode Consortium's own cases") func normalisation() throws {
    var score = Score(suite: "unicode-normalization")
    for row in try Self.rows("unicode-normalization") {
      guard let input = row["input"]?.string, let form = row["expect"]?["NFKC"]?.string else { continue }
      score.note(Normalise.comparable(input) == Normalise.comparable(form), row, input)
    }
    // Two hold a Greek iota below in an order that no text has.
    score.expect(0.99)
  }

  @Test("headlines that a reader takes for the same") func headlines() throws {
    var score = Score(suite: "headline-equality")
    for row in try Self.rows("headline-equality") {
      guard case .bool(let isSame)? = row["expect"], let one = row["a"]?.string, let other = row["b"]?.string else {
        continue
      }
      score.note((Normalise.comparable(one) == Normalise.comparable(other)) == isSame, row, "\(one) | \(other)")
    }
    score.expect(1)
  }

  @Test("addresses of the web platform that lead to a place") func addresses() throws {
    var score = Score(suite: "url-whatwg")
    for row in try Self.rows("url-whatwg") {
      guard let input = row["input"]?.string, let expected = row["expect"]?.string, expected.hasPrefix("http") else {
        continue
      }
      let found = Link.absolute(input, base: row["base"]?.string)
      // Joined as RFC 3986 says and shown as written: their canonical forms are compared.
      let isRight = found.map(CanonicalLink.text) == CanonicalLink.text(expected)
      score.note(isRight, row, "\(input): \(found ?? "nil") for \(expected)")
    }
    score.expect(0.55)
  }

  @Test func links() throws {
    var score = Score(suite: "url-resolve")
    for row in try Self.rows("url-resolve") {
      guard let input = row["input"]?.string else { continue }
      let found = Link.absolute(input, base: row["base"]?.string)
      score.note(Self.alternatives(row).contains { $0.string == found }, row, "\(input): \(found ?? "nil")")
    }
    score.expect(0.6)
  }
}
