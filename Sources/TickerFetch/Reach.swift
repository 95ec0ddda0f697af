public import TickerModel
import TickerText

/// Where a request to a URL would go, and what the address guard says of it, without sending anything. Pure value.
public struct Reach: Sendable, Equatable {
  /// What the guard says of one address.
  public struct Judged: Sendable, Equatable {
    public let address: NetworkAddress
    /// Nil: it may be reached.
    public let refusal: AddressPolicy.Refusal?
  }

  /// Why nothing would be sent although no address was refused.
  public enum Obstacle: Sendable, Equatable {
    /// The URL is none that is fetched; why.
    case url(String)
    /// The name has no address, or nobody could say; in words.
    case name(String)
  }

  /// As it would be asked for, without the signs of its spelling; nil for a URL that is none.
  public let host: String?
  /// The addresses of the host; of the proxy's host where there is a proxy.
  public let addresses: [Judged]
  public let obstacle: Obstacle?
  /// The address that the URL itself spells, judged for requests through a proxy, which resolves names itself.
  public let literal: Judged?

  /// Resolves the host of `url`, or that of `proxy`, which blocks as long as the resolver takes.
  public init(
    url: String, allowNet: [NetworkRange], proxy: String? = nil,
    lookUp: (String) -> NameAnswer = { NameLookup.system($0) }
  ) {
    do throws(HTTPURL.Fault) {
      let host = try HTTPURL(url).host
      self.host = host
      literal = LiteralHost.address(host).map { Self.judge($0, allowNet) }
      let asked = proxy.map { URLParts($0).host } ?? host
      let answer = LiteralHost.address(asked).map { NameAnswer.addresses([$0]) } ?? lookUp(asked)
      switch answer {
      case .addresses(let found):
        // The operator's proxy may be anywhere.
        addresses = found.map { proxy == nil ? Self.judge($0, allowNet) : Judged(address: $0, refusal: nil) }
        obstacle = nil
      case .absent: (addresses, obstacle) = ([], .name("no address was found for the name"))
      case .failed(let reason): (addresses, obstacle) = ([], .name("the name server did not answer: \(reason)"))
      }
    } catch {
      (host, addresses, literal, obstacle) = (nil, [], nil, .url(VisibleText.escaped(error.reason)))
    }
  }

  /// Whether a request would be sent: an address is allowed, and none that the URL itself spells is refused.
  public var isAllowed: Bool {
    obstacle == nil && literal?.refusal == nil && addresses.contains { $0.refusal == nil }
  }

  private static func judge(_ address: NetworkAddress, _ allowNet: [NetworkRange]) -> Judged {
    Judged(address: address, refusal: AddressPolicy.refusal(of: address, allowing: allowNet))
  }
}
