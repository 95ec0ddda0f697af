import Glibc
import TickerModel
import TickerText

/// Files that `file:` sources name. Every function blocks for as long as the disk takes; any thread.
public enum LocalFile {
  /// The path in `file:///path` or `file://localhost/path` (RFC 8089), percent-decoded; absolute.
  public static func path(ofURL url: String) throws(FetchError) -> String {
    let parts = URLParts(url)
    let shown = ShownURL.text(url, isSecret: false)
    guard parts.scheme == "file" else { throw FetchError(.url, "\(shown): not a file URL") }
    guard ["", "localhost"].contains(parts.host), parts.port == nil, parts.userinfo == nil else {
      throw FetchError(.url, "\(shown): a file URL names no other machine; write file:///path")
    }
    guard parts.query == nil, parts.fragment == nil else {
      throw FetchError(.url, "\(shown): write ? as %3F and # as %23 in a file URL")
    }
    guard parts.path.hasPrefix("/"), let bytes = decoded(parts.path),
      let path = String(validating: bytes, as: UTF8.self)
    else { throw FetchError(.url, "\(shown): not an absolute path") }
    return path
  }

  /// The whole content of a regular file. A pipe, device or folder is refused without waiting on it.
  public static func read(path: String, maxBytes: Int) throws(FetchError) -> [UInt8] {
    let shown = VisibleText.escaped(path)
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else { throw FetchError(.file, "\(shown) cannot be opened: \(systemText(errno))") }
    defer { close(descriptor) }
    var information = stat()
    guard fstat(descriptor, &information) == 0, information.st_mode & S_IFMT == S_IFREG else {
      throw FetchError(.file, "\(shown) is not a regular file")
    }
    let tooLarge = FetchError(.body, "\(shown) is larger than max_body, \(Quantity.text(bytes: maxBytes))")
    guard information.st_size <= maxBytes else { throw tooLarge }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(information.st_size)
    var piece = [UInt8](repeating: 0, count: pieceSize)
    while true {
      let count = Glibc.read(descriptor, &piece, piece.count)
      if count == 0 { return bytes }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw FetchError(.file, "\(shown) cannot be read: \(systemText(errno))") }
      bytes += piece[..<count]
      // It may grow while it is read.
      guard bytes.count <= maxBytes else { throw tooLarge }
    }
  }

  private static let pieceSize = 64 << 10

  private static func systemText(_ code: Int32) -> String { String(cString: strerror(code)) }

  /// Undoes percent encoding; nil for a broken escape or a zero byte, at which the system would cut the path.
  private static func decoded(_ path: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    var rest = Array(path.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let high = rest.popFirst().flatMap(hexValue), let low = rest.popFirst().flatMap(hexValue) else {
        return nil
      }
      bytes.append(high << 4 | low)
    }
    return bytes.contains(0) ? nil : bytes
  }

  private static func hexValue(_ byte: UInt8) -> UInt8? {
    Character(Unicode.Scalar(byte)).hexDigitValue.map { UInt8($0) }
  }
}
