import CCurl
import TickerModel

/// One request in libcurl's hands: its options, and what has come of it so far. Lives on the libcurl thread.
final class Transfer {
  let ticket: Ticket
  let easy: EasyHandle
  private(set) var head = HeaderBlock()
  private(set) var body: [UInt8] = []
  private(set) var addressGuard: AddressGuard
  /// Why a callback stopped the transfer.
  private(set) var stop: Stop?
  private var requestHeaders: UnsafeMutablePointer<curl_slist>?

  /// Reasons of our own to stop reading.
  enum Stop: Equatable { case headTooLarge, bodyTooLarge, foreignRedirect, refusedBehindProxy(AddressPolicy.Refusal) }

  private var request: FetchRequest { ticket.request }

  /// Sets every option; the callbacks hold this object unretained, so it must outlive its place in the multi handle.
  init(_ ticket: Ticket, _ easy: EasyHandle, userAgent: String) throws(FetchError) {
    self.ticket = ticket
    self.easy = easy
    addressGuard = AddressGuard(allowing: ticket.request.allowNet, behindProxy: ticket.request.access.proxy != nil)
    if request.access.proxy != nil, let refusal = refusalBehindProxy(ticket.url) {
      throw FetchError(.address, "\(subject): \(Self.text(refusal, request.method))")
    }
    try easy.reset()
    try setBounds()
    try setRequest(userAgent: userAgent)
    try setCallbacks()
  }

  deinit { curl_slist_free_all(requestHeaders) }

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
      finalURL: easy.text(CURLINFO_EFFECTIVE_URL), address: NetworkAddress(easy.text(CURLINFO_PRIMARY_IP)),
      timing: FetchTiming(
        nameLookup: easy.time(CURLINFO_NAMELOOKUP_TIME_T), connected: easy.time(CURLINFO_CONNECT_TIME_T),
        secured: easy.time(CURLINFO_APPCONNECT_TIME_T), firstByte: easy.time(CURLINFO_STARTTRANSFER_TIME_T),
        total: easy.time(CURLINFO_TOTAL_TIME_T), reused: easy.number(CURLINFO_NUM_CONNECTS) == 0))
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

  private func setRequest(userAgent: String) throws(FetchError) {
    try easy.set(CURLOPT_URL, ticket.url)
    try easy.set(CURLOPT_USERAGENT, userAgent)
    var headers = request.sentHeaders
    switch request.method {
    case .get:
      try easy.set(CURLOPT_HTTPGET, 1)
      try easy.set(CURLOPT_ACCEPT_ENCODING, "")  // all that this libcurl can decode
    case .post(let body):
      try easy.set(CURLOPT_POST, 1)
      try easy.check(body.withUnsafeBytes { ccurl_set_post(easy.pointer, $0.baseAddress, curl_off_t($0.count)) })
      // libcurl would call the body a form, and wait a second for a 100 that few receivers send.
      for name in ["Content-Type", "Expect"] where headers.first(name) == nil { try add("\(name):") }
    }
    while !headers.isEmpty { try add(headers.removeFirst()) }
    try easy.check(ccurl_set_headers(easy.pointer, requestHeaders))
  }

  private func add(_ header: Header) throws(FetchError) {
    let name = Array(header.name.utf8)
    guard !name.isEmpty, name.allSatisfy({ Self.isTokenByte($0) }),
      header.value.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 })
    else { throw FetchError(.protocol, "a header to send holds a character that no header may hold") }
    // A header without value is written with a semicolon (https://curl.se/libcurl/c/CURLOPT_HTTPHEADER.html).
    let separator = header.value.isEmpty ? ";" : ": "
    try add(name + Array(separator.utf8) + header.value)
  }

  private func add(_ line: String) throws(FetchError) { try add(Array(line.utf8)) }

  private func add(_ line: [UInt8]) throws(FetchError) {
    let list = (line + [0]).withUnsafeBytes { bytes in
      curl_slist_append(requestHeaders, bytes.baseAddress?.assumingMemoryBound(to: CChar.self))
    }
    guard let list else { throw FetchError(.resources, "memory ran out") }
    requestHeaders = list
  }

  /// RFC 9110 §5.6.2.
  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"):
      true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
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
          return transfer.addressGuard.openSocket(address)
        }, context))
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

  private func admitRequest(to address: String) -> Bool {
    // libcurl would take the operator's headers along to wherever it is sent.
    if easy.number(CURLINFO_REDIRECT_COUNT) > 0, !request.access.headers.isEmpty,
      Self.origin(easy.text(CURLINFO_EFFECTIVE_URL)) != Self.origin(ticket.url)
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
