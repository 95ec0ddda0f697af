import TickerModel

/// How many requests of webhooks may be under way. A value.
struct DeliveryLimits {
  /// In all: half of the transfers, so that a dead receiver never keeps a source from being polled.
  let all: Int
  /// Further attempts, of all endpoints together.
  let retries: Int
  /// Of endpoints whose last attempts found nobody, together: most of them will wait for nothing.
  let troubled: Int

  /// To one host and port; a proxy in front of many receivers takes more, a small one's kernel queues as many.
  static let perHost = 64
  /// Of one endpoint.
  static let retriesPerEndpoint = 2

  init(maxTransfers: Int) {
    all = max(1, maxTransfers / 2)
    retries = max(1, all / 4)
    troubled = max(1, all / 4)
  }
}

/// What is under way. A value; its owner is the deliverer.
struct DeliveryTraffic {
  private(set) var inFlight = 0
  private(set) var retries = 0
  private(set) var troubled = 0
  private var hosts: [String: Int] = [:]
  /// Endpoints that wait for a place at a host.
  private var parked: [String: WaitingLine] = [:]
  /// Endpoints that wait for a place for a retry.
  private var parkedRetries = WaitingLine()
  /// What each endpoint takes: its host then, and how many.
  private var shares: [Int: Share] = [:]

  private struct Share {
    let host: String
    var count = 0
    var retries = 0
    var troubled = 0
  }

  func isFull(_ endpoint: Endpoint) -> Bool {
    let host = shares[endpoint.number]?.host ?? endpoint.host
    return hosts[host, default: 0] >= DeliveryLimits.perHost
  }

  /// It is looked at again when its host has a place: ``unpark(_:)``.
  mutating func park(_ endpoint: Endpoint) {
    parked[shares[endpoint.number]?.host ?? endpoint.host, default: WaitingLine()].add(endpoint.number)
  }

  /// It is looked at again when there is a place for a retry: ``unpark(_:)``.
  mutating func parkRetry(_ endpoint: Endpoint) { parkedRetries.add(endpoint.number) }

  /// A place is taken: for a retry before its row is read, for a first attempt when it starts.
  mutating func take(_ lane: Outgoing.Lane, _ endpoint: Endpoint) {
    var share = shares[endpoint.number] ?? Share(host: endpoint.host)
    inFlight += 1
    hosts[share.host, default: 0] += 1
    share.count += 1
    if endpoint.isTroubled {
      troubled += 1
      share.troubled += 1
    }
    switch lane {
    case .first: endpoint.firsts += 1
    case .retry:
      endpoint.retries += 1
      retries += 1
      share.retries += 1
    }
    shares[endpoint.number] = share
  }

  /// The numbers of parked endpoints for which there are places now, in turn. Those that take none leave them to the next
  /// ones: it is asked again until nobody is named.
  mutating func unpark(_ limits: DeliveryLimits) -> [Int] {
    var next = parkedRetries.take(limits.retries - retries)
    for host in Array(parked.keys) {
      next += parked[host]?.take(DeliveryLimits.perHost - hosts[host, default: 0]) ?? []
      if parked[host]?.isEmpty == true { parked[host] = nil }
    }
    return next
  }

  /// The place is free.
  mutating func free(_ lane: Outgoing.Lane, _ endpoint: Endpoint) {
    guard var share = shares[endpoint.number] else { return }
    inFlight -= 1
    share.count -= 1
    if share.troubled > 0 {
      troubled -= 1
      share.troubled -= 1
    }
    switch lane {
    case .first: endpoint.firsts -= 1
    case .retry:
      endpoint.retries -= 1
      retries -= 1
      share.retries -= 1
    }
    shares[endpoint.number] = share.count > 0 ? share : nil
    leave(share.host, 1)
  }

  /// A request starts.
  mutating func began(_ outgoing: Outgoing, _ endpoint: Endpoint) {
    if outgoing.lane == .first {
      take(.first, endpoint)
      if endpoint.webhook.ordered { endpoint.openSources[outgoing.source, default: 0] += 1 }
    }
  }

  /// What follows from the same source may start.
  mutating func closeSource(_ outgoing: Outgoing, _ endpoint: Endpoint) {
    guard outgoing.lane == .first, let count = endpoint.openSources[outgoing.source] else { return }
    endpoint.openSources[outgoing.source] = count > 1 ? count - 1 : nil
  }

  /// The endpoint left; what of it is under way is nobody's any more.
  mutating func forget(_ endpoint: Endpoint) {
    guard let share = shares.removeValue(forKey: endpoint.number) else { return }
    inFlight -= share.count
    retries -= share.retries
    troubled -= share.troubled
    leave(share.host, share.count)
  }

  private mutating func leave(_ host: String, _ count: Int) {
    let left = hosts[host, default: 0] - count
    hosts[host] = left > 0 ? left : nil
  }
}

/// Endpoints in turn, by number, each once. A value.
private struct WaitingLine {
  /// From `first` on.
  private var numbers: [Int] = []
  private var first = 0
  private var members: Set<Int> = []

  var isEmpty: Bool { members.isEmpty }

  mutating func add(_ number: Int) { if members.insert(number).inserted { numbers.append(number) } }

  /// The next ones, at most `count`; what was taken is cut off when it is more than what is left.
  mutating func take(_ count: Int) -> [Int] {
    let next = Array(numbers[first...].prefix(max(0, count)))
    members.subtract(next)
    first += next.count
    if first > numbers.count / 2 {
      numbers.removeFirst(first)
      first = 0
    }
    return next
  }
}
