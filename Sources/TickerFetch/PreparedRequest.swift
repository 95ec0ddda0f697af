import CCurl
import TickerModel
import TickerText

/// A request that was checked once, with its header lines as libcurl takes them: what is asked again and again, such as a
/// source, costs nothing more each time.
// @unchecked: the list of lines is made in init, and from then on only read.
public final class PreparedRequest: @unchecked Sendable {
  /// As it was asked for; the login that stood in the URL is a header.
  public let request: FetchRequest
  /// Checked and normalised, without userinfo.
  let url: String
  /// Where its connection goes.
  let destination: Destination
  /// The URL itself spells an address that must not be asked, here or behind a proxy.
  let refusal: AddressPolicy.Refusal?
  /// The request without what differs between requests that are otherwise alike: URL and header lines.
  let options: FetchRequest
  private(set) var headers: UnsafeMutablePointer<curl_slist>?

  /// Throws what is wrong with the URL or the header lines.
  public init(_ request: FetchRequest) throws(FetchError) {
    var request = request
    do throws(HTTPURL.Fault) {
      let parsed = try HTTPURL(request.url)
      url = parsed.text
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
    var options = request
    options.url = ""
    options.headers = []
    options.access.headers = []
    self.options = options
    let sent = request.sentHeaders
    if case .post = request.method {
      // libcurl would call the body a form, and wait a second for a 100 that few receivers send.
      for name in ["Content-Type", "Expect"] where sent.first(name) == nil {
        try add(Array("\(name):".utf8))
      }
    }
    for header in sent { try add(header) }
  }

  deinit { curl_slist_free_all(headers) }

  /// What errors show of the URL.
  var shownURL: String { ShownURL.text(request.url, isSecret: request.urlIsSecret) }
}

extension PreparedRequest {
  private func add(_ header: Header) throws(FetchError) {
    let name = Array(header.name.utf8)
    guard !name.isEmpty, name.allSatisfy({ Self.isTokenByte($0) }),
      header.value.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 })
    else { throw FetchError(.protocol, "a header to send holds a character that no header may hold") }
    // A header without value is written with a semicolon (https://curl.se/libcurl/c/CURLOPT_HTTPHEADER.html).
    let separator = header.value.isEmpty ? ";" : ": "
    try add(name + Array(separator.utf8) + header.value)
  }

  private func add(_ line: [UInt8]) throws(FetchError) {
    let list = (line + [0]).withUnsafeBytes { bytes in
      curl_slist_append(headers, bytes.baseAddress?.assumingMemoryBound(to: CChar.self))
    }
    guard let list else { throw FetchError(.resources, "memory ran out") }
    headers = list
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
}
