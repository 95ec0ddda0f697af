import TestSupport

/// A news site on loopback whose pages the test edits while it is polled.
final class Origin: Sendable {
  /// What stands at one path.
  struct Page: Sendable {
    var text: String
    var type = "text/plain; charset=utf-8"
    /// Answered as 304 when a request comes with exactly this.
    var etag: String?
    var lastModified: String?
    /// Instead of the page, while set.
    var trouble: LoopbackServer.Response?
    /// Statuses answered so far, 0 for trouble.
    fileprivate(set) var answers: [Int] = []
    fileprivate(set) var requests: [LoopbackServer.Request] = []
  }

  let pages = Watched<[String: Page]>([:])
  /// Every request waits here at first.
  let gate = Gate()
  private let server: LoopbackServer

  /// - Parameter isOpen: false lets every request wait until the gate is opened.
  init(isOpen: Bool = true) throws {
    if isOpen { gate.open() }
    server = try LoopbackServer { [pages, gate] request in
      gate.wait()
      return pages.change { pages in
        guard var page = pages[request.path] else { return .status(404) }
        defer { pages[request.path] = page }
        return page.answer(request)
      }
    }
  }

  func url(_ path: String) -> String { server.url(path) }

  /// The lines of a configuration that let a source be here.
  func place(_ path: String) -> String {
    "url = \"\(server.url(path))\"\nallow_net = [\"127.0.0.0/8\"]"
  }

  /// Puts a text there; validators change with it where there are any.
  func publish(_ path: String, _ text: String, type: String? = nil) {
    pages.change { pages in
      var page = pages[path] ?? Page(text: "")
      page.text = text
      if let type { page.type = type }
      if page.etag != nil { page.etag = Self.etag(of: text) }
      pages[path] = page
    }
  }

  /// From now on the page has an ETag that follows its text.
  func giveETag(_ path: String) {
    pages.change { pages in
      let text = pages[path]?.text ?? ""
      pages[path]?.etag = Self.etag(of: text)
    }
  }

  /// Answers this instead of the page; nil ends it.
  func trouble(_ path: String, _ response: LoopbackServer.Response?) { pages.change { $0[path]?.trouble = response } }

  func page(_ path: String) -> Page { pages.value[path] ?? Page(text: "") }

  /// Returns when the page was asked for so many more times and answered.
  func polled(_ path: String, more: Int) async throws {
    let before = page(path).answers.count
    try await pages.wait(for: "poll of \(path)") { ($0[path]?.answers.count ?? 0) >= before + more ? true : nil }
  }

  /// Weak, quoted, with a blank, a backslash and bytes beyond ASCII: it must come back byte for byte.
  private static func etag(of text: String) -> String {
    let sum = text.utf8.reduce(5381) { ($0 &* 33 &+ Int($1)) & 0xFFFF_FFFF }
    return "W/\"a b\\é-\(sum)\""
  }
}

extension Origin.Page {
  fileprivate mutating func answer(_ request: LoopbackServer.Request) -> LoopbackServer.Response {
    requests.append(request)
    if let trouble {
      answers.append(0)
      return trouble
    }
    var headers = [LoopbackServer.Header("Content-Type", type)]
    if let etag { headers.append(LoopbackServer.Header("ETag", etag)) }
    if let lastModified { headers.append(LoopbackServer.Header("Last-Modified", lastModified)) }
    if let etag, request["If-None-Match"] == etag {
      answers.append(304)
      return .status(304, headers: headers)
    }
    answers.append(200)
    return .text(text, headers: headers)
  }
}
