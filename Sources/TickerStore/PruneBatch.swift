import CLinux

/// How many rows the next batch of pruning takes, learned from how long the last one held the writer, its commit
/// included: what a row costs depends on the disk, on the size of its indexes and on the texts in it. A pure value.
public struct PruneBatch: Sendable, Equatable {
  /// A batch that held the writer longer was too large. A poll that comes meanwhile is late by no more than that.
  public static let longest = Duration.milliseconds(3)
  /// Rows of a first batch, and of any where nothing gets faster: a commit alone costs what these few rows cost.
  public static let fewest = 8
  /// Rows of one batch at most: nothing is gained by more, since the commit is a small part by then.
  public static let most = 200

  /// Rows, ``fewest`` to ``most``.
  public private(set) var rows = fewest

  public init() {}

  /// A batch that took `taken` rows held the writer so long. Grows by half where all it was allowed was done in less
  /// than half of the time, and halves beyond the whole: a batch that is too large costs somebody's freshness, one that
  /// is too small only this one's.
  public mutating func learn(taken: Int, held: Duration) {
    if held > Self.longest {
      rows = max(Self.fewest, rows / 2)
    } else if held < Self.longest / 2, taken >= rows {
      rows = min(Self.most, rows + rows / 2)
    }
  }
}

/// The time that one batch may take of the writer before its commit.
struct WriterTurn {
  private let began = clinux_monotonic()

  /// Half of all: the other half is the commit's.
  var isOver: Bool { held >= PruneBatch.longest / 2 }

  var held: Duration { .nanoseconds(clinux_monotonic() - began) }
}
