import ArgumentParser
import Glibc
import TickerDelivery
import TickerText

/// Where a command finds its keys; a key itself never stands in the arguments, which everybody can read in `ps`.
struct SigningKeyOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A file that holds a key (whsec_…, ed25519: whsk_…, whpk_…); repeatable, newest first.", valueName: "file"))
  var secretFile: [String] = []

  @Option(help: ArgumentHelp("An environment variable that holds a key; repeatable.", valueName: "name"))
  var secretEnv: [String] = []

  /// For commands that can do nothing without a key.
  func requireOne() throws {
    guard !secretFile.isEmpty || !secretEnv.isEmpty else {
      throw ValidationError("Name the key with --secret-file FILE or --secret-env NAME.")
    }
  }

  /// The keys in the order of the options, files first; empty when none was asked for. One that cannot be read or used is
  /// said on stderr and ends the command with 78, as a faulty configuration does.
  func keys() throws -> [WebhookKey] {
    do throws(SigningKeyFault) {
      var keys: [WebhookKey] = []
      for path in secretFile { keys.append(try Self.key(try Self.contents(of: path), of: "file \(path)")) }
      for name in secretEnv {
        guard let value = getenv(name) else { throw SigningKeyFault(message: "the variable \(name) is not set") }
        keys.append(try Self.key(String(cString: value), of: "variable \(name)"))
      }
      return keys
    } catch {
      ReceiveOutput.standardError.write(line: "tickerd: \(VisibleText.escaped(error.message))")
      throw ExitCode.configuration
    }
  }
}

/// Why there is no usable key, with the place it was looked for and without what was found there.
private struct SigningKeyFault: Error {
  let message: String
}

extension SigningKeyOptions {
  /// A key of 64 bytes has 94 characters; a larger file is something else.
  private static let longestFile = 4 << 10

  private static func key(_ text: String, of subject: String) throws(SigningKeyFault) -> WebhookKey {
    do throws(WebhookKeyError) {
      return try WebhookKey(trimmed(text))
    } catch {
      throw SigningKeyFault(message: "\(subject): \(error)")
    }
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
