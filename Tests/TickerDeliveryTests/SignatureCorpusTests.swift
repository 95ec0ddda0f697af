import FoundationEssentials
import Glibc
import Testing
import TickerDelivery
import TickerModel
import TickerText

/// Cases of the Standard Webhooks reference libraries, kept outside the repository: `TICKERD_CORPORA`, or
/// `../shared/corpora` beside the package.
@Suite struct SignatureCorpusTests {
  struct Row: Decodable, Sendable {
    let op: String
    let id: String
    let name: String?
    let secret: String?
    let msg_id: String?
    let timestamp: Int64?
    let payload: String?
    let headers: [String: String]?
    let now: Int64?
    let expect: Expectation?
    let key_hex: String?
    let data_hex: String?

    enum Expectation: Decodable, Sendable {
      case verdict(Bool), signature(String)

      init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        self =
          if let verdict = try? value.decode(Bool.self) { .verdict(verdict) } else {
            .signature(try value.decode(String.self))
          }
      }
    }
  }

  static let manifest: String = {
    let beside = "\(#filePath)/../../../../shared/corpora"
    let root = getenv("TICKERD_CORPORA").map { String(cString: $0) } ?? beside
    return root + "/cases/webhook-signatures/manifest.jsonl"
  }()

  static func rows(_ op: String) throws -> [Row] {
    let text = String(decoding: try Data(contentsOf: URL(filePath: manifest)), as: UTF8.self)
    return try text.split(separator: "\n").map { try JSONDecoder().decode(Row.self, from: Data($0.utf8)) }
      .filter { $0.op == op }
  }

  @Test(
    .enabled(if: access(manifest, R_OK) == 0, "no corpora: set TICKERD_CORPORA to run the reference libraries' cases"))
  func signsAsTheReferenceLibraries() throws {
    let rows = try Self.rows("webhook_sign").filter { $0.headers == nil }
    #expect(!rows.isEmpty)
    for row in rows {
      guard let secret = row.secret, let id = row.msg_id, let timestamp = row.timestamp, let payload = row.payload
      else {
        Issue.record("\(row.id) lacks a field")
        continue
      }
      guard case .signature(let expected) = row.expect else {
        #expect(throws: WebhookKeyError.self, "\(row.id)") { try WebhookKey(secret) }
        continue
      }
      let key = try WebhookKey(secret)
      let signature = WebhookSignature.sign(id: id, timestamp: timestamp, body: Array(payload.utf8), keys: [key])
      #expect(signature == expected, "\(row.id)")
    }
  }

  /// What signatures are made of, with keys of any length.
  @Test(
    .enabled(if: access(manifest, R_OK) == 0, "no corpora: set TICKERD_CORPORA to run the reference libraries' cases"))
  func authenticatesAsRFC4231() throws {
    let rows = try Self.rows("hmac_sha256")
    #expect(!rows.isEmpty)
    for row in rows {
      guard let key = row.key_hex.flatMap(Self.bytes), let data = row.data_hex.flatMap(Self.bytes),
        case .signature(let text) = row.expect, let expected = Self.bytes(hex: text)
      else {
        Issue.record("\(row.id) lacks a field")
        continue
      }
      for split in [0, data.count / 2, data.count] {
        let code = HMACKey(key).code(of: Array(data[..<split]), Array(data[split...]))
        #expect(code == expected, "\(row.id) behind \(split) bytes")
      }
    }
  }

  private static func bytes(hex: String) -> [UInt8]? {
    let digits = hex.compactMap(\.hexDigitValue)
    guard digits.count == hex.count, digits.count.isMultiple(of: 2) else { return nil }
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }

  @Test(
    .enabled(if: access(manifest, R_OK) == 0, "no corpora: set TICKERD_CORPORA to run the reference libraries' cases"))
  func judgesAsTheReferenceLibraries() throws {
    let rows = try Self.rows("webhook_verify")
    #expect(!rows.isEmpty)
    for row in rows {
      guard let secret = row.secret, let payload = row.payload, let now = row.now,
        case .verdict(let expected) = row.expect
      else {
        Issue.record("\(row.id) lacks a field")
        continue
      }
      let verdict = WebhookSignature.verify(
        header: row.headers?["webhook-signature"], id: row.headers?["webhook-id"],
        timestamp: row.headers?["webhook-timestamp"], body: Array(payload.utf8), keys: [try WebhookKey(secret)],
        now: Timestamp(seconds: now))
      #expect((verdict == .authentic) == expected, "\(row.id) \(row.name ?? ""): \(verdict)")
    }
  }
}
