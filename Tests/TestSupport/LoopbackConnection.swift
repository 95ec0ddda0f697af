import Glibc

/// One accepted connection, served by one thread: request by request until either side closes.
struct LoopbackConnection {
  let descriptor: Int32
  let number: Int
  private var buffer: [UInt8] = []

  init(descriptor: Int32, number: Int) {
    self.descriptor = descriptor
    self.number = number
  }

  mutating func serve(_ state: LoopbackState) {
    while let request = readRequest() {
      state.record(request)
      guard write(state.handler(request), to: request) else { return }
    }
  }
}

extension LoopbackConnection {
  private mutating func readRequest() -> LoopbackServer.Request? {
    guard !buffer.isEmpty || fill() else { return nil }
    guard let first = buffer.first, Unicode.Scalar(first).properties.isAlphabetic else {
      _ = send(head(400, []))  // as real servers answer a TLS hello
      return nil
    }
    guard let start = readLine() else { return nil }
    let words = start.split(separator: " ")
    guard words.count == 3, let headers = readHeaders() else { return nil }
    let request = { [number] (body: [UInt8]) in
      LoopbackServer.Request(
        method: String(words[0]), path: String(words[1]), headers: headers, body: body, connection: number)
    }
    let head = request([])
    if head["Transfer-Encoding"]?.lowercased() == "chunked" { return readChunks().map(request) }
    return read(count: head["Content-Length"].flatMap { Int($0) } ?? 0).map(request)
  }

  private mutating func readHeaders() -> [LoopbackServer.Header]? {
    var headers: [LoopbackServer.Header] = []
    while let line = readLine() {
      if line.isEmpty { return headers }
      let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else { return nil }
      headers.append(LoopbackServer.Header(String(parts[0]), String(parts[1].drop { $0 == " " })))
    }
    return nil
  }

  private mutating func readChunks() -> [UInt8]? {
    var body: [UInt8] = []
    while let line = readLine(), let size = Int(line, radix: 16), let chunk = read(count: size), readLine() != nil {
      if size == 0 { return body }
      body += chunk
    }
    return nil
  }

  /// The next line without its end; nil when the connection ends first.
  private mutating func readLine() -> String? {
    var searched = 0
    while true {
      if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        let line = buffer[..<end].last == UInt8(ascii: "\r") ? buffer[..<(end - 1)] : buffer[..<end]
        defer { buffer.removeSubrange(...end) }
        return String(decoding: line, as: UTF8.self)
      }
      searched = buffer.count
      guard fill() else { return nil }
    }
  }

  private mutating func read(count: Int) -> [UInt8]? {
    while buffer.count < count {
      guard fill() else { return nil }
    }
    defer { buffer.removeFirst(count) }
    return Array(buffer[..<count])
  }

  private mutating func fill() -> Bool {
    var piece = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = recv(descriptor, &piece, piece.count, 0)
      if count > 0 { buffer += piece[..<count] }
      if count >= 0 || errno != EINTR { return count > 0 }
    }
  }
}

extension LoopbackConnection {
  /// Acts out the response; false when the connection is to be closed.
  private func write(_ response: LoopbackServer.Response, to request: LoopbackServer.Request) -> Bool {
    switch response {
    case .answer(let status, let headers, let body):
      // RFC 9110 §8.6: no Content-Length in 1xx and 204; in a 304 it would be that of the 200.
      let hasLength = status >= 200 && status != 204 && status != 304
      let length = hasLength ? [LoopbackServer.Header("Content-Length", "\(body.count)")] : []
      return send(head(status, headers + length) + (request.method == "HEAD" || !hasLength ? [] : body))
    case .chunked(let status, let headers, let chunks, let pause):
      let coding = LoopbackServer.Header("Transfer-Encoding", "chunked")
      guard send(head(status, headers + [coding])) else { return false }
      for chunk in chunks where !chunk.isEmpty {
        guard !clientGoes(within: pause), send(Array("\(String(chunk.count, radix: 16))\r\n".utf8) + chunk + lineEnd)
        else { return false }
      }
      return send(Array("0\r\n\r\n".utf8))
    case .truncated(let headers, let body, let length):
      _ = send(head(200, headers + [LoopbackServer.Header("Content-Length", "\(length)")]) + body)
      return false
    case .raw(let bytes):
      _ = send(bytes)
      return false
    case .dribble(let bytes, let pause):
      for byte in bytes where !send([byte]) || clientGoes(within: pause) { return false }
      return false
    case .endless(let bytes, let again):
      guard send(bytes) else { return false }
      while send(again) {}
      return false
    case .reset(let bytes):
      _ = send(bytes)
      var linger = Glibc.linger(l_onoff: 1, l_linger: 0)
      setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
      return false
    case .stall(let bytes):
      _ = send(bytes)
      _ = clientGoes(within: nil)
      return false
    case .hang:
      _ = clientGoes(within: nil)
      return false
    case .close:
      return false
    }
  }

  private var lineEnd: [UInt8] { [UInt8(ascii: "\r"), UInt8(ascii: "\n")] }

  private func head(_ status: Int, _ headers: [LoopbackServer.Header]) -> [UInt8] {
    Array(
      ("HTTP/1.1 \(status) Test\r\n" + headers.map { "\($0.name): \($0.value)\r\n" }.joined() + "\r\n").utf8)
  }

  private func send(_ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR {
        return false
      }
    }
    return true
  }

  /// Waits for the client to close its side, at most that long (nil: without end); true when it did.
  private func clientGoes(within duration: Duration?) -> Bool {
    /// POLLRDHUP of <bits/poll.h>, which Glibc's module hides: the peer closed its writing side.
    let peerClosed: Int16 = 0x2000
    var descriptor = pollfd(fd: descriptor, events: peerClosed, revents: 0)
    let milliseconds = duration.map { Int32($0 / .milliseconds(1)) } ?? -1
    while true {
      let ready = poll(&descriptor, 1, milliseconds)
      if ready >= 0 || errno != EINTR { return ready > 0 }
    }
  }
}
