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
  // Of most answers one or two are looked at, and a Duration has 128 bits to multiply: microseconds, as libcurl has them.
  private let lookup, connection, security, first, all: Int64
  /// Whether a kept connection was used.
  public let reused: Bool

  /// The name had an address.
  public var nameLookup: Duration { .microseconds(lookup) }
  /// A connection stood.
  public var connected: Duration { .microseconds(connection) }
  /// TLS agreed.
  public var secured: Duration { .microseconds(security) }
  /// The answer began.
  public var firstByte: Duration { .microseconds(first) }
  /// The answer was complete.
  public var total: Duration { .microseconds(all) }

  /// What the server took to begin its answer, in microseconds.
  public var serverMicroseconds: Int64 { first - max(connection, security) }
  /// ``total`` in microseconds.
  public var totalMicroseconds: Int64 { all }

  /// In microseconds.
  init(nameLookup: Int64, connected: Int64, secured: Int64, firstByte: Int64, total: Int64, reused: Bool) {
    (lookup, connection, security, first, all) = (nameLookup, connected, secured, firstByte, total)
    self.reused = reused
  }
}
