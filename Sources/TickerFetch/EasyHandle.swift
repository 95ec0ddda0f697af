import CCurl

/// One libcurl easy handle with its error text, reused for many transfers. Owned by the libcurl thread.
final class EasyHandle {
  let pointer: UnsafeMutableRawPointer
  private let errorBuffer: UnsafeMutablePointer<CChar>

  init() throws(FetchError) {
    guard let pointer = curl_easy_init() else { throw FetchError(.resources, "libcurl has no memory for a transfer") }
    self.pointer = pointer
    errorBuffer = .allocate(capacity: Int(CURL_ERROR_SIZE))
    errorBuffer.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
  }

  deinit {
    curl_easy_cleanup(pointer)
    errorBuffer.deallocate()
  }

  /// Forgets every option; connections are kept by the multi handle.
  func reset() throws(FetchError) {
    curl_easy_reset(pointer)
    errorBuffer[0] = 0
    try check(ccurl_set_error_text(pointer, errorBuffer))
  }

  /// libcurl's own words for the last error; may quote hosts, never to be shown for anything but TLS.
  var errorText: String { String(cString: errorBuffer) }

  func set(_ option: CURLoption, _ number: Int) throws(FetchError) {
    try check(ccurl_set_number(pointer, option, number))
  }

  func set(_ option: CURLoption, _ text: String) throws(FetchError) { try check(ccurl_set_text(pointer, option, text)) }

  func set(_ option: CURLoption, size: Int) throws(FetchError) {
    try check(ccurl_set_size(pointer, option, curl_off_t(size)))
  }

  func number(_ info: CURLINFO) -> Int { ccurl_number(pointer, info) }

  func text(_ info: CURLINFO) -> String { ccurl_text(pointer, info).map { String(cString: $0) } ?? "" }

  /// Since the start of the transfer.
  func time(_ info: CURLINFO) -> Duration { .microseconds(Int64(ccurl_size(pointer, info))) }

  /// An option that is not set could be the one that protects: it stops the transfer.
  func check(_ code: CURLcode) throws(FetchError) {
    guard code == CURLE_OK else {
      throw FetchError(.resources, "libcurl refused an option: \(String(cString: curl_easy_strerror(code)))")
    }
  }
}
