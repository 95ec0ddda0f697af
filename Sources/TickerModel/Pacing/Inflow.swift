/// How many documents are on their way, so that polls start no faster than what they bring is recorded: an answer that
/// brings nothing needs no memory, a document with all that was read from it a tenth of a megabyte. A value; times are
/// nanoseconds of a monotonic clock.
public struct Inflow: Sendable {
  /// Documents that may be asked for, read and recorded at once.
  public static let most = 32
  /// A request that is older is a slow server's, which must hold up nobody else.
  private static let period: Int64 = 50_000_000  // nanoseconds
  /// Of what is remembered, the weight of one answer.
  private static let weight = 1.0 / 16

  private var present: Int64 = 0
  /// Requests without an answer, of the present period and of the one before.
  private var young = 0
  private var former = 0
  /// Of the last answers, those that brought a document; a start brings nothing else.
  private var share = 1.0

  public init() {}

  /// Whether another poll may start, with so many documents that are being read and recorded.
  public mutating func hasRoom(beside recording: Int, at now: Int64) -> Bool {
    turn(to: now)
    return recording < Self.most && Double(recording) + share * Double(young + former) < Double(Self.most)
  }

  /// A request starts; gives what ``noteAnswer(to:isDocument:at:)`` wants.
  public mutating func noteStart(at now: Int64) -> Int64 {
    turn(to: now)
    young += 1
    return present
  }

  /// Its answer, or its failure, is there.
  public mutating func noteAnswer(to period: Int64, isDocument: Bool, at now: Int64) {
    turn(to: now)
    share += ((isDocument ? 1 : 0) - share) * Self.weight
    if period == present { young -= 1 } else if period == present - 1 { former -= 1 }
  }

  private mutating func turn(to now: Int64) {
    let period = now / Self.period
    guard period != present else { return }
    former = period == present + 1 ? young : 0
    (present, young) = (period, 0)
  }
}
