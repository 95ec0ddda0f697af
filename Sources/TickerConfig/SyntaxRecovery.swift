import TickerText

/// Reads on after a syntax error, so that one run finds them all: the `[table]` block the error is in is blanked, line
/// by line, and the rest is parsed again with every place unchanged. Pure.
struct SyntaxRecovery {
  /// More syntax errors than this come from a file that is no TOML at all.
  private static let mostErrors = 20

  /// What could be read; a block with an error is missing from it.
  private(set) var table = TOMLTable(entries: [], place: .file)
  private(set) var faults: [ConfigurationFault] = []
  private let file: String
  private let original: [ArraySlice<UInt8>]
  private var lines: [ArraySlice<UInt8>]

  init(_ bytes: [UInt8], file: String) {
    self.file = file
    original = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    lines = original
    var bytes = bytes
    for _ in 0..<Self.mostErrors {
      do throws(TOMLParser.Fault) {
        table = try TOMLParser.table(bytes)
        return
      } catch {
        let fault = fault(error, isOpenedAbove: isOpenedAbove(error))
        if !faults.contains(fault) { faults.append(fault) }
        let line = error.place.line - 1
        guard isOpenedAbove(error) && blank(blockOf: line - 1) || blank(blockOf: line) else { return }
        bytes = Array(lines.joined(separator: [UInt8(ascii: "\n")]))
      }
    }
  }
}

extension SyntaxRecovery {
  /// Whether the block before is probably to blame: what is wrong at the start of a table that is sound in itself is
  /// mostly a bracket or a quote that was left open.
  private func isOpenedAbove(_ error: TOMLParser.Fault) -> Bool {
    let line = error.place.line - 1
    return lines.indices.contains(line) && isHeader(line) && isSound(header: line)
      && !error.message.contains("redefine")
  }

  /// False when nothing is left to blank there: the error would only come again.
  private mutating func blank(blockOf line: Int) -> Bool {
    guard lines.indices.contains(line) else { return false }
    let start = lines[...line].lastIndex(where: isHeader) ?? 0
    let end = lines[(line + 1)...].firstIndex(where: isHeader) ?? lines.endIndex
    guard lines[start..<end].contains(where: { !$0.isEmpty }) else { return false }
    for line in start..<end { lines[line] = [] }
    return true
  }

  private func isHeader(_ line: Int) -> Bool { isHeader(lines[line]) }

  private func isHeader(_ line: ArraySlice<UInt8>) -> Bool {
    line.first { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") } == UInt8(ascii: "[")
  }

  private func isSound(header line: Int) -> Bool {
    do throws(TOMLParser.Fault) {
      _ = try TOMLParser.table(Array(lines[line]))
      return true
    } catch { return false }
  }

  private func fault(_ error: TOMLParser.Fault, isOpenedAbove: Bool) -> ConfigurationFault {
    let line = original.indices.contains(error.place.line - 1) ? original[error.place.line - 1] : []
    let text = String(decoding: line, as: UTF8.self)
    let secretive = Self.mayHoldSecret(text)
    var message = error.message
    // toml++ quotes what it saw.
    if secretive, let saw = message.firstRange(of: ", saw") { message = String(message[..<saw.lowerBound]) }
    if let prefix = message.firstRange(of: "Error while "), prefix.lowerBound == message.startIndex {
      message = String(message[prefix.upperBound...])
    }
    if isOpenedAbove { message += "; a bracket or quote above is not closed" }
    if !isOpenedAbove, message.contains("could not determine value type") { message += "; text stands in quotes" }
    return ConfigurationFault(
      .fault, file, error.place, "syntax: " + VisibleText.escaped(message),
      excerpt: secretive || text.isEmpty ? nil : Quoted.plain(Normalise.foldWhitespace(text)))
  }

  private static func mayHoldSecret(_ line: String) -> Bool {
    let line = line.lowercased()
    return ["secret", "whsec_", "://", "auth", "token", "passw", "bearer", "cookie"].contains { line.contains($0) }
  }
}
