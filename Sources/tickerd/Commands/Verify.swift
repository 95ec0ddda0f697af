import ArgumentParser
import TickerDelivery
import TickerModel
import TickerText

/// `tickerd verify`: what a receiver of Standard Webhooks must ask before it believes a body.
struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check the signature of a webhook's body, which is read from standard input.",
    discussion: """
      Exit status 0 when it is authentic, 1 when not, with the reason on standard error. --signature takes the whole \
      value of webhook-signature; one entry that fits one key is enough. The age of the webhook is judged with \
      --tolerance: a receiver should refuse what is older than five minutes, or it could be sent again by whoever saw it.

      Example:
        tickerd verify --secret-file desk.key --id "$WEBHOOK_ID" --timestamp "$WEBHOOK_TIMESTAMP" \\
          --signature "$WEBHOOK_SIGNATURE" --tolerance 5m < body.json && echo authentic
      """)

  @OptionGroup var signingKey: SigningKeyOptions

  @OptionGroup var message: MessageIDOption

  @Option(help: ArgumentHelp("The webhook-timestamp, in seconds since 1970.", valueName: "seconds"))
  var timestamp: String

  @Option(help: ArgumentHelp("The webhook-signature.", valueName: "signature"))
  var signature: String

  @Option(
    help: ArgumentHelp("How far the timestamp may be from now, such as 5m; without, it may be any.", valueName: "time"),
    transform: Self.tolerance)
  var tolerance: Duration?

  @Flag(help: "Print an object with id, verdict and reason.")
  var json = false

  @OptionGroup var options: ConfigurationOption

  func validate() throws { try signingKey.requireOne() }

  func run() throws {
    let keys = try signingKey.keys()
    let verdict = WebhookSignature.verify(
      header: signature, id: message.id, timestamp: timestamp, body: try WebhookBody.read(), keys: keys,
      now: Timestamp.now, tolerance: tolerance)
    report(verdict)
    if verdict != .authentic { throw ExitCode.failure }
  }
}

extension Verify {
  private static func tolerance(_ text: String) throws -> Duration {
    guard let duration = Quantity.duration(text) else {
      throw ValidationError("--tolerance takes a duration such as 5m or 30s.")
    }
    return duration
  }

  private func report(_ verdict: WebhookSignature.Verdict) {
    guard json else {
      switch verdict {
      case .authentic: Console.print("authentic")
      case .notAuthentic(let reason): Console.say("not authentic: \(reason)")
      }
      return
    }
    var object = JSONText()
    object.member("id", message.id)
    switch verdict {
    case .authentic: object.member("verdict", "authentic")
    case .notAuthentic(let reason):
      object.member("verdict", "not authentic")
      object.member("reason", reason)
    }
    Console.print(String(decoding: object.object, as: UTF8.self))
  }
}
