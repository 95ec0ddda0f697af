import CCurl
import Glibc
import TickerModel

/// One request in libcurl's hands: its options, and what has come of it so far. Lives on the libcurl thread.
final class Transfer {
  let hop: Hop
  let easy: EasyHandle
  private let sockets: WatchedSockets
  private(set) var head = HeaderBlock()
  private(set) var body: [UInt8] = []
  private(set) var addressGuard: AddressGuard
  /// Why a callback stopped the transfer.
  private(set) var stop: Stop?
  /// From the first hop's beginning to the start of this transfer, in nanoseconds.
  private let lead: Int64
  private var skipped = 0

  /// Reasons of our own to stop reading.
  enum Stop { case headTooLarge, bodyTooLarge, redirected }

  /// What is to be done when libcurl is.
  enum Result {
    case finish(Ticket.Outcome)
    case follow(Hop)
  }

  /// The body of a redirect is read over up to here, so that its connection can be kept.
  private static let longestSkipped = 64 << 10
  /// Bytes that libcurl reads at once of the answer to a POST: its least.
  private static let postBuffer = 1024
  /// A lead that changes no timeout: what it takes to start.
  private static let shortestLead: Int64 = 5_000_000  // nanoseconds

  var ticket: Ticket { hop.ticket }
  /// What is asked.
  var request: FetchRequest { hop.prepared.request }

  /// Sets every option that the handle does not have from its last transfer; the callbacks find this object by the
  /// handle, so it must outlive its place in the multi handle. `addresses` are those of the host, nil where the URL has
  /// them.
  init(
    _ hop: Hop, _ addresses: [NetworkAddress]?, _ easy: EasyHandle, on sockets: WatchedSockets, userAgent: String,
    at now: Int64
  ) throws(FetchError) {
    self.hop = hop
    self.easy = easy
    self.sockets = sockets
    lead = now - hop.began
    let prepared = hop.prepared
    addressGuard = AddressGuard(
      allowing: prepared.request.allowNet, behindProxy: prepared.request.access.proxy != nil)
    try easy.take(prepared.options) { () throws(FetchError) in
      try setBounds()
      try setMethod(userAgent: userAgent)
      try setCallbacks()
    }
    if lead >= Self.shortestLead { try shortenTimeouts(at: now) }
    try easy.pin(prepared.destination, addresses)
    // libcurl takes the parts from the second, and calls the transfer by the first.
    try easy.set(CURLOPT_URL, prepared.url)
    try easy.check(ccurl_set_place(easy.pointer, prepared.place.pointer))
    if let body = prepared.body { try easy.setBody(body) }
    try easy.check(ccurl_set_headers(easy.pointer, prepared.headers))
    easy.transfer = self
  }

  /// What follows from the end of the transfer.
  func result(_ code: CURLcode, at now: Int64) -> Result {
    let status = easy.number(CURLINFO_RESPONSE_CODE)
    if stop != .headTooLarge, let location = hop.location(status: status, head) {
      switch hop.next(to: location, isPermanent: status == 301 || status == 308, at: now) {
      case .success(let next): return .follow(next)
      case .failure(let error): return .finish(.failure(error))
      }
    }
    let hasAnswered = head.isComplete && status >= 200 && stop != .headTooLarge
    // libcurl takes a connection closed within the head for the end of a head.
    if code == CURLE_OK && head.isComplete || request.overflow == .cut && hasAnswered {
      return .finish(.success(response(status: status, isCut: code != CURLE_OK)))
    }
    return .finish(.failure(failure(code)))
  }

  private func response(status: Int, isCut: Bool) -> FetchResponse {
    FetchResponse(
      status: status, headers: head.headers, body: body, isCut: isCut,
      finalURL: hop.prepared.url, isMovedForGood: hop.isMovedForGood,
      address: addressGuard.peer,
      certificateEnds: request.wantsCertificate ? certificateEnds : nil,
      timing: FetchTiming(
        nameLookup: since(CURLINFO_NAMELOOKUP_TIME_T), connected: since(CURLINFO_CONNECT_TIME_T),
        secured: since(CURLINFO_APPCONNECT_TIME_T), firstByte: since(CURLINFO_STARTTRANSFER_TIME_T),
        total: since(CURLINFO_TOTAL_TIME_T), reused: easy.number(CURLINFO_NUM_CONNECTS) == 0))
  }

  /// Microseconds; zero for a stage that was not needed.
  private func since(_ stage: CURLINFO) -> Int64 {
    let time = easy.microseconds(stage)
    return time > 0 ? lead / 1000 + time : 0
  }
}

extension Transfer {
  /// OpenSSL writes it as asctime(3) does, without the day of the week.
  private var certificateEnds: Timestamp? {
    ccurl_certificate_end(easy.pointer).flatMap { text in
      RetryAfter.date("Day " + String(cString: text).replacing(" GMT", with: ""))
    }
  }
}

// MARK: Options

extension Transfer {
  private func setBounds() throws(FetchError) {
    try easy.set(CURLOPT_NOSIGNAL, 1)
    try easy.set(CURLOPT_PROTOCOLS_STR, "http,https")
    try easy.set(CURLOPT_HTTP09_ALLOWED, 0)
    // Without a text libcurl obeys http_proxy, no_proxy and their like in the environment.
    try easy.set(CURLOPT_PROXY, request.access.proxy ?? "")
    try easy.set(CURLOPT_NOPROXY, "")
    // The head of the proxy's own answer to CONNECT is none of this request's.
    try easy.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    if let caFile = request.access.caFile { try easy.set(CURLOPT_CAINFO, caFile) }
    if request.access.insecure {
      try easy.set(CURLOPT_SSL_VERIFYPEER, 0)
      try easy.set(CURLOPT_SSL_VERIFYHOST, 0)
    }
    if request.wantsCertificate {
      try easy.set(CURLOPT_CERTINFO, 1)
      try easy.set(CURLOPT_FRESH_CONNECT, 1)
    }
    try easy.set(CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue))
    try easy.set(CURLOPT_FOLLOWLOCATION, 0)  // `Hop` does
    try easy.set(CURLOPT_CONNECTTIMEOUT_MS, Self.milliseconds(request.connectTimeout))
    try easy.set(CURLOPT_TIMEOUT_MS, Self.milliseconds(request.timeout))
    // Its own answers are not kept: `NameCache` keeps ours, and they are told for each transfer.
    try easy.set(CURLOPT_DNS_CACHE_TIMEOUT, 0)
    // Else the whole thread would wait for a name server that does not answer (https://curl.se/libcurl/c/CURLOPT_QUICK_EXIT.html).
    try easy.set(CURLOPT_QUICK_EXIT, 1)
  }

  /// The whole way has one timeout; what was waited for the name counts for the connection.
  private func shortenTimeouts(at now: Int64) throws(FetchError) {
    guard let left = hop.timeLeft(at: now) else {
      throw hop.failure(.timeout, "no complete answer within \(Quantity.text(request.timeout))")
    }
    easy.forgetOptions()
    try easy.set(CURLOPT_TIMEOUT_MS, Self.milliseconds(left))
    let waited = Duration.nanoseconds(now - hop.started)
    try easy.set(CURLOPT_CONNECTTIMEOUT_MS, Self.milliseconds(request.connectTimeout - waited))
  }

  private func setMethod(userAgent: String) throws(FetchError) {
    if !hop.prepared.options.namesAgent { try easy.set(CURLOPT_USERAGENT, userAgent) }
    switch request.method {
    case .get:
      try easy.set(CURLOPT_HTTPGET, 1)
      try easy.set(CURLOPT_ACCEPT_ENCODING, "")  // decodes; the header line is the request's own
    case .post:
      try easy.set(CURLOPT_POST, 1)
      // An answer is short. libcurl's 16 KiB, made and given back for each, cost more than its body.
      try easy.set(CURLOPT_BUFFERSIZE, Self.postBuffer)
    }
  }

  /// At least one: zero would mean no bound at all. At most a day, far from libcurl's own limits.
  private static func milliseconds(_ duration: Duration) -> Int {
    Int(max(.milliseconds(1), min(duration, .seconds(86_400))) / .milliseconds(1))
  }
}

// MARK: Callbacks, on the libcurl thread, within a call to libcurl

extension Transfer {
  private func setCallbacks() throws(FetchError) {
    let context = Unmanaged.passUnretained(easy).toOpaque()
    try easy.check(
      ccurl_on_header(
        easy.pointer,
        { bytes, _, count, context in
          Transfer.at(context)?.receiveHeader(UnsafeRawBufferPointer(start: bytes, count: count)) ?? 0
        }, context))
    try easy.check(
      ccurl_on_body(
        easy.pointer,
        { bytes, _, count, context in
          Transfer.at(context)?.receiveBody(UnsafeRawBufferPointer(start: bytes, count: count)) ?? 0
        }, context))
    try easy.check(
      ccurl_on_open_socket(
        easy.pointer,
        { context, _, address in
          guard let transfer = Transfer.at(context), let address else { return CURL_SOCKET_BAD }
          return transfer.openSocket(address)
        }, context))
    // With the connection, which outlives this transfer.
    try easy.check(
      ccurl_on_close_socket(
        easy.pointer,
        { context, descriptor in
          if let context { Unmanaged<WatchedSockets>.fromOpaque(context).takeUnretainedValue().closed(descriptor) }
          return close(descriptor)
        }, Unmanaged.passUnretained(sockets).toOpaque()))
    try easy.check(
      ccurl_on_request(
        easy.pointer,
        { context, address, _, _, _ in
          guard let transfer = Transfer.at(context), let address else { return CURL_PREREQFUNC_ABORT }
          return transfer.admitRequest(to: address) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
        }, context))
  }

  private static func at(_ context: UnsafeMutableRawPointer?) -> Transfer? {
    context.flatMap { Unmanaged<EasyHandle>.fromOpaque($0).takeUnretainedValue().transfer }
  }

  private func openSocket(_ address: UnsafePointer<curl_sockaddr>) -> curl_socket_t {
    let descriptor = addressGuard.openSocket(address)
    sockets.opened(descriptor)
    return descriptor
  }

  private func admitRequest(to address: UnsafePointer<CChar>) -> Bool {
    if let peer = easy.admitted(address) {
      addressGuard.admitAgain(peer)
      return true
    }
    guard addressGuard.admitRequest(to: address) else { return false }
    easy.noteAdmitted(address, addressGuard.peer)
    return true
  }

  /// Returns the number of bytes taken; fewer than given stops the transfer.
  private func receiveHeader(_ line: UnsafeRawBufferPointer) -> Int {
    switch head.add(line) {
    case .newHead: body = []
    case .field where head.isComplete && announcesTooMuch:
      stop = .bodyTooLarge
      return 0
    case .field, .ignored: break
    case .tooMuch:
      stop = .headTooLarge
      return 0
    }
    return line.count
  }

  /// The length in the head is beyond the bound already. libcurl's own check (CURLOPT_MAXFILESIZE) would stop a redirect
  /// before its location has come, and a 304 that tells the length of what it does not send (RFC 9110 §8.6).
  private var announcesTooMuch: Bool {
    let status = easy.number(CURLINFO_RESPONSE_CODE)
    guard request.overflow == .fail, status >= 200, status != 304, hop.location(status: status, head) == nil,
      let length = head.headers.first("content-length")
    else { return false }
    return Int(length.text).map { $0 > request.maxBody } ?? false
  }

  private func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Int {
    if hop.location(status: easy.number(CURLINFO_RESPONSE_CODE), head) != nil { return skip(bytes.count) }
    let room = request.maxBody - body.count
    guard bytes.count <= room else {
      body.append(contentsOf: bytes.prefix(room))
      stop = .bodyTooLarge
      return 0
    }
    body.append(contentsOf: bytes)
    return bytes.count
  }

  private func skip(_ count: Int) -> Int {
    skipped += count
    guard skipped > Self.longestSkipped else { return count }
    stop = .redirected
    return 0
  }
}
