import CCurl
import TickerModel

/// Header lines of one attempt, put together one behind the other as libcurl takes them: each ends with a zero. A value.
public struct HeaderText: Sendable {
  fileprivate private(set) var bytes: [UInt8] = []
  /// Where each line begins.
  fileprivate private(set) var starts: [Int] = []
  fileprivate private(set) var isFaulty = false
  private let overridden: [Header]

  /// Bytes and lines of a signed webhook.
  private static let usualBytes = 256
  private static let usualLines = 6

  public init() { self.init(without: []) }

  /// Lines of the names in `overridden` are left out.
  init(without overridden: [Header]) {
    self.overridden = overridden
    bytes.reserveCapacity(Self.usualBytes)
    starts.reserveCapacity(Self.usualLines)
  }

  /// `name` is lower-case and no outside text; a value that no header may have makes the request fail.
  public mutating func add(_ name: StaticString, _ value: some Collection<UInt8>) {
    guard overridden.isEmpty || overridden.first(name.description) == nil else { return }
    starts.append(bytes.count)
    name.withUTF8Buffer { bytes.append(contentsOf: $0) }
    bytes.append(UInt8(ascii: ":"))
    bytes.append(UInt8(ascii: " "))
    let start = bytes.count
    bytes.append(contentsOf: value)
    isFaulty = isFaulty || bytes.count == start || !bytes[start...].allSatisfy(Header.isValueByte)
    bytes.append(0)
  }

  /// The same as values.
  public var headers: [Header] {
    zip(starts, starts.dropFirst() + [bytes.count]).compactMap { start, end in
      let line = bytes[start..<end - 1]
      return line.firstIndex(of: UInt8(ascii: ":")).map { colon in
        Header(String(decoding: line[..<colon], as: UTF8.self), Array(line[(colon + 2)...]))
      }
    }
  }
}

extension Header {
  /// RFC 9110 §5.5: visible, a blank, a tab, or beyond ASCII.
  static func isValueByte(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x7F || byte == 0x09 }
}

/// The header lines of a request as libcurl's list, in one piece of memory. The list is made in init, and then only read.
final class HeaderLines {
  let first: UnsafeMutablePointer<curl_slist>?
  private let memory: UnsafeMutableRawPointer?
  /// The list goes on in the memory of this one.
  private let rest: HeaderLines?

  /// Those of a whole request.
  convenience init(of request: FetchRequest) throws(FetchError) {
    let sent = request.sentHeaders
    var text: [UInt8] = []
    var starts: [Int] = []
    if case .post = request.method {
      // libcurl would call the body a form, and wait a second for a 100 that few receivers send.
      for name in ["Content-Type", "Expect"] where sent.first(name) == nil {
        starts.append(text.count)
        text += Array("\(name):".utf8) + [0]
      }
    } else if sent.first("accept-encoding") == nil {
      // libcurl would write this line too, anew for each request.
      starts.append(text.count)
      text += Array("Accept-Encoding: ".utf8) + Self.encodings + [0]
    }
    for header in sent {
      guard !header.name.isEmpty, header.name.utf8.allSatisfy(HeaderRule.isTokenByte),
        header.value.allSatisfy(Header.isValueByte)
      else { throw Self.fault }
      starts.append(text.count)
      // A header without value is written with a semicolon (https://curl.se/libcurl/c/CURLOPT_HTTPHEADER.html).
      text += Array(header.name.utf8) + Array((header.value.isEmpty ? ";" : ": ").utf8) + header.value + [0]
    }
    self.init(text, starts, before: nil)
  }

  /// `headers`, and then those of `rest`.
  convenience init(_ headers: HeaderText, before rest: HeaderLines) throws(FetchError) {
    guard !headers.isFaulty else { throw Self.fault }
    self.init(headers.bytes, headers.starts, before: rest)
  }

  private init(_ text: [UInt8], _ starts: [Int], before rest: HeaderLines?) {
    self.rest = rest
    guard !starts.isEmpty else {
      (first, memory) = (rest?.first, nil)
      return
    }
    // The nodes, and behind them what they point to: libcurl reads the list, and frees none of it.
    let nodes = starts.count * MemoryLayout<curl_slist>.stride
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: nodes + text.count, alignment: MemoryLayout<curl_slist>.alignment)
    let place = memory + nodes
    text.withUnsafeBytes { bytes in
      if let start = bytes.baseAddress { place.copyMemory(from: start, byteCount: bytes.count) }
    }
    let list = memory.bindMemory(to: curl_slist.self, capacity: starts.count)
    let characters = place.bindMemory(to: CChar.self, capacity: text.count)
    for (index, start) in starts.enumerated() {
      let next = index + 1 < starts.count ? list + index + 1 : rest?.first
      (list + index).initialize(to: curl_slist(data: characters + start, next: next))
    }
    self.memory = memory
    first = list
  }

  deinit { memory?.deallocate() }

  /// All that this libcurl can decode.
  private static let encodings: [UInt8] = {
    let features = curl_version_info(CURLVERSION_ELEVENTH).pointee.features
    let names = [(CURL_VERSION_LIBZ, "deflate, gzip"), (CURL_VERSION_BROTLI, "br"), (CURL_VERSION_ZSTD, "zstd")]
      .filter { features & $0.0 != 0 }.map(\.1)
    return Array((names.isEmpty ? "identity" : names.joined(separator: ", ")).utf8)
  }()

  private static var fault: FetchError {
    FetchError(.protocol, "a header to send holds a character that no header may hold")
  }
}
