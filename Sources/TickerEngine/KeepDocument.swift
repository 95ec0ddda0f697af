import TickerModel
import TickerStore

extension Poller {
  /// Keeps the document of a poll for `why` and `try`, after everybody has heard what was in it. One that cannot be kept is
  /// no fault of the source, and no item is lost with it. Compresses, therefore elsewhere.
  @concurrent
  func keep(_ fetched: Fetched, of polled: PolledSource, _ report: PollReport) async {
    let document = KeptDocument(
      source: report.source, at: report.at, status: report.status, contentType: fetched.contentType,
      url: polled.url.isSecret ? MaskedURL.hostOnly(fetched.url) : MaskedURL.text(fetched.url),
      kind: polled.source.kind, hash: fetched.bodyHash, fault: report.fault.map(\.sentence), body: fetched.body)
    try? await store.keep(document, most: settings.keepDocuments, mostBytes: settings.keepBytes)
  }
}

extension SourceFault {
  fileprivate var sentence: String { "\(stage.rawValue) failed (\(self.class)): \(reason)" }
}
