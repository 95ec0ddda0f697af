import Glibc

/// Certificates for tests, made by the openssl program in a folder of their own: an authority that nobody trusts unless it
/// is told to, and what it signed.
public final class TestAuthority: Sendable {
  /// What is special about a certificate.
  public enum Flaw: Sendable { case none, expired, selfSigned, otherHost }

  /// A certificate and its key, in PEM form.
  public struct Certificate: Sendable {
    let certificate: String
    let key: String
  }

  static let openssl = "/usr/bin/openssl"
  /// Whether such certificates can be made here.
  public static let isAvailable = access(openssl, X_OK) == 0

  private let folder = TemporaryFolder()
  /// The authority's own certificate, for `ca_file`.
  public var file: String { folder.file("ca.pem") }

  public init() async throws {
    try await run(
      ["req", "-x509", "-nodes", "-keyout", folder.file("ca.key"), "-out", file, "-subj", "/CN=test authority"]
        + Self.newKey + ["-days", "30"])
  }

  /// One for 127.0.0.1, for so many days.
  public func certificate(_ flaw: Flaw = .none, days: Int = 90) async throws -> Certificate {
    let name = "\(flaw)-\(days)"
    let made = Certificate(certificate: folder.file(name + ".pem"), key: folder.file(name + ".key"))
    let host = "subjectAltName=" + (flaw == .otherHost ? "DNS:other.example" : "IP:127.0.0.1,DNS:localhost")
    let request = ["req", "-nodes", "-keyout", made.key, "-subj", "/CN=test", "-addext", host] + Self.newKey
    if flaw == .selfSigned {
      try await run(request + ["-x509", "-out", made.certificate, "-days", "\(days)"])
    } else {
      try await run(request + ["-new", "-out", folder.file(name + ".csr")])
      try await run([
        "x509", "-req", "-in", folder.file(name + ".csr"), "-CA", file, "-CAkey", folder.file("ca.key"), "-set_serial",
        "\(Int.random(in: 1...1_000_000))", "-copy_extensions", "copyall", "-out", made.certificate, "-days",
        flaw == .expired ? "-1" : "\(days)",
      ])
    }
    return made
  }

  private static let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]

  private func run(_ arguments: [String]) async throws {
    let finished = try await Program(arguments, executable: Self.openssl, environment: [:]).finished()
    guard finished.code == 0 else { throw TooLate(description: "openssl \(arguments[0]): \(finished.errors)") }
  }
}

/// `openssl s_server` on 127.0.0.1, which answers every GET with a page; it ends with this object.
public final class TLSServer: Sendable {
  /// The port the system chose.
  public let port: Int
  private let program: Program

  public init(_ certificate: TestAuthority.Certificate, options: [String] = ["-www"]) async throws {
    program = try Program(
      [
        "s_server", "-accept", "127.0.0.1:0", "-cert", certificate.certificate, "-key", certificate.key, "-naccept",
        "64",
      ]
        + options,
      executable: TestAuthority.openssl, environment: [:])
    port = try await program.output.wait(for: "its port") { stream in
      stream.text.firstMatch(of: /ACCEPT 127\.0\.0\.1:(\d+)\n/).flatMap { Int($0.output.1) }
    }
  }

  public func url(_ path: String = "/") -> String { "https://127.0.0.1:\(port)\(path)" }
}
