import TestSupport
import Testing

/// `kind = "auto"`: a page leads to its feed.
@Suite struct FollowedFeedTests {
  private static func feed(_ titles: [String]) -> String {
    let items = titles.map { "<item><title>\($0)</title><guid>\($0)</guid></item>" }.joined()
    return "<rss version=\"2.0\"><channel><title>t</title>\(items)</channel></rss>"
  }

  private static func page(_ href: String) -> String {
    "<!DOCTYPE html><html><head><link rel=alternate type=application/rss+xml href=\"\(href)\"></head><body>x</body></html>"
  }

  private func origin(_ href: String = "/feed") throws -> Origin {
    let origin = try Origin()
    origin.publish("/", Self.page(href), type: "text/html")
    origin.giveETag("/")
    origin.publish("/feed", Self.feed(["One"]), type: "application/rss+xml")
    origin.giveETag("/feed")
    return origin
  }

  @Test("the feed is polled in the page's place, also over a restart, until it fails") func follows() async throws {
    let origin = try origin()
    let station = Station("[[source]]\nname = \"s\"\n\(origin.place("/"))\ninterval = \"1h\"\nbaseline = \"all\"")
    let daemon = try await station.daemon()
    try await station.poll("s")
    #expect(try await station.log().map(\.told).contains("item.new One"))
    _ = try await daemon.program.errors.wait(for: "the notice") { $0.text.contains("leads to its feed") ? true : nil }
    let asked = origin.pages.value["/"]?.answers.count ?? 0
    origin.publish("/feed", Self.feed(["Two", "One"]))
    try await station.poll("s")
    try await station.poll("s")
    #expect(origin.pages.value["/"]?.answers.count == asked, "the page is not asked again")
    #expect(origin.pages.value["/feed"]?.answers.last == 304)
    #expect(try await station.log().map(\.told) == ["item.new One", "item.new Two"])
    try await daemon.stop()

    let again = try await station.daemon()
    origin.publish("/feed", Self.feed(["Three", "Two", "One"]))
    try await station.poll("s")
    #expect(origin.pages.value["/"]?.answers.count == asked)
    // The feed moves; the page knows where to.
    origin.publish("/other", Self.feed(["Four", "Three", "Two", "One"]), type: "application/rss+xml")
    origin.publish("/", Self.page("/other"))
    origin.pages.change { $0["/feed"] = nil }
    try await station.poll("s")
    try await station.poll("s")
    #expect(try await station.log().filter { $0.type == "item.new" }.map(\.title) == ["One", "Two", "Three", "Four"])
    try await again.stop()
  }

  @Test("a page whose feed has a query is read anew, and leads nowhere with rules of its own") func queries()
    async throws
  {
    let origin = try origin("/feed?format=rss")
    let station = Station("[[source]]\nname = \"s\"\n\(origin.place("/"))\nbaseline = \"all\"")
    for titles in [["One"], ["Two", "One"]] {
      origin.publish("/feed?format=rss", Self.feed(titles), type: "application/rss+xml")
      let once = try await station.run("run", "--once", "--stdout", "text")
      #expect(once.code == 0 && once.output.hasSuffix("\(titles[0])\n"), "\(once.output)\(once.errors)")
    }
    #expect(origin.pages.value["/"]?.answers == [200, 200])
    let ruled = Station("[[source]]\nname = \"s\"\n\(origin.place("/"))\nselect = \"body\"\nbaseline = \"all\"")
    let read = try await ruled.run("run", "--once", "--stdout", "text")
    #expect(read.code == 0 && read.output.contains(" x"), "\(read.errors)")
  }
}
