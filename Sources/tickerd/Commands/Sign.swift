import ArgumentParser
import TickerDelivery
import TickerModel
import TickerText

/// `tickerd sign`: what a sender of Standard Webhooks puts into `webhook-signature`.
struct Sign: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Sign a webhook's body, which is read from standard input.",
    discussion: """
      Prints the value of webhook-signature: one signature per key, newest first, separated by a space. Without \
      --timestamp the present second is signed, and named on standard error: webhook-timestamp must say the same.

      Example, the three headers for curl:
        at=$(date +%s)
        signature=$(tickerd sign --secret-file desk.key --id msg_1 --timestamp $at < body.json)
        curl -H "webhook-id: msg_1" -H "webhook-timestamp: $at" -H "webhook-signature: $signature" \\
          -H "content-type: application/json" --data-binary @body.json https://hooks.example.org/ticker
      """)

  @OptionGroup var signingKey: SigningKeyOptions

  @OptionGroup var message: MessageIDOption

  @Option(help: ArgumentHelp("The webhook-timestamp, in seconds since 1970.", valueName: "seconds"))
  var timestamp: Int64?

  @Flag(help: "Print an object with id, timestamp and signature.")
  var json = false

  @OptionGroup var options: ConfigurationOption

  func validate() throws {
    try signingKey.requireOne()
    // It would move the border between the signed parts, id.timestamp.body.
    guard !message.id.contains(".") else { throw ValidationError("--id must not hold a dot.") }
    if let timestamp, timestamp < 0 { throw ValidationError("--timestamp takes seconds since 1970, 0 or more.") }
  }

  func run() throws {
    let keys = try signingKey.keys()
    guard keys.allSatisfy(\.canSign) else {
      Console.say("\(WebhookKeyError.cannotSign)")
      throw ExitCode.configuration
    }
    let body = try WebhookBody.read()
    let seconds = timestamp ?? Timestamp.now.milliseconds / 1000
    let signature = WebhookSignature.sign(id: message.id, timestamp: seconds, body: body, keys: keys)
    if json {
      var object = JSONText()
      object.member("id", message.id)
      object.member("timestamp", Int(seconds))
      object.member("signature", signature)
      Console.print(String(decoding: object.object, as: UTF8.self))
    } else {
      if timestamp == nil { Console.say("signed for webhook-timestamp: \(seconds)") }
      Console.print(signature)
    }
  }
}
