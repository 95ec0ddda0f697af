import ArgumentParser
import TickerFetch
import TickerModel

/// What is probed, and how it is asked.
struct ProbeTarget {
  let source: Source
  /// A source of the configuration, whose own rules count.
  let isConfigured: Bool
  let url: String
  let isSecret: Bool
  let userAgent: String
  private(set) var access = FetchAccess()

  /// What is shown of the URL.
  var shown: String { isSecret ? MaskedURL.hostOnly(url) : MaskedURL.text(url) }

  /// A URL that someone typed.
  init(url: String, allowNet: [NetworkRange], userAgent: String) {
    self.url = Self.whole(url)
    var source = Source(name: "source", url: .literal(self.url))
    source.allowNet = allowNet
    self.source = source
    isConfigured = false
    isSecret = false
    self.userAgent = userAgent
  }

  /// A configured source with its secrets read, or exit 78.
  init(_ source: Source, allowNet: [NetworkRange], userAgent: String) throws {
    var source = source
    source.allowNet += allowNet
    self.source = source
    isConfigured = true
    url = try SecretResolution.text(of: source.url, for: "source \(source.name): url")
    if case .secret = source.url { isSecret = true } else { isSecret = false }
    self.userAgent = userAgent
    var secrets = AccessResolution()
    access = secrets.access(of: source)
    if !secrets.problems.isEmpty {
      for problem in secrets.problems { Console.say(problem) }
      throw ExitCode.configuration
    }
  }

  /// People leave the scheme out.
  static func whole(_ url: String) -> String { url.contains("://") || url.hasPrefix("file:") ? url : "https://" + url }

  /// The request for `place`. What the source sends to its own host goes to no other.
  func request(_ place: String) -> FetchRequest {
    var request = FetchRequest(url: place, timeout: source.timeout, maxBody: source.maxBody)
    request.headers = [Header("user-agent", userAgent)]
    request.maxRedirects = FetchRequest.sourceRedirects
    request.allowNet = source.allowNet
    request.urlIsSecret = isSecret
    request.access = access
    if URLParts(place).authority != URLParts(url).authority { request.access.headers = [] }
    return request
  }
}
