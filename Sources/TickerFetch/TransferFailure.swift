import CCurl
import Glibc
import TickerModel
import TickerText

extension Transfer {
  /// libcurl's code and what the callbacks noted, as one error in our own words: libcurl's may quote the URL.
  func failure(_ code: CURLcode) -> FetchError {
    if let refusal = addressGuard.refusal { return hop.failure(refusal) }
    let (errorClass, cause) = cause(code)
    return hop.failure(errorClass, cause)
  }

  private func cause(_ code: CURLcode) -> (FetchError.Class, String) {
    if addressGuard.socketError == EMFILE || addressGuard.socketError == ENFILE {
      return (.resources, "no descriptor is left for a socket; raise LimitNOFILE or lower max_transfers")
    }
    switch stop {
    case .headTooLarge: return (.protocol, headTooLarge)
    case .bodyTooLarge: return (.body, tooLarge)
    case .redirected, nil: break
    }
    switch code {
    case CURLE_COULDNT_RESOLVE_HOST: return (.dns, "no address was found for the name")
    case CURLE_COULDNT_RESOLVE_PROXY: return (.dns, "no address was found for the proxy's name")
    case CURLE_PROXY: return (.connect, "the proxy refused")
    case CURLE_COULDNT_CONNECT: return (.connect, "no connection: \(systemError)")
    case CURLE_RECV_ERROR where easy.number(CURLINFO_HTTP_CONNECTCODE) >= 300:
      return (.connect, "the proxy answered \(easy.number(CURLINFO_HTTP_CONNECTCODE)) to CONNECT")
    case CURLE_SEND_ERROR, CURLE_RECV_ERROR: return (.connect, "the connection broke: \(systemError)")
    case CURLE_OPERATION_TIMEDOUT: return (.timeout, timedOut)
    case CURLE_URL_MALFORMAT: return (.url, "not a URL that can be fetched")
    case CURLE_PARTIAL_FILE: return (.body, "the answer ended early")
    case CURLE_BAD_CONTENT_ENCODING: return (.body, "the answer's compression is damaged or unknown")
    case CURLE_GOT_NOTHING: return (.connect, "the connection was closed without an answer")
    case CURLE_OK: return (.protocol, "the answer ended within its head")
    // libcurl's own bound for one line of a head has no code of its own.
    case CURLE_OUT_OF_MEMORY where hasBegun && !head.isComplete: return (.protocol, headTooLarge)
    case CURLE_OUT_OF_MEMORY: return (.resources, "memory ran out")
    case _ where Self.tlsCodes.contains(code.rawValue): return (.tls, tlsText(code))
    default: return (.protocol, String(cString: curl_easy_strerror(code)))
    }
  }

  private var hasBegun: Bool { easy.microseconds(CURLINFO_STARTTRANSFER_TIME_T) > 0 }

  private var headTooLarge: String {
    "the answer's head is larger than \(HeaderBlock.maxLines) lines or \(Quantity.text(bytes: HeaderBlock.maxBytes))"
  }

  private var tooLarge: String { "the answer is larger than max_body, \(Quantity.text(bytes: request.maxBody))" }

  private var systemError: String {
    let code = easy.number(CURLINFO_OS_ERRNO)
    return code == 0 ? "the other side closed it" : String(cString: strerror(Int32(truncatingIfNeeded: code)))
  }

  private var timedOut: String {
    if easy.microseconds(CURLINFO_PRETRANSFER_TIME_T) > 0 {
      return "no complete answer within \(Quantity.text(request.timeout))"
    }
    let bound = Quantity.text(min(request.connectTimeout, request.timeout))
    return "no connection within \(bound)"
  }

  /// Certificate errors quote the host at most, and nothing else tells them apart.
  private func tlsText(_ code: CURLcode) -> String {
    let text = easy.errorText.isEmpty ? String(cString: curl_easy_strerror(code)) : easy.errorText
    return "TLS failed: \(VisibleText.escaped(text))"
  }

  private static let tlsCodes: Set<UInt32> = Set(
    [
      CURLE_SSL_CONNECT_ERROR, CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED, CURLE_SSL_CERTPROBLEM,
      CURLE_SSL_CIPHER, CURLE_PEER_FAILED_VERIFICATION, CURLE_USE_SSL_FAILED, CURLE_SSL_ENGINE_INITFAILED,
      CURLE_SSL_CACERT_BADFILE, CURLE_SSL_SHUTDOWN_FAILED, CURLE_SSL_CRL_BADFILE, CURLE_SSL_ISSUER_ERROR,
      CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CLIENTCERT,
    ].map(\.rawValue))
}
