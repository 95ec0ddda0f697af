import CCrypto

/// Signatures of Ed25519 (RFC 8032) through OpenSSL's libcrypto.
public enum Ed25519 {
  /// Bytes of a private key's seed, and of a public key (RFC 8032 §5.1.5).
  public static let keySize = 32
  /// Bytes of a signature (RFC 8032 §5.1.6).
  public static let signatureSize = 64

  /// A key that signs. It can be used on any thread, and never shows itself.
  public final class PrivateKey: @unchecked Sendable {  // an EVP_PKEY does not change once it is made
    private let handle: OpaquePointer

    /// From its seed; nil where that has not ``keySize`` bytes.
    public init?(seed: [UInt8]) {
      guard seed.count == keySize, let handle = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, keySize)
      else { return nil }
      self.handle = handle
    }

    deinit { EVP_PKEY_free(handle) }

    /// The public half, ``keySize`` bytes.
    public var publicBytes: [UInt8] {
      var bytes = [UInt8](repeating: 0, count: keySize)
      var length = keySize
      precondition(EVP_PKEY_get_raw_public_key(handle, &bytes, &length) == 1 && length == keySize)
      return bytes
    }

    /// The signature of `message`, ``signatureSize`` bytes, always the same for the same message.
    public func sign(_ message: [UInt8]) -> [UInt8] {
      var signature = [UInt8](repeating: 0, count: signatureSize)
      var length = signatureSize
      let context = EVP_MD_CTX_new()
      defer { EVP_MD_CTX_free(context) }
      let isSigned =
        EVP_DigestSignInit(context, nil, nil, nil, handle) == 1
        && EVP_DigestSign(context, &signature, &length, message, message.count) == 1
      precondition(isSigned && length == signatureSize, "libcrypto could not sign")
      return signature
    }
  }

  /// A key that verifies. It can be used on any thread.
  public final class PublicKey: @unchecked Sendable {  // as above
    private let handle: OpaquePointer

    /// Nil where `bytes` are not ``keySize`` many.
    public init?(_ bytes: [UInt8]) {
      guard bytes.count == keySize, let handle = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, keySize)
      else { return nil }
      self.handle = handle
    }

    deinit { EVP_PKEY_free(handle) }

    /// Whether `signature` is this key's for `message`.
    public func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
      guard signature.count == signatureSize else { return false }
      let context = EVP_MD_CTX_new()
      defer { EVP_MD_CTX_free(context) }
      return EVP_DigestVerifyInit(context, nil, nil, nil, handle) == 1
        && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }
  }
}
