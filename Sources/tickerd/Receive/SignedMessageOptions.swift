import ArgumentParser
import TickerModel

/// What a signature of Standard Webhooks is about, besides the body.
struct MessageIDOption: ParsableArguments {
  @Option(help: ArgumentHelp("The webhook-id.", valueName: "id"))
  var id: String

  func validate() throws {
    let isPlain = !id.isEmpty && id.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    guard isPlain else { throw ValidationError("--id takes the value of webhook-id, visible ASCII without blanks.") }
  }
}

/// The body of a webhook on standard input.
enum WebhookBody {
  /// All of standard input, or exit 1 with a sentence.
  static func read() throws -> [UInt8] {
    do throws(InputFile.Unreadable) { return try InputFile.bytes(of: nil) } catch {
      Console.say("standard input \(error.reason)")
      throw ExitCode.failure
    }
  }
}
