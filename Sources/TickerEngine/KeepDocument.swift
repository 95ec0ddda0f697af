import TickerModel
import TickerStore

extension Poller {
  /// Keeps the document of a poll for `why` and `try`, after everybody has heard what was in it. One that cannot be kept is
  /// no fault of the source, and no item is lost with it. Compresses, therefore elsewhere.
  @concurrent
  func keep(_ fetched: Fetched, of polled: PolledSource, _ report: PollReport) async {
    try? await store.keep(
      document(fetched, of: polled, report), most: settings.keepDocuments, mostBytes: settings.keepBytes)
  }

  /// As it is kept together with what was in it, if it is.
  func packed(_ fetched: Fetched, of polled: PolledSource, _ report: PollReport) -> PackedDocument? {
    PackedDocument(
      document(fetched, of: polled, report), most: settings.keepDocuments, mostBytes: settings.keepBytes)
  }

  private func document(_ fetched: Fetched, of polled: PolledSource, _ report: PollReport) -> KeptDocument {
    KeptDocument(
      source: report.source, at: report.at, status: report.status, contentType: fetched.contentType,
      url: polled.url.isSecret ? MaskedURL.hostOnly(fetched.url) : MaskedURL.text(fetched.url),
      kind: polled.source.kind, hash: fetched.bodyHash, fault: report.fault.map(\.sentence), body: fetched.body)
  }
}

extension SourceFault {
  fileprivate var sentence: String { "\(stage.rawValue) failed (\(self.class)): \(reason)" }
}
