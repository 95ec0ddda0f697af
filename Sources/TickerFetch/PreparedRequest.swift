import CCurl
import Synchronization
import TickerModel
import TickerText

/// A request that was checked once, with its header lines as libcurl takes them: what is asked again and again, such as a
/// source, costs nothing more each time.
// @unchecked: the list of lines and libcurl's form of the URL are made in init, and from then on only read.
public final class PreparedRequest: @unchecked Sendable {
  /// As it was asked for; the login that stood in the URL is a header.
  public let request: FetchRequest
  /// Checked and normalised, without userinfo.
  let url: String
  /// Where its connection goes.
  let destination: Destination
  /// The URL itself spells an address that must not be asked, here or behind a proxy.
  let refusal: AddressPolicy.Refusal?
  let options: TransferOptions
  /// ``url`` as libcurl reads it: to read it anew for each request costs a tenth of the request.
  let place: PlaceHandle
  private let lines: HeaderLines
  var headers: UnsafeMutablePointer<curl_slist>? { lines.first }

  /// Throws what is wrong with the URL or the header lines.
  public init(_ request: FetchRequest) throws(FetchError) {
    var request = request
    do throws(HTTPURL.Fault) {
      let parsed = try HTTPURL(request.url)
      url = parsed.text
      place = try PlaceHandle(parsed.text)
      destination = Destination(parsed, proxy: request.access.proxy)
      refusal = LiteralHost.address(parsed.host)
        .flatMap { AddressPolicy.refusal(of: $0, allowing: request.allowNet) }
      if let login = parsed.login, request.sentHeaders.first("authorization") == nil {
        request.access.headers.append(Header("authorization", "Basic " + BinaryText.base64(Array(login.utf8))))
      }
    } catch {
      throw FetchError(.url, "\(ShownURL.text(request.url, isSecret: request.urlIsSecret)): \(error.reason)")
    }
    self.request = request
    options = TransferOptions.of(request)
    lines = try HeaderLines(of: request)
  }

  /// A POST of `body` with `headers` to where `place`, a POST too, goes, with all that was checked there.
  public init(to place: PreparedRequest, body: [UInt8], headers: [Header]) throws(FetchError) {
    var request = place.request
    if case .get = request.method { preconditionFailure("the place of a POST was prepared for GET") }
    request.method = .post(body)
    request.headers = headers
    self.request = request
    url = place.url
    self.place = place.place
    destination = place.destination
    refusal = place.refusal
    options = place.options
    lines = try HeaderLines(of: request)
  }

  /// What errors show of the URL.
  var shownURL: String { ShownURL.text(request.url, isSecret: request.urlIsSecret) }
}

/// A request without what differs between requests that are otherwise alike: URL, body and header lines. Shared by all that
/// are made of one.
final class TransferOptions: Sendable {
  private let request: FetchRequest
  /// A header line names the program: libcurl would write its own for nothing.
  let namesAgent: Bool

  // Thousands of sources differ in nothing else: what the last one had serves the next.
  private static let last = Mutex<TransferOptions?>(nil)

  static func of(_ request: FetchRequest) -> TransferOptions {
    let options = TransferOptions(request)
    return last.withLock { last in
      if let last, last.isSame(as: options) { return last }
      last = options
      return options
    }
  }

  private init(_ request: FetchRequest) {
    namesAgent = request.sentHeaders.first("user-agent") != nil
    var request = request
    request.url = ""
    request.headers = []
    request.access.headers = []
    if case .post = request.method { request.method = .post([]) }
    self.request = request
  }

  func isSame(as other: TransferOptions) -> Bool {
    self === other || namesAgent == other.namesAgent && request == other.request
  }
}

/// libcurl's form of a URL, for as long as requests use it. Only read.
// @unchecked: made in init, and from then on only read.
final class PlaceHandle: @unchecked Sendable {
  let pointer: OpaquePointer

  init(_ url: String) throws(HTTPURL.Fault) {
    guard let pointer = curl_url() else { throw HTTPURL.Fault(reason: "memory ran out") }
    self.pointer = pointer
    let code = curl_url_set(pointer, CURLUPART_URL, url, 0)
    guard code == CURLUE_OK else { throw HTTPURL.Fault(reason: String(cString: curl_url_strerror(code))) }
  }

  deinit { curl_url_cleanup(pointer) }
}

/// The header lines of a request as libcurl's list.
private final class HeaderLines {
  private(set) var first: UnsafeMutablePointer<curl_slist>?

  init(of request: FetchRequest) throws(FetchError) {
    let sent = request.sentHeaders
    var line: [UInt8] = []
    line.reserveCapacity(Self.usualLine)
    if case .post = request.method {
      // libcurl would call the body a form, and wait a second for a 100 that few receivers send.
      for name in ["Content-Type", "Expect"] where sent.first(name) == nil { try append(name, ":", [], by: &line) }
    } else if sent.first("accept-encoding") == nil {
      // libcurl would write this line too, anew for each request.
      try append("Accept-Encoding", ": ", Self.encodings, by: &line)
    }
    for header in sent {
      guard !header.name.isEmpty, header.name.utf8.allSatisfy(HeaderRule.isTokenByte),
        header.value.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 })
      else { throw FetchError(.protocol, "a header to send holds a character that no header may hold") }
      // A header without value is written with a semicolon (https://curl.se/libcurl/c/CURLOPT_HTTPHEADER.html).
      try append(header.name, header.value.isEmpty ? ";" : ": ", header.value, by: &line)
    }
  }

  deinit { curl_slist_free_all(first) }

  /// All that this libcurl can decode.
  private static let encodings: [UInt8] = {
    let features = curl_version_info(CURLVERSION_ELEVENTH).pointee.features
    let names = [(CURL_VERSION_LIBZ, "deflate, gzip"), (CURL_VERSION_BROTLI, "br"), (CURL_VERSION_ZSTD, "zstd")]
      .filter { features & $0.0 != 0 }.map(\.1)
    return Array((names.isEmpty ? "identity" : names.joined(separator: ", ")).utf8)
  }()
  /// Bytes of all but very long lines.
  private static let usualLine = 256

  /// libcurl copies the line, which is put together in `line`.
  private func append(
    _ name: String, _ separator: StaticString, _ value: [UInt8], by line: inout [UInt8]
  ) throws(FetchError) {
    line.removeAll(keepingCapacity: true)
    line.append(contentsOf: name.utf8)
    separator.withUTF8Buffer { line.append(contentsOf: $0) }
    line.append(contentsOf: value)
    line.append(0)
    let list = line.withUnsafeBytes { curl_slist_append(first, $0.baseAddress?.assumingMemoryBound(to: CChar.self)) }
    guard let list else { throw FetchError(.resources, "memory ran out") }
    first = list
  }
}
