public import TickerModel

/// The final answer to a request. Pure value.
public struct FetchResponse: Sendable, Equatable {
  /// 200 to 599, or what the server made up.
  public let status: Int
  /// Of the final answer alone, in order; at most 256 lines and 64 KiB.
  public let headers: HeaderFields
  /// Decompressed, at most `maxBody` bytes.
  public let body: [UInt8]
  /// Whether the body ended early, with `Overflow.cut` only.
  public let isCut: Bool
  /// Where the answer came from after redirects; may hold secrets.
  public let finalURL: String
  /// Permanent redirects, and no others, led to ``finalURL``.
  public let isMovedForGood: Bool
  /// The address of the server.
  public let address: NetworkAddress?
  /// When the server's certificate ends, where that was asked for.
  public let certificateEnds: Timestamp?
  /// How long each stage took.
  public let timing: FetchTiming
}

/// When each stage of the last hop was reached, counted from the start of the transfer. Zero for a stage that was not
/// needed. Pure value.
public struct FetchTiming: Sendable, Equatable {
  /// The name had an address.
  public let nameLookup: Duration
  /// A connection stood.
  public let connected: Duration
  /// TLS agreed.
  public let secured: Duration
  /// The answer began.
  public let firstByte: Duration
  /// The answer was complete.
  public let total: Duration
  /// Whether a kept connection was used.
  public let reused: Bool
}
