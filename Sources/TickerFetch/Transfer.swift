import CCurl
import Glibc
import TickerModel

/// One request in libcurl's hands: its options, and what has come of it so far. Lives on the libcurl thread.
final class Transfer {
  let ticket: Ticket
  let easy: EasyHandle
  private let sockets: WatchedSockets
  private(set) var head = HeaderBlock()
  private(set) var body: [UInt8] = []
  private(set) var addressGuard: AddressGuard
  /// Why a callback stopped the transfer.
  private(set) var stop: Stop?

  /// Reasons of our own to stop reading.
  enum Stop: Equatable { case headTooLarge, bodyTooLarge, foreignRedirect, refusedBehindProxy(AddressPolicy.Refusal) }

  /// What was asked.
  var request: FetchRequest { ticket.prepared.request }

  /// Sets every option that the handle does not have from its last transfer; the callbacks hold this object unretained,
  /// so it must outlive its place in the multi handle.
  init(_ ticket: Ticket, _ easy: EasyHandle, on sockets: WatchedSockets, userAgent: String) throws(FetchError) {
    self.ticket = ticket
    self.easy = easy
    self.sockets = sockets
    addressGuard = AddressGuard(
      allowing: ticket.prepared.request.allowNet, behindProxy: ticket.prepared.request.access.proxy != nil)
    if request.access.proxy != nil, let refusal = refusalBehindProxy(ticket.prepared.url) {
      throw FetchError(.address, "\(asked): \(Self.text(refusal, request.method))")
    }
    try easy.take(ticket.prepared.options) { () throws(FetchError) in
      try setBounds()
      try setMethod(userAgent: userAgent)
    }
    try easy.set(CURLOPT_URL, ticket.prepared.url)
    try easy.check(ccurl_set_headers(easy.pointer, ticket.prepared.headers))
    try setCallbacks()
  }

  /// What the caller gets once libcurl is done.
  func outcome(_ code: CURLcode) -> Ticket.Outcome {
    let status = easy.number(CURLINFO_RESPONSE_CODE)
    let hasAnswered = head.isComplete && status >= 200 && !followsRedirect && stop != .headTooLarge
    // libcurl takes a connection closed within the head for the end of a head.
    if code == CURLE_OK && head.isComplete || request.overflow == .cut && hasAnswered {
      return .success(response(status: status, isCut: code != CURLE_OK))
    }
    return .failure(failure(code))
  }

  /// The last head was a redirect that libcurl went on from, or tried to.
  private var followsRedirect: Bool { request.maxRedirects > 0 && isRedirect }

  private func response(status: Int, isCut: Bool) -> FetchResponse {
    FetchResponse(
      status: status, headers: head.headers, body: body, isCut: isCut,
      finalURL: easy.number(CURLINFO_REDIRECT_COUNT) > 0 ? easy.text(CURLINFO_EFFECTIVE_URL) : ticket.prepared.url,
      isMovedForGood: head.moves == .forGood,
      address: NetworkAddress(easy.text(CURLINFO_PRIMARY_IP)),
      certificateEnds: request.wantsCertificate ? certificateEnds : nil,
      timing: FetchTiming(
        nameLookup: easy.time(CURLINFO_NAMELOOKUP_TIME_T), connected: easy.time(CURLINFO_CONNECT_TIME_T),
        secured: easy.time(CURLINFO_APPCONNECT_TIME_T), firstByte: easy.time(CURLINFO_STARTTRANSFER_TIME_T),
        total: easy.time(CURLINFO_TOTAL_TIME_T), reused: easy.number(CURLINFO_NUM_CONNECTS) == 0))
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
    try easy.set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https")
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
    try easy.set(CURLOPT_FOLLOWLOCATION, request.maxRedirects > 0 ? 1 : 0)
    try easy.set(CURLOPT_MAXREDIRS, max(0, request.maxRedirects))
    try easy.set(CURLOPT_CONNECTTIMEOUT_MS, Self.milliseconds(request.connectTimeout))
    try easy.set(CURLOPT_TIMEOUT_MS, Self.milliseconds(request.timeout))
    // After every transfer libcurl walks its whole name cache: at 5000 hosts that doubled the price of a request.
    try easy.set(CURLOPT_DNS_CACHE_TIMEOUT, 0)
    // Else the whole thread would wait for a name server that does not answer (https://curl.se/libcurl/c/CURLOPT_QUICK_EXIT.html).
    try easy.set(CURLOPT_QUICK_EXIT, 1)
    if request.overflow == .fail { try easy.set(CURLOPT_MAXFILESIZE_LARGE, size: request.maxBody) }
  }

  private func setMethod(userAgent: String) throws(FetchError) {
    try easy.set(CURLOPT_USERAGENT, userAgent)
    switch request.method {
    case .get:
      try easy.set(CURLOPT_HTTPGET, 1)
      try easy.set(CURLOPT_ACCEPT_ENCODING, "")  // all that this libcurl can decode
    case .post(let body):
      try easy.set(CURLOPT_POST, 1)
      try easy.check(body.withUnsafeBytes { ccurl_set_post(easy.pointer, $0.baseAddress, curl_off_t($0.count)) })
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
    let context = Unmanaged.passUnretained(self).toOpaque()
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
          let isAdmitted = transfer.admitRequest(to: String(cString: address))
          return isAdmitted ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
        }, context))
  }

  private static func at(_ context: UnsafeMutableRawPointer?) -> Transfer? {
    context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
  }

  private func openSocket(_ address: UnsafePointer<curl_sockaddr>) -> curl_socket_t {
    let descriptor = addressGuard.openSocket(address)
    sockets.opened(descriptor)
    return descriptor
  }

  private func admitRequest(to address: String) -> Bool {
    // libcurl would take the operator's headers along to wherever it is sent.
    if easy.number(CURLINFO_REDIRECT_COUNT) > 0, !request.access.headers.isEmpty,
      Self.origin(easy.text(CURLINFO_EFFECTIVE_URL)) != Self.origin(ticket.prepared.url)
    {
      stop = .foreignRedirect
      return false
    }
    if request.access.proxy != nil, let refusal = refusalBehindProxy(easy.text(CURLINFO_EFFECTIVE_URL)) {
      stop = .refusedBehindProxy(refusal)
      return false
    }
    return addressGuard.admitRequest(to: address)
  }

  /// A name is the proxy's to resolve; an address is what it says.
  private func refusalBehindProxy(_ url: String) -> AddressPolicy.Refusal? {
    LiteralHost.address(URLParts(url).host).flatMap { AddressPolicy.refusal(of: $0, allowing: request.allowNet) }
  }

  private static func origin(_ url: String) -> String {
    let parts = URLParts(url)
    return parts.scheme + "://" + parts.authority.lowercased()
  }

  /// Returns the number of bytes taken; fewer than given stops the transfer.
  private func receiveHeader(_ line: UnsafeRawBufferPointer) -> Int {
    switch head.add(line) {
    case .newHead:
      body = []
      addressGuard.startHop()
    case .field, .ignored: break
    case .tooMuch:
      stop = .headTooLarge
      return 0
    }
    return line.count
  }

  private func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Int {
    let room = request.maxBody - body.count
    guard bytes.count <= room else {
      body.append(contentsOf: bytes.prefix(room))
      stop = .bodyTooLarge
      return 0
    }
    body.append(contentsOf: bytes)
    return bytes.count
  }
}
