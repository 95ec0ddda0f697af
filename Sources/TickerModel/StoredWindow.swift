/// The lines of a source's last successful poll, newest first, and those that just went. Of a feed the items of its last
/// document, which no rule of windows judges. A pure value.
public struct StoredWindow: Sendable, Equatable {
  public struct Line: Sendable, Equatable {
    public let fingerprint: Fingerprint
    /// Whether it stood in the window before too, and was not pinned there.
    public let stood: Bool
    /// How many windows on end, each different from the one before, it has kept its place at an end of the window;
    /// counted to ``StoredWindow/pinnedAfter``.
    public let kept: Int

    public init(_ fingerprint: Fingerprint, stood: Bool, kept: Int = 0) {
      self.fingerprint = fingerprint
      self.stood = stood
      self.kept = min(kept, pinnedAfter)
    }

    /// A line that everything else moves past says nothing about where the others stand.
    public var isPinned: Bool { kept >= pinnedAfter }
  }

  /// A line that went above a standing one: withdrawn if the next poll confirms it.
  public struct Absent: Sendable, Equatable {
    public let fingerprint: Fingerprint
    /// The index in ``lines`` of the first line that stood below it.
    public let above: Int

    public init(_ fingerprint: Fingerprint, above: Int) {
      self.fingerprint = fingerprint
      self.above = above
    }
  }

  /// Windows after which a line that does not move is pinned (SPEC §3.2).
  public static let pinnedAfter = 10
  /// Windows whose lengths tell how long this one usually is.
  public static let rememberedLengths = 100

  public var lines: [Line]
  public var absent: [Absent]
  /// The lengths of the last windows that differed from the one before, oldest first, this one included; at most
  /// ``rememberedLengths``.
  public var lengths: [Int]

  public init(lines: [Line] = [], absent: [Absent] = [], lengths: [Int] = []) {
    self.lines = lines
    self.absent = absent
    self.lengths = lengths
  }

  /// A first window, or the items of a feed's document.
  init(_ seen: [SeenItem], after before: StoredWindow) {
    self.init(
      lines: seen.map { Line($0.fingerprint, stood: false) }, lengths: before.lengths(with: seen.count))
  }

  /// The remembered lengths with one more.
  func lengths(with length: Int) -> [Int] { (lengths + [length]).suffix(Self.rememberedLengths) }

  /// Whether a window of `length` lines that shares nothing with this one tells that lines may have been missed: it is
  /// as long as windows of this source get, and they get long enough to overlap.
  func isGap(before length: Int) -> Bool {
    let longest = lengths.max() ?? lines.count
    return lines.contains { !$0.isPinned } && longest >= Self.shortestTelling && length >= longest
  }

  /// A block of one or two lines changes wholly all the time.
  private static let shortestTelling = 3
}
