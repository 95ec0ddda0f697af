/// Where an endpoint stands in the log while several deliveries are under way: what a restart must not send again. Pure
/// value; a few numbers, however many events were delivered behind one that hangs.
public struct DeliveryPosition: Sendable, Equatable {
  /// Everything up to here is delivered, kept as failed, or not for this endpoint.
  public let cursor: Int64
  /// Behind ``cursor`` and up to here so is all but ``open``; ``cursor`` where nothing is.
  public let through: Int64
  /// Ascending, between ``cursor`` and ``through``; as many as were begun and not settled.
  public let open: [Int64]

  /// `open` is ascending and lies between `cursor` and `through`. Where everything behind `cursor` is open, ``through``
  /// is ``cursor``.
  public init(cursor: Int64, through: Int64, open: [Int64]) {
    self.cursor = cursor
    let isAhead = through - cursor > Int64(open.count)
    self.through = isAhead ? through : cursor
    self.open = isAhead ? open : []
  }

  /// Everything up to `cursor`, and nothing behind it.
  public init(_ cursor: Int64) { self.init(cursor: cursor, through: cursor, open: []) }

  /// Whether `sequence`, behind ``cursor``, is settled all the same.
  public func isSettled(_ sequence: Int64) -> Bool { sequence <= through && !open.contains(sequence) }

  /// What lies behind ``cursor``, as it is stored: ``through`` and ``open``, separated by blanks; nil where nothing is
  /// settled there.
  public var ahead: String? {
    through > cursor ? ([through] + open).map(String.init).joined(separator: " ") : nil
  }

  /// As it was stored; what cannot be read counts as not settled, and is sent again.
  public init(cursor: Int64, ahead: String?) {
    let numbers = ahead?.split(separator: " ").map { Int64($0) } ?? []
    guard let through = numbers.first ?? nil, numbers.allSatisfy({ $0 != nil }) else {
      self.init(cursor)
      return
    }
    let open = numbers.dropFirst().compactMap(\.self).filter { $0 > cursor && $0 <= through }
    self.init(cursor: cursor, through: max(cursor, through), open: open.sorted())
  }
}
