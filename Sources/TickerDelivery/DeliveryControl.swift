import TickerFetch

/// What a receiver may ask for in the header `webhook-delivery` of its answer, as the senders of Svix understand it
/// (https://docs.svix.com/receiving/delivery-control).
public enum DeliveryControl: String, Sendable, Equatable {
  /// Never this message again. Of a success it says nothing.
  case abortMessage = "abort-message"
  /// Nothing more at all, until a person enables the endpoint.
  case disable

  /// Nil for anything else, which other senders may understand.
  init?(header: String) { self.init(rawValue: header.lowercased()) }

  init?(_ headers: HeaderFields) {
    guard let field = headers.first(Self.field) else { return nil }
    self.init(header: field.text)
  }

  private static let field = "webhook-delivery"
}
