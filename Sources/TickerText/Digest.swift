import CCrypto
import Synchronization

/// SHA-256 and HMAC-SHA-256 through OpenSSL's libcrypto. Every function may be called on any thread.
public enum Digest {
  /// The length of a SHA-256 digest in bytes.
  public static let size = 32

  /// The SHA-256 of `bytes`, always ``size`` bytes long.
  public static func sha256(_ bytes: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: size)
    let written = contexts.withLock { context in
      EVP_DigestInit_ex(context.handle, algorithm.handle, nil) == 1
        && EVP_DigestUpdate(context.handle, bytes, bytes.count) == 1
        && EVP_DigestFinal_ex(context.handle, &digest, nil) == 1
    }
    precondition(written, "libcrypto could not compute SHA-256")
    return digest
  }

  /// HMAC-SHA-256 (RFC 2104) of `message` under `key`, ``size`` bytes long. For a key that is used again: ``HMACKey``.
  public static func hmacSHA256(key: [UInt8], message: [UInt8]) -> [UInt8] { HMACKey(key).code(of: message) }

  /// Whether both are equal, in a time that does not depend on where they differ.
  public static func equalInConstantTime(_ one: [UInt8], _ other: [UInt8]) -> Bool {
    one.count == other.count && CRYPTO_memcmp(one, other, one.count) == 0
  }

  /// `count` bytes from libcrypto's random generator.
  public static func random(_ count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    precondition(RAND_bytes(&bytes, Int32(count)) == 1, "libcrypto has no randomness")
    return bytes
  }

  /// Sets `context` to the beginning of a digest; false when libcrypto cannot.
  static func begin(_ context: OpaquePointer?) -> Bool { EVP_DigestInit_ex(context, algorithm.handle, nil) == 1 }

  static func add(_ bytes: [UInt8], to context: OpaquePointer?) -> Bool {
    EVP_DigestUpdate(context, bytes, bytes.count) == 1
  }

  /// OpenSSL 3 looks an algorithm up anew on every use of EVP_sha256(), which costs more than hashing a headline.
  private struct Algorithm: @unchecked Sendable {  // an EVP_MD is immutable and shared by design (EVP_MD_fetch(3))
    let handle = EVP_MD_fetch(nil, "SHA256", nil)
  }

  private struct Context: @unchecked Sendable {  // reached under the mutex alone
    let handle = EVP_MD_CTX_new()
  }

  private static let algorithm = Algorithm()
  private static let contexts = Mutex(Context())
}
