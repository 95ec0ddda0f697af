import Logging
import TickerDelivery
import TickerModel
import TickerStore

// Several events in one message that a receiver cannot take as a whole: it comes again in two halves, those in halves
// again where they must, until what is wrong stands alone.

extension Deliverer {
  /// Reads the events of `outgoing` again; until the halves are on disk nothing of it is settled.
  func split(_ outgoing: Outgoing, of endpoint: Endpoint, after outcome: AttemptOutcome) {
    splits += 1
    let end = AttemptEnd(endpoint: endpoint.number, outgoing: outgoing, outcome: outcome)
    let isOpen = store.events(outgoing.members) { [arrivals] in arrivals.add(.members(end, $0)) }
    if !isOpen { arrivals.add(.members(end, nil)) }
  }

  func arrived(_ records: [LogRecord]?, of end: AttemptEnd) {
    splits -= 1
    guard let endpoint = endpoints[end.endpoint], let outcome = end.outcome else { return }
    let entries = records.map { $0.map { LogEntry($0, epoch: store.epoch) } } ?? []
    guard entries.count > 1 else { return keepWhole(end.outgoing, endpoint, outcome, isRead: records != nil) }
    let middle = entries.count / 2
    let halves = [entries[..<middle], entries[middle...]].map { half in
      var row = Outgoing(Array(half), as: end.outgoing.kind, endpoint.form).unsent
        .row(of: endpoint.name, outcome, nextAt: Clock.now, reason: "in two halves after it \(outcome.summary)")
      row.attempts = 0
      return row
    }
    log.notice(
      "\(end.outgoing.message.id) with \(entries.count) events goes in two halves: \(outcome.summary)",
      metadata: ["endpoint": "\(endpoint.name)"])
    // The second has the place of the whole, and settles it.
    keep(halves[0], of: endpoint, settling: nil)
    keep(halves[1], of: endpoint, settling: end.outgoing)
  }

  /// Its events are gone from the log, or cannot be read now.
  private func keepWhole(_ outgoing: Outgoing, _ endpoint: Endpoint, _ outcome: AttemptOutcome, isRead: Bool) {
    let later = Clock.now + .nanoseconds(DeliveryJournal.pauseAfterFault)
    let reason = isRead ? "\(DeadReason.rejected.rawValue): \(outcome.summary)" : outcome.summary
    let row = outgoing.row(of: endpoint.name, outcome, nextAt: isRead ? nil : later, reason: reason)
    keep(row, of: endpoint, settling: outgoing)
  }
}
