import ArgumentParser
import TickerDelivery

/// `tickerd receive`: the other end of a webhook, for people who build one or want to see what arrives.
struct Receive: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Receive webhooks: verify, print and answer them.",
    discussion: """
      Prints one line per webhook: time, verdict, id, type and title. The verdict is "authentic" or "NOT AUTHENTIC" \
      when a signing key is given, else "unchecked". Authentic and unchecked webhooks are answered 204, others 401.

      Example, which refuses the first two tries of each webhook and asks for five seconds of patience:
        tickerd receive --secret-env DESK_SECRET --fail 2 --retry-after 5
      and as the webhook's table in tickerd.toml:
        [[webhook]]
        name = "desk"
        url = "http://127.0.0.1:9099/"
        secret = { env = "DESK_SECRET" }
        allow_net = ["127.0.0.0/8"]
      """)

  @Option(help: ArgumentHelp("Where to listen; port 0 takes a free one.", valueName: "host:port"))
  var listen = ListenAddress.standard

  @OptionGroup var signingKey: SigningKeyOptions

  @OptionGroup var options: ConfigurationOption

  @Option(help: ArgumentHelp("Answer the first tries of each id with --status.", valueName: "count"))
  var fail: Int?

  @Option(help: ArgumentHelp("The status to answer: 503 with --fail, else for every webhook (204).", valueName: "code"))
  var status: Int?

  @Option(help: ArgumentHelp("A Retry-After header to go with --fail or --status.", valueName: "seconds"))
  var retryAfter: Int?

  @Flag(help: "Print one JSON object per webhook and line.")
  var json = false

  func validate() throws {
    if let fail, fail < 0 { throw ValidationError("--fail takes a number of tries, 0 or more.") }
    if let status, !(200...599).contains(status) {
      throw ValidationError("--status takes an HTTP status from 200 to 599.")
    }
    guard let retryAfter else { return }
    guard retryAfter >= 0 else { throw ValidationError("--retry-after takes a number of seconds, 0 or more.") }
    guard fail != nil || status != nil else {
      throw ValidationError("--retry-after goes with --fail or --status; a 204 asks for no retry.")
    }
  }

  func run() throws {
    let keys = try signingKey.keys()
    let plan = AnswerPlan(failures: fail, status: status, retryAfter: retryAfter)
    do throws(ReceiveError) {
      let server = try ReceiveServer(listen, keys: keys, plan: plan, json: json)
      ReceiveOutput.standardError.write(line: "listening on \(server.url)")
      try server.run()
    } catch {
      ReceiveOutput.standardError.write(line: "tickerd receive: \(error)")
      throw ExitCode.failure
    }
  }
}
