import ArgumentParser
import Glibc
import TickerDelivery
import TickerText

/// Where a command finds the signing key; the key itself never stands in the arguments, which everybody can read in `ps`.
struct SigningKeyOptions: ParsableArguments {
  @Option(help: ArgumentHelp("A file that holds the signing key (whsec_…).", valueName: "file"))
  var secretFile: String?

  @Option(help: ArgumentHelp("An environment variable that holds the signing key.", valueName: "name"))
  var secretEnv: String?

  func validate() throws {
    if secretFile != nil, secretEnv != nil { throw ValidationError("Give --secret-file or --secret-env, not both.") }
  }

  /// The key as the only element; empty when none was asked for. A key that cannot be read or used is said on stderr
  /// and ends the command with 78, as a faulty configuration does.
  func keys() throws -> [WebhookKey] {
    do throws(SigningKeyFault) {
      guard let (name, text) = try secret() else { return [] }
      do throws(WebhookKeyError) {
        return [try WebhookKey(Self.trimmed(text))]
      } catch {
        throw SigningKeyFault(message: "\(name): \(error)")
      }
    } catch {
      ReceiveOutput.standardError.write(line: "tickerd: \(VisibleText.escaped(error.message))")
      throw ExitCode(78)
    }
  }
}

/// Why there is no usable key, with the place it was looked for and without what was found there.
private struct SigningKeyFault: Error {
  let message: String
}

extension SigningKeyOptions {
  /// A key of 64 bytes has 95 characters; a larger file is something else.
  private static let longestFile = 4 << 10

  private func secret() throws(SigningKeyFault) -> (name: String, text: String)? {
    if let secretFile { return ("file \(secretFile)", try Self.contents(of: secretFile)) }
    guard let secretEnv else { return nil }
    guard let value = getenv(secretEnv) else { throw SigningKeyFault(message: "the variable \(secretEnv) is not set") }
    return ("variable \(secretEnv)", String(cString: value))
  }

  private static func contents(of path: String) throws(SigningKeyFault) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SigningKeyFault(message: "cannot open \(path): \(ReceiveError.reason(errno))") }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IROTH == 0 else {
      throw SigningKeyFault(message: "others may read \(path); run: chmod o= \(path)")
    }
    var bytes = [UInt8](repeating: 0, count: longestFile + 1)
    var length = 0
    while length < bytes.count {
      let count = bytes.withUnsafeMutableBytes {
        read(descriptor, $0.baseAddress?.advanced(by: length), $0.count - length)
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw SigningKeyFault(message: "cannot read \(path): \(ReceiveError.reason(errno))") }
      if count == 0 { break }
      length += count
    }
    guard length <= longestFile else { throw SigningKeyFault(message: "\(path) is too long for a signing key") }
    return String(decoding: bytes[..<length], as: UTF8.self)
  }

  private static func trimmed(_ text: String) -> String {
    let isBlank = { (character: Character) in character.isWhitespace }
    return String(text.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
  }
}
