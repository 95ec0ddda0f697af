/// The request line and header fields of HTTP/1.1 (RFC 9112), read strictly: what two readers could take in two ways
/// is refused. Pure.
struct RequestHead: Sendable, Equatable {
  let method: String
  let target: String
  let headers: [WebhookRequest.Header]
  let framing: BodyFraming
  let keepsAlive: Bool
  /// The client waits for `100 Continue` before it sends the body.
  let expectsContinue: Bool

  /// How the end of the body is known.
  enum BodyFraming: Sendable, Equatable {
    case length(Int)
    case chunked
  }

  /// Reads a head without the empty line that ends it.
  init(_ bytes: ArraySlice<UInt8>) throws(WebhookRequestFault) {
    let text = String(decoding: bytes, as: UTF8.self)
    let lines = text.unicodeScalars.split(separator: "\r\n".unicodeScalars, omittingEmptySubsequences: false)
      .map { String($0) }
    let hasControl = text.unicodeScalars.contains {
      $0.value < 0x20 && !"\t\r\n".unicodeScalars.contains($0) || $0 == "\u{7F}"
    }
    guard !hasControl, lines.allSatisfy({ !$0.unicodeScalars.contains("\r") && !$0.unicodeScalars.contains("\n") })
    else {
      throw WebhookRequestFault(status: 400, reason: "a control character stands in the request's head")
    }
    let (method, target, version) = try Self.requestLine(lines[0])
    var headers: [WebhookRequest.Header] = []
    for line in lines.dropFirst() { headers.append(try Self.header(line)) }
    self.method = method
    self.target = target
    self.headers = headers
    framing = try Self.framing(headers)
    let connection = Self.values("connection", headers).joined(separator: ",").lowercased()
    keepsAlive = version == "HTTP/1.1" && !connection.contains("close")
    expectsContinue = Self.values("expect", headers).contains { $0.lowercased() == "100-continue" }
  }
}

extension RequestHead {
  private static func requestLine(
    _ line: String
  ) throws(WebhookRequestFault) -> (method: String, target: String, version: String) {
    let parts = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 3, isToken(parts[0]), !parts[1].isEmpty, parts[2].hasPrefix("HTTP/") else {
      throw WebhookRequestFault(status: 400, reason: "this is not an HTTP request")
    }
    guard parts[2] == "HTTP/1.1" || parts[2] == "HTTP/1.0" else {
      throw WebhookRequestFault(status: 505, reason: "only HTTP/1.1 is spoken here")
    }
    return (parts[0], parts[1], parts[2])
  }

  private static func header(_ line: String) throws(WebhookRequestFault) -> WebhookRequest.Header {
    // White space before the colon and folded lines are refused as RFC 9112 §5.1 and §5.2 ask of a server.
    guard let colon = line.unicodeScalars.firstIndex(of: ":"), isToken(line[..<colon]) else {
      throw WebhookRequestFault(status: 400, reason: "a header field has no valid name")
    }
    let value = line.unicodeScalars[line.unicodeScalars.index(after: colon)...]
    let isBlank = { (scalar: Unicode.Scalar) in scalar == " " || scalar == "\t" }
    let trimmed = value.drop(while: isBlank).reversed().drop(while: isBlank).reversed()
    return WebhookRequest.Header(
      name: line[..<colon].lowercased(), value: String(String.UnicodeScalarView(trimmed)))
  }

  /// RFC 9112 §6.3; both framings at once, or lengths that differ, are how requests are smuggled.
  private static func framing(_ headers: [WebhookRequest.Header]) throws(WebhookRequestFault) -> BodyFraming {
    let lengths = Set(values("content-length", headers))
    let codings = values("transfer-encoding", headers)
    if !codings.isEmpty {
      guard lengths.isEmpty else {
        throw WebhookRequestFault(status: 400, reason: "content-length and transfer-encoding stand together")
      }
      guard codings.count == 1, codings[0].lowercased() == "chunked" else {
        throw WebhookRequestFault(status: 501, reason: "the only transfer-encoding understood is chunked")
      }
      return .chunked
    }
    guard let length = lengths.first else { return .length(0) }
    guard lengths.count == 1, !length.isEmpty, length.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
      throw WebhookRequestFault(status: 400, reason: "content-length is not one number")
    }
    guard let length = Int(length), length <= WebhookRequestParser.longestBody else {
      throw WebhookRequestParser.bodyTooLong
    }
    return .length(length)
  }

  private static func values(_ name: String, _ headers: [WebhookRequest.Header]) -> [String] {
    headers.filter { $0.name == name }.map(\.value)
  }

  private static func isToken(_ text: some StringProtocol) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
          || "!#$%&'*+-.^_`|~".utf8.contains(byte)
      }
  }
}
