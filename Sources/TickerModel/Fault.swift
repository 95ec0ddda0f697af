/// One thing wrong with a source's poll, as `status` and the log tell it. Pure value.
public struct SourceFault: Error, Sendable, Equatable {
  /// How far the poll came.
  public enum Stage: String, Sendable { case fetch, parse, expect, record }

  public let stage: Stage
  /// A short stable word: `dns`, `connect`, `tls`, `timeout`, `status`, `body`, `address`, `document`, `window`, …
  public let `class`: String
  /// A sentence for a person, without secrets, safe for a terminal.
  public let reason: String

  public init(stage: Stage, class: String, reason: String) {
    self.stage = stage
    self.class = `class`
    self.reason = reason
  }
}
