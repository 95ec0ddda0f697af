import Testing
import TickerModel

@testable import TickerFetch

@Suite struct EasyHandleTests {
  private static func options(_ networks: [String] = []) -> TransferOptions {
    var request = FetchRequest(.get, url: "http://192.0.2.7/", timeout: .seconds(1), maxBody: 1)
    request.allowNet = networks.compactMap { NetworkRange($0) }
    return TransferOptions.of(request)
  }

  /// An address that was judged is not judged again for the same options, and for no others.
  @Test func anAdmissionHoldsForItsOptionsAndItsText() throws {
    let handle = try EasyHandle()
    let peer = try #require(NetworkAddress("192.0.2.7"))
    try handle.take(Self.options()) {}
    #expect(handle.admitted("192.0.2.7") == nil)
    handle.noteAdmitted("192.0.2.7", peer)
    #expect(handle.admitted("192.0.2.7") == peer)
    for other in ["192.0.2.70", "192.0.2.", "", "192.0.2.7 "] { #expect(handle.admitted(other) == nil, "\(other)") }
    try handle.take(Self.options()) {}
    #expect(handle.admitted("192.0.2.7") == peer, "the same options")
    try handle.take(Self.options(["192.0.2.0/24"])) {}
    #expect(handle.admitted("192.0.2.7") == nil, "others")
    handle.noteAdmitted("192.0.2.7", peer)
    handle.noteAdmitted("192.0.2.8", nil)
    #expect(handle.admitted("192.0.2.7") == nil && handle.admitted("192.0.2.8") == nil, "the last that has an address")
  }
}
