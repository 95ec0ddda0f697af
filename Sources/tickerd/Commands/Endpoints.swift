import ArgumentParser
import FoundationEssentials
import TickerModel
import TickerText

/// A webhook as the daemon answers it.
struct EndpointAnswer: Decodable {
  let endpoint: String
  let url: String
  let format: String
  let state: String
  let circuit: String
  let cursor: String
  let lag: Int
  let delivered: Int
  let success_rate: Double?
  let p50_ms: Int?
  let p99_ms: Int?
  let waiting: Int
  let dead: Int
  let next_attempt: String?
  let reason: String?
}

struct Endpoints: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List the webhooks: state, circuit, lag, success rate, latency, next attempt.",
    discussion: """
      The latencies are those of the last deliveries, from the moment an item was seen to the receiver's answer. With \
      --json one object per line.

      Example:
        tickerd endpoints
      """)

  @OptionGroup var daemon: DaemonOption
  @Flag(help: "Print JSON, one object per line.") var json = false

  private struct Answer: Decodable {
    let endpoints: [EndpointAnswer]
    let more: Bool?
  }

  func run() throws {
    var endpoints: [EndpointAnswer] = []
    repeat {
      var command = JSONText()
      command.member("op", "endpoints")
      command.member("after", endpoints.last?.endpoint ?? "")
      let (answer, line) = try daemon.ask(String(decoding: command.object, as: UTF8.self), as: Answer.self)
      if json { JSONLines.write("endpoints", of: line) }
      endpoints += answer.endpoints
      if answer.more != true || answer.endpoints.isEmpty { break }
    } while true
    if !json { show(endpoints) }
  }

  private func show(_ endpoints: [EndpointAnswer]) {
    let head = ["ENDPOINT", "STATE", "CIRCUIT", "LAG", "DELIVERED", "OK", "P50", "P99", "WAITING", "DEAD", "NEXT", ""]
    let rows = endpoints.map { endpoint -> [String] in
      let rate = endpoint.success_rate.map { "\(Int(($0 * 100).rounded())) %" } ?? "-"
      let counts = [endpoint.waiting, endpoint.dead].map(String.init)
      let latencies = [endpoint.p50_ms, endpoint.p99_ms].map { $0.map { "\($0) ms" } ?? "-" }
      let state = [
        endpoint.endpoint, endpoint.state, endpoint.circuit, String(endpoint.lag), String(endpoint.delivered),
      ]
      return state + [rate] + latencies + counts + [endpoint.next_attempt ?? "-", endpoint.reason ?? ""]
    }
    for line in Table.lines([head] + rows) { Console.print(line) }
  }
}

/// The objects of a list in an answer, one per line, as they came.
enum JSONLines {
  /// Prints the elements of the array `key` of the object `line`.
  static func write(_ key: String, of line: [UInt8]) {
    for object in elements(key, of: line) { Console.write(object + [UInt8(ascii: "\n")]) }
  }

  /// The daemon's own lines: an array of objects behind `"key":`.
  static func elements(_ key: String, of line: [UInt8]) -> [[UInt8]] {
    guard let start = line.firstRange(of: Array("\"\(key)\":[".utf8)) else { return [] }
    var objects: [[UInt8]] = []
    var scan = Nesting()
    var begin = start.upperBound
    for place in start.upperBound..<line.endIndex {
      let before = scan.depth
      scan.pass(line[place])
      if before == 0, scan.depth == 1 { begin = place }
      if before == 1, scan.depth == 0 { objects.append(Array(line[begin...place])) }
      if scan.depth < 0 { break }
    }
    return objects
  }

  /// How deep a byte of JSON stands.
  private struct Nesting {
    var depth = 0
    private var isInText = false
    private var isEscaped = false

    mutating func pass(_ byte: UInt8) {
      guard !isEscaped else { return isEscaped = false }
      switch byte {
      case UInt8(ascii: "\\"): isEscaped = isInText
      case UInt8(ascii: "\""): isInText.toggle()
      case UInt8(ascii: "{"), UInt8(ascii: "["): if !isInText { depth += 1 }
      case UInt8(ascii: "}"), UInt8(ascii: "]"): if !isInText { depth -= 1 }
      default: break
      }
    }
  }
}
