import CCurl
import Synchronization
import TickerModel
import TickerText

/// A request that was checked once, with its header lines as libcurl takes them: what is asked again and again, such as a
/// source, costs nothing more each time.
public final class PreparedRequest: @unchecked Sendable {  // the list of lines is made in init, then only read
  /// What was checked, shared by all that is posted to one place.
  private let checked: CheckedRequest
  /// As it was asked for; the login that stood in the URL is a header. Of a POST to a prepared place that place's, without
  /// body and headers of its own.
  public var request: FetchRequest { checked.request }
  /// Checked and normalised, without userinfo.
  var url: String { checked.url }
  /// Where its connection goes.
  var destination: Destination { checked.destination }
  /// The URL itself spells an address that must not be asked, here or behind a proxy.
  var refusal: AddressPolicy.Refusal? { checked.refusal }
  var options: TransferOptions { checked.options }
  /// ``url`` as libcurl reads it.
  var place: PlaceHandle { checked.place }
  /// What is posted; nil for a GET.
  let body: [UInt8]?
  private let lines: HeaderLines
  var headers: UnsafeMutablePointer<curl_slist>? { lines.first }

  /// Throws what is wrong with the URL or the header lines.
  public init(_ request: FetchRequest) throws(FetchError) {
    checked = try CheckedRequest(request)
    body = if case .post(let body) = request.method { body } else { nil }
    lines = try HeaderLines(of: checked.request)
  }

  /// A POST of `body` to where `place`, a POST that follows no redirects, goes, with all that was checked there. The lines
  /// of `headers` come before those of the place, which has no own ones but the operator's; of a name that the operator
  /// set his line is sent alone.
  public init(to place: PreparedRequest, body: [UInt8], headers: HeaderText) throws(FetchError) {
    precondition(place.body != nil && place.request.maxRedirects == 0, "the place of a POST is a POST that stays there")
    checked = place.checked
    self.body = body
    lines = try HeaderLines(headers, before: place.lines)
  }

  /// The lines that an attempt adds are put together with this.
  public func headerText() -> HeaderText { HeaderText(without: checked.request.access.headers) }

  /// What errors show of the URL.
  var shownURL: String { ShownURL.text(request.url, isSecret: request.urlIsSecret) }
}

/// The request itself, and what its URL comes to.
private final class CheckedRequest: Sendable {
  let request: FetchRequest
  let url: String
  let destination: Destination
  let refusal: AddressPolicy.Refusal?
  let options: TransferOptions
  /// To read the URL anew for each request would cost a tenth of the request.
  let place: PlaceHandle

  init(_ request: FetchRequest) throws(FetchError) {
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
  }
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
final class PlaceHandle: @unchecked Sendable {  // made in init, then only read
  let pointer: OpaquePointer

  init(_ url: String) throws(HTTPURL.Fault) {
    guard let pointer = curl_url() else { throw HTTPURL.Fault(reason: "memory ran out") }
    self.pointer = pointer
    let code = curl_url_set(pointer, CURLUPART_URL, url, 0)
    guard code == CURLUE_OK else { throw HTTPURL.Fault(reason: String(cString: curl_url_strerror(code))) }
  }

  deinit { curl_url_cleanup(pointer) }
}
