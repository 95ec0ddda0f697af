public import TickerModel
import TickerText

/// What came of one attempt to deliver a webhook. A value without secrets; its texts are safe for logs and terminals.
public struct AttemptOutcome: Sendable, Equatable {
  /// How the attempt ended.
  public enum Result: Sendable, Equatable {
    /// An HTTP answer with this status came.
    case answered(status: Int)
    /// No answer: a short stable word (`dns`, `connect`, `timeout`, …) and a sentence for a person.
    case failed(class: String, message: String)
  }

  /// An answer, or why there was none.
  public let result: Result
  /// The address that answered; nil when none did.
  public let address: NetworkAddress?
  /// From the start of the attempt to its end.
  public let duration: Duration
  /// What `Retry-After` asks for, from the end of the attempt on; nil when absent or not understood.
  public let retryAfter: Duration?
  /// What the receiver asked for in its answer's head; nil when nothing.
  public let control: DeliveryControl?
  /// The beginning of a failure's body as one visible line, at most 1 KiB; empty when there was none.
  public let keptAnswer: String

  /// `keptAnswer` must be safe for a terminal already.
  public init(
    result: Result, address: NetworkAddress? = nil, duration: Duration = .zero, retryAfter: Duration? = nil,
    control: DeliveryControl? = nil, keptAnswer: String = ""
  ) {
    self.result = result
    self.address = address
    self.duration = duration
    self.retryAfter = retryAfter
    self.control = control
    self.keptAnswer = keptAnswer
  }

  /// Nil when no answer came.
  public var status: Int? {
    if case .answered(let status) = result { status } else { nil }
  }

  /// 2xx, whatever its length.
  public var isSuccess: Bool { status.map { (200...299).contains($0) } ?? false }

  /// Nobody was there, or not able to work: no answer, a server's error, a redirect. Whoever refuses a message, by its
  /// status or in so many words, or asks for time is there.
  public var isDown: Bool {
    if control == .abortMessage { return false }
    return switch status {
    case .some(200...299): false
    case 408, 425: true
    case .some(400...499): false
    default: true
    }
  }

  /// One line for the log, `deliveries` and dead letters: `answered 503: the queue is full`.
  public var summary: String {
    switch result {
    case .answered(let status):
      "answered \(status)" + Self.remark(on: status) + (keptAnswer.isEmpty ? "" : ": \(keptAnswer)")
    case .failed(let word, let message): VisibleText.escaped("\(word): \(message)")
    }
  }

  private static func remark(on status: Int) -> String {
    switch status {
    case 300...399: " (redirects of webhooks are not followed; configure the final URL)"
    case 410: " (gone)"
    default: ""
    }
  }
}
