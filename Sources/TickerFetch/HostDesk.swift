import TickerModel

/// Where hops learn the addresses of their hosts, and wait for them. Only what the address guard allows is handed out.
/// Lives on the libcurl thread; times are nanoseconds of the monotonic clock.
final class HostDesk {
  /// What a hop is to do.
  enum Step {
    /// Start, with the addresses that the host stands for; nil where libcurl reads them from the URL itself.
    case go([NetworkAddress]?)
    case wait
    case fail(FetchError)
  }

  private let lookups: NameLookups
  private var names = NameCache()
  private var waiting: [String: [Hop]] = [:]
  /// When the first that waits has waited long enough; nil when nobody does.
  private(set) var deadline: Int64?

  init(_ lookups: NameLookups) { self.lookups = lookups }

  func step(_ hop: Hop, at now: Int64) -> Step {
    let prepared = hop.prepared
    if let refusal = prepared.refusal { return .fail(hop.failure(refusal)) }
    switch prepared.destination.place {
    case .url: return .go(nil)
    case .address(let address): return .go([address])
    case .name(let name): return step(hop, name, at: now)
    }
  }

  /// Takes an answer; those who waited for it may step again.
  func learn(_ name: String, _ answer: NameAnswer, at now: Int64) -> [Hop] {
    names.learn(name, answer, at: now)
    defer { setDeadline() }
    return waiting.removeValue(forKey: name) ?? []
  }

  /// Those who have waited long enough, with what their host stood for before, or the failure.
  func expire(at now: Int64) -> [(hop: Hop, step: Step)] {
    guard let deadline, deadline <= now else { return [] }
    var expired: [(Hop, Step)] = []
    for (name, hops) in waiting {
      let late = hops.filter { $0.resolveBy <= now }
      guard !late.isEmpty else { continue }
      let former = names.giveUp(name, at: now)
      expired += late.map { hop in
        (hop, former.map { admitted($0, hop) } ?? .fail(hop.failure(.dns, Self.noAnswer(hop))))
      }
      let rest = hops.filter { $0.resolveBy > now }
      waiting[name] = rest.isEmpty ? nil : rest
    }
    setDeadline()
    return expired
  }

  /// Those whose group was given up wait no longer.
  func finishGivenUp() {
    for (name, hops) in waiting {
      let rest = hops.filter { !$0.ticket.finishIfGivenUp() }
      waiting[name] = rest.isEmpty ? nil : rest
    }
    setDeadline()
  }

  /// Nobody waits any longer.
  func takeAll() -> [Hop] {
    defer { (waiting, deadline) = ([:], nil) }
    return waiting.values.flatMap(\.self)
  }
}

extension HostDesk {
  private func step(_ hop: Hop, _ name: String, at now: Int64) -> Step {
    let isSuspect = names.isSuspect(name)
    let (finding, isToAsk) = names.find(name, at: now)
    if isToAsk { lookups.start(name, isSuspect: isSuspect) }
    switch finding {
    case .addresses(let addresses): return admitted(addresses, hop)
    case .absent: return .fail(hop.failure(.dns, "no address was found for the name"))
    case .failed(let reason): return .fail(hop.failure(.dns, "the name server did not answer: \(reason)"))
    case .wait where hop.resolveBy <= now: return .fail(hop.failure(.dns, Self.noAnswer(hop)))
    case .wait:
      waiting[name, default: []].append(hop)
      deadline = min(deadline ?? .max, hop.resolveBy)
      return .wait
    }
  }

  /// The operator's proxy may be anywhere.
  private func admitted(_ addresses: [NetworkAddress], _ hop: Hop) -> Step {
    let request = hop.prepared.request
    guard request.access.proxy == nil else { return .go(addresses) }
    var refused: AddressPolicy.Refusal?
    let admitted = addresses.filter { address in
      guard let refusal = AddressPolicy.refusal(of: address, allowing: request.allowNet) else { return true }
      refused = refused ?? refusal
      return false
    }
    return admitted.isEmpty ? refused.map { .fail(hop.failure($0)) } ?? .go(addresses) : .go(admitted)
  }

  private func setDeadline() { deadline = waiting.values.joined().map(\.resolveBy).min() }

  private static func noAnswer(_ hop: Hop) -> String {
    let request = hop.ticket.prepared.request
    return "the name server did not answer within \(Quantity.text(min(request.connectTimeout, request.timeout)))"
  }
}
