import TestSupport
import Testing
import TickerFetch

/// No part of a URL that may be secret stands in any error.
@Suite(.timeLimit(.minutes(2))) struct SecretTests {
  @Test func secretURLsShowTheirHostAlone() async throws {
    let server = try LoopbackServer { request in
      switch request.path {
      case _ where request.path.hasPrefix("/hunter2/away"): .redirect(to: "http://127.0.0.1:1/hunter2?token=hunter2")
      case _ where request.path.hasPrefix("/hunter2/file"): .redirect(to: "file:///hunter2")
      case _ where request.path.hasPrefix("/hunter2/loop"): .redirect(to: "/hunter2/loop?token=hunter2")
      case _ where request.path.hasPrefix("/hunter2/hang"): .hang
      case _ where request.path.hasPrefix("/hunter2/large"): .text(String(repeating: "x", count: 5000))
      default: .close
      }
    }
    let base = "127.0.0.1:\(server.port)"
    let urls =
      ["away", "file", "loop", "hang", "large", "close"].map {
        "http://hunter2:hunter2@\(base)/hunter2/\($0)?k=hunter2#hunter2"
      }
      + [
        "https://\(base)/hunter2", "http://10.255.255.1/hunter2", "http://127.0.0.1:1/hunter2", "ftp://\(base)/hunter2",
        "http://a.invalid/hunter2", "http://\(base)/hunter2 hunter2", "hunter2", "/hunter2?hunter2", "http:hunter2",
      ]
    let fetcher = try startFetcher()
    for url in urls {
      let request = makeRequest(url) {
        $0.urlIsSecret = true
        $0.maxRedirects = 5
        $0.maxBody = 1000
        $0.timeout = .milliseconds(700)
      }
      let error = await fetcher.failure(request)
      #expect(error != nil, "\(url)")
      #expect(error?.message.contains("hunter2") == false, "\(error?.message ?? "")")
    }
  }

  @Test func otherURLsHideUserinfoAndQuery() async throws {
    let server = try LoopbackServer { request in
      request.path.hasPrefix("/away") ? .redirect(to: "http://user:hunter2@127.0.0.1:1/there?token=hunter2") : .close
    }
    let fetcher = try startFetcher()
    for path in ["away", "close"] {
      let url = "http://user:hunter2@127.0.0.1:\(server.port)/\(path)?token=hunter2"
      let error = await fetcher.failure(makeRequest(url) { $0.maxRedirects = 5 })
      #expect(error?.message.contains("hunter2") == false, "\(error?.message ?? "")")
      #expect(error?.message.contains("127.0.0.1:\(server.port)/\(path)") == true)
    }
  }
}
