import TestSupport
import TickerText

/// Somebody else's webhook receiver: keeps every request, and answers as planned.
final class Receiver: Sendable {
  /// The bytes behind ``secret``.
  static let key = Array("a key that nobody guesses, 32 b.".utf8)
  /// As it is given to the daemon.
  static let secret = "whsec_" + BinaryText.base64(key)

  /// What arrived, in order of arrival.
  let deliveries = Watched<[Delivery]>([])
  private let server: LoopbackServer

  struct Delivery: Sendable, CustomStringConvertible {
    let request: LoopbackServer.Request
    let at: ContinuousClock.Instant

    var id: String { request["webhook-id"] ?? "" }
    /// The event in it.
    var event: JSON { (try? JSON(request.text)["data"]) ?? .null }
    var description: String { "\(id) \(request.text)" }

    /// Whether one of the signatures is HMAC-SHA256 over `id.timestamp.body` (Standard Webhooks, "Verifying").
    var isAuthentic: Bool {
      guard let timestamp = request["webhook-timestamp"], let signatures = request["webhook-signature"] else {
        return false
      }
      let mac = Digest.hmacSHA256(key: Receiver.key, message: Array("\(id).\(timestamp).".utf8) + request.body)
      return signatures.split(separator: " ").contains("v1,\(BinaryText.base64(mac))")
    }
  }

  /// - Parameter plan: the answer to a delivery, from how often its id has come before; 204 without one.
  init(_ plan: @escaping @Sendable (Delivery, _ earlier: Int) -> LoopbackServer.Response = { _, _ in .status(204) })
    throws
  {
    server = try LoopbackServer { [deliveries] request in
      let delivery = Delivery(request: request, at: .now)
      let earlier = deliveries.change { deliveries in
        defer { deliveries.append(delivery) }
        return deliveries.count { $0.id == delivery.id }
      }
      return plan(delivery, earlier)
    }
  }

  /// A `[[webhook]]` table; its secret is the variable `HOOK_SECRET`.
  func table(_ name: String, _ more: String = "") -> String {
    """
    [[webhook]]
    name = "\(name)"
    url = "\(server.url("/hook"))"
    secret = { env = "HOOK_SECRET" }
    allow_net = ["127.0.0.0/8"]
    \(more)

    """
  }

  static let environment = ["HOOK_SECRET": secret]

  /// Everything so far, as soon as there is so much.
  @discardableResult
  func received(count: Int) async throws -> [Delivery] {
    try await deliveries.wait(for: "\(count) deliveries") { $0.count >= count ? $0 : nil }
  }
}
