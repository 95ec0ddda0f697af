import CCrypto
import Synchronization

/// A key of HMAC-SHA-256 (RFC 2104) that was set up once: its two padded blocks are hashed already, and libcrypto looks up
/// no algorithm any more, which together cost more than a webhook's body. Any thread.
public final class HMACKey: Sendable {
  private struct Contexts: @unchecked Sendable {  // reached under the mutex alone
    let inner = EVP_MD_CTX_new()
    let outer = EVP_MD_CTX_new()
    let work = EVP_MD_CTX_new()
  }

  private let contexts = Mutex(Contexts())

  /// Bytes of a block of SHA-256.
  private static let block = 64
  private static let innerPad: UInt8 = 0x36
  private static let outerPad: UInt8 = 0x5C

  public init(_ key: [UInt8]) {
    let short = key.count > Self.block ? Digest.sha256(key) : key
    let padded = short + [UInt8](repeating: 0, count: Self.block - short.count)
    let isReady = contexts.withLock { contexts in
      Digest.begin(contexts.inner) && Digest.add(padded.map { $0 ^ Self.innerPad }, to: contexts.inner)
        && Digest.begin(contexts.outer) && Digest.add(padded.map { $0 ^ Self.outerPad }, to: contexts.outer)
    }
    precondition(isReady, "libcrypto could not set up HMAC-SHA-256")
  }

  deinit {
    contexts.withLock { contexts in
      for context in [contexts.inner, contexts.outer, contexts.work] { EVP_MD_CTX_free(context) }
    }
  }

  /// The code of `head` followed by `rest`, ``Digest/size`` bytes long.
  public func code(of head: [UInt8], _ rest: [UInt8] = []) -> [UInt8] {
    var code = [UInt8](repeating: 0, count: Digest.size)
    let isDone = contexts.withLock { contexts in
      EVP_MD_CTX_copy_ex(contexts.work, contexts.inner) == 1 && Digest.add(head, to: contexts.work)
        && Digest.add(rest, to: contexts.work) && EVP_DigestFinal_ex(contexts.work, &code, nil) == 1
        && EVP_MD_CTX_copy_ex(contexts.work, contexts.outer) == 1 && Digest.add(code, to: contexts.work)
        && EVP_DigestFinal_ex(contexts.work, &code, nil) == 1
    }
    precondition(isDone, "libcrypto could not compute HMAC-SHA-256")
    return code
  }
}
