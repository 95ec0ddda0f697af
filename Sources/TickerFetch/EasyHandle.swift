import CCurl
import Glibc
import TickerModel

/// One libcurl easy handle with its error text, reused for many transfers. Owned by the libcurl thread.
final class EasyHandle {
  let pointer: UnsafeMutableRawPointer
  /// What is set, but for what differs at every request; nil where that is not known.
  private var options: TransferOptions?
  private let errorBuffer: UnsafeMutablePointer<CChar>
  /// The entry that the last transfer left in libcurl's name cache.
  private var pinned: String?
  private var entries: UnsafeMutablePointer<curl_slist>?
  private var hasBody = false
  /// Where a request by these options was admitted last: the judgement depends on nothing else.
  private var admitted: (text: [CChar], peer: NetworkAddress)?
  /// The transfer that libcurl's callbacks are for.
  // unowned(unsafe): CurlLoop holds it as long as it is in libcurl's hands, and libcurl calls at no other time.
  unowned(unsafe) var transfer: Transfer?

  init() throws(FetchError) {
    guard let pointer = curl_easy_init() else { throw FetchError(.resources, "libcurl has no memory for a transfer") }
    self.pointer = pointer
    errorBuffer = .allocate(capacity: Int(CURL_ERROR_SIZE))
    errorBuffer.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
  }

  deinit {
    curl_easy_cleanup(pointer)
    curl_slist_free_all(entries)
    errorBuffer.deallocate()
  }

  /// Makes `options` what is set: by `set` on a handle without any, unless the last transfer's were the same. libcurl
  /// copies most texts, some forty options in all.
  func take(_ options: TransferOptions, set: () throws(FetchError) -> Void) throws(FetchError) {
    errorBuffer[0] = 0
    guard !has(options) else { return }
    self.options = nil
    admitted = nil
    // Connections are kept by the multi handle.
    curl_easy_reset(pointer)
    try check(ccurl_set_error_text(pointer, errorBuffer))
    try set()
    self.options = options
  }

  /// Whether the last transfer's options were these.
  func has(_ options: TransferOptions) -> Bool { self.options?.isSame(as: options) ?? false }

  /// What is sent. libcurl copies it, and keeps it until ``dropBody()``.
  func setBody(_ body: [UInt8]) throws(FetchError) {
    try check(body.withUnsafeBytes { ccurl_set_post(pointer, $0.baseAddress, curl_off_t($0.count)) })
    hasBody = true
  }

  /// Between two transfers no body stays in memory.
  func dropBody() {
    if hasBody { ccurl_drop_post(pointer) }
    hasBody = false
  }

  /// The next transfer does not find the options of the present one.
  func forgetOptions() { options = nil }

  /// Tells libcurl the addresses of the host, so that it asks nobody; nil where it needs none. What was told for another
  /// host is taken back, so that its cache, which it walks after every transfer, stays as small as the number of handles.
  func pin(_ destination: Destination, _ addresses: [NetworkAddress]?) throws(FetchError) {
    guard addresses != nil || pinned != nil else { return }
    var list: UnsafeMutablePointer<curl_slist>?
    if let pinned, addresses == nil || pinned != destination.key { list = curl_slist_append(list, "-" + pinned) }
    if let addresses { list = curl_slist_append(list, destination.entry(addresses)) }
    let former = entries
    defer { curl_slist_free_all(former) }
    entries = list
    pinned = addresses == nil ? nil : destination.key
    try check(ccurl_set_resolve(pointer, list))
  }

  /// libcurl's own words for the last error; may quote hosts, never to be shown for anything but TLS.
  var errorText: String { String(cString: errorBuffer) }

  func set(_ option: CURLoption, _ number: Int) throws(FetchError) {
    try check(ccurl_set_number(pointer, option, number))
  }

  func set(_ option: CURLoption, _ text: String) throws(FetchError) { try check(ccurl_set_text(pointer, option, text)) }

  func number(_ info: CURLINFO) -> Int { ccurl_number(pointer, info) }

  func text(_ info: CURLINFO) -> String { ccurl_text(pointer, info).map { String(cString: $0) } ?? "" }

  /// Since the start of the transfer.
  func microseconds(_ info: CURLINFO) -> Int64 { Int64(ccurl_size(pointer, info)) }

  /// The address that `text` spells, where the last request by the same options was admitted to it.
  func admitted(_ text: UnsafePointer<CChar>) -> NetworkAddress? {
    guard let admitted, strcmp(admitted.text, text) == 0 else { return nil }
    return admitted.peer
  }

  func noteAdmitted(_ text: UnsafePointer<CChar>, _ peer: NetworkAddress?) {
    admitted = peer.map { (Array(UnsafeBufferPointer(start: text, count: strlen(text) + 1)), $0) }
  }

  /// An option that is not set could be the one that protects: it stops the transfer.
  func check(_ code: CURLcode) throws(FetchError) {
    guard code == CURLE_OK else {
      throw FetchError(.resources, "libcurl refused an option: \(String(cString: curl_easy_strerror(code)))")
    }
  }
}
