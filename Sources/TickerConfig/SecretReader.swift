import Glibc
public import TickerModel
import TickerText

/// Why a secret could not be had. Names where it should stand, never what it is.
public struct SecretError: Error, Sendable, Equatable {
  /// What is the matter.
  public enum Cause: Sendable, Equatable {
    /// There is nothing of that name.
    case missing
    /// `CREDENTIALS_DIRECTORY` is not set: this is not the service.
    case noCredentials
    /// It is there but cannot be read; the system's words.
    case unreadable(String)
    /// Others than owner and group may read or write the file.
    case openToOthers
    case empty
    case notText
  }

  /// Where it should stand.
  public let reference: SecretReference
  /// What is the matter.
  public let cause: Cause

  /// To be thrown by ``SecretReader``.
  public init(reference: SecretReference, cause: Cause) {
    self.reference = reference
    self.cause = cause
  }

  /// A sentence that says what to do next, safe for a terminal.
  public var text: String {
    let name = VisibleText.escaped(reference.description)
    return switch (cause, reference) {
    case (.missing, .environment): "\(name) is not set"
    case (.missing, .credential): "\(name) is not there; add LoadCredential= to the unit"
    case (.missing, .file): "\(name) is not there; make it, with mode 0600"
    case (.noCredentials, _): "\(name) cannot be seen outside the service (CREDENTIALS_DIRECTORY is not set)"
    case (.unreadable(let reason), _): "\(name) cannot be read: \(reason)"
    case (.openToOthers, _): "\(name) may be read or changed by others; chmod o= it, and change the secret"
    case (.empty, _): "\(name) is empty"
    case (.notText, _): "\(name) is not UTF-8 text"
    }
  }
}

/// Reads secrets where they stand. Any thread; a file blocks as long as its file system does.
public enum SecretReader {
  /// A key or a URL has a few hundred bytes.
  static let longest = 64 << 10

  /// The secret, not empty, without the line end that editors add; it must not be logged.
  public static func read(
    _ reference: SecretReference, environment: LoadEnvironment
  ) throws(SecretError) -> String {
    let text: String
    switch reference {
    case .environment(let name):
      guard let value = environment.variables[name] else { throw SecretError(reference: reference, cause: .missing) }
      text = value
    case .file, .credential:
      let file = try open(reference, environment: environment)
      text = try content(of: file, reference)
    }
    guard !text.isEmpty else { throw SecretError(reference: reference, cause: .empty) }
    return text
  }

  /// What `read` would complain of, as far as it shows without reading the secret; nil when all is well.
  static func probe(_ reference: SecretReference, environment: LoadEnvironment) -> SecretError? {
    do throws(SecretError) {
      if case .environment(let name) = reference {
        return environment.variables[name] == nil ? SecretError(reference: reference, cause: .missing) : nil
      }
      _ = try open(reference, environment: environment)
      return nil
    } catch { return error }
  }
}

extension SecretReader {
  private static func open(
    _ reference: SecretReference, environment: LoadEnvironment
  ) throws(SecretError) -> OpenFile {
    let path = try path(reference, environment: environment)
    do throws(OpenFile.Fault) {
      let file = try OpenFile(path)
      // systemd sees to the mode of its credentials itself.
      guard case .file = reference, file.mode & (S_IROTH | S_IWOTH) != 0 else { return file }
    } catch {
      throw SecretError(reference: reference, cause: cause(error))
    }
    throw SecretError(reference: reference, cause: .openToOthers)
  }

  private static func path(
    _ reference: SecretReference, environment: LoadEnvironment
  ) throws(SecretError) -> String {
    switch reference {
    case .file(let path), .environment(let path): return path
    case .credential(let name):
      guard let folder = environment.variables["CREDENTIALS_DIRECTORY"], !folder.isEmpty else {
        throw SecretError(reference: reference, cause: .noCredentials)
      }
      return folder + "/" + name
    }
  }

  private static func content(of file: borrowing OpenFile, _ reference: SecretReference) throws(SecretError) -> String {
    do throws(OpenFile.Fault) {
      var bytes = try file.read(atMost: longest)
      if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
      if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
      if let text = String(validating: bytes, as: UTF8.self) { return text }
    } catch {
      throw SecretError(reference: reference, cause: cause(error))
    }
    throw SecretError(reference: reference, cause: .notText)
  }

  private static func cause(_ fault: OpenFile.Fault) -> SecretError.Cause {
    fault == .system(ENOENT) ? .missing : .unreadable(fault.text)
  }
}
