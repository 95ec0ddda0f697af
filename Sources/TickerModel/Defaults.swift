/// Every default of the configuration, named once: the sample file, the manual and the loader agree through this list.
public enum Defaults {
  /// Owner and group of the daemon may subscribe, others not.
  public static let socketMode = 0o660
  public static let userAgent = "tickerd/\(Product.version)"
  public static let logLevel = LogLevel.notice
  /// libcurl needs some 30 KB for a transfer in flight; 256 keep a small machine busy without swamping it.
  public static let maxTransfers = 256
  /// One descriptor each; half of what a default service of systemd may open is far beyond a news desk.
  public static let maxSubscribers = 8192

  /// What brings an item a minute and what brings one a day need not be told apart by hand.
  public static let interval = Interval.adaptive
  /// No origin minds; a desk that needs less writes less.
  public static let minInterval = Duration.seconds(15)
  /// The longest that breaking news of a quiet source may wait.
  public static let maxInterval = Duration.seconds(900)
  public static let sourceTimeout = Duration.seconds(20)
  /// The largest real news page seen is 3 MB.
  public static let maxBody = 8 << 20
  /// An empty block is far more often a broken page than no news.
  public static let minItems = 1
  /// More lines than any ticker shows: a selector that matches the whole page.
  public static let maxItems = 500

  /// A browser opens six; two leave a small site room for its readers.
  public static let perHost = 2
  /// The documents of some minutes to some days, by the pace of the source: enough to see what a rule would have done.
  public static let keepDocuments = 20
  /// A few thousand compressed pages.
  public static let keepBytes = 64 << 20
  /// A headline that a desk repeats within a shift is the same news; the next morning it is a reminder worth hearing.
  public static let repeatAfter = Duration.seconds(6 * 3600)
  /// A quarter of a year of news.
  public static let retention = Duration.seconds(90 * 86_400)
  /// Longer than a year, so that anniversaries do not bring old feeds back as new.
  public static let keepHashes = Duration.seconds(400 * 86_400)

  /// 27 hours 42 minutes in all: a receiver may be down for a night and a morning.
  public static let retry: [Duration] = [
    .seconds(5), .seconds(30), .seconds(120), .seconds(600), .seconds(1800), .seconds(3600), .seconds(7200),
    .seconds(14_400), .seconds(28_800), .seconds(43_200),
  ]
  /// Standard Webhooks asks for 15 to 30 seconds.
  public static let webhookTimeout = Duration.seconds(15)
  public static let concurrency = 4
  /// Longer than the schedule of retries; news of the day before yesterday is history.
  public static let expiresAfter = Duration.seconds(36 * 3600)
  /// One lost answer is nothing, five in a row are a receiver that is down …
  public static let circuitFailures = 5
  /// … unless all of them fell into the half minute of its restart.
  public static let circuitOver = Duration.seconds(30)
  public static let circuitProbe = Duration.seconds(30)
  /// A page of news; more make a request that fails as a whole too dear to repeat.
  public static let batchItems = 20
  /// Nobody waits longer for breaking news.
  public static let batchWait = Duration.seconds(2)
}

/// What the program calls itself.
public enum Product {
  /// Semantic version.
  public static let version = "0.1.0"
}
