import FoundationEssentials
import Glibc
import TestSupport
import Testing
import TickerModel

@testable import TickerFetch

/// Judges the server-side request forgery cases of other projects, where their collection lies beside this checkout
/// (`../shared/corpora`, or `$TICKERD_CORPORA`). Nothing is sent: allowed addresses are only judged, and refused ones
/// are refused before a packet leaves.
@Suite(.timeLimit(.minutes(2)), .enabled(if: ForeignCases.path != nil, "no collection of foreign cases here"))
struct ForeignCasesTests {
  @Test(arguments: ForeignCases.all) func judgesAsExpected(_ test: ForeignCases.Case) async throws {
    switch test.verdict {
    case .refused: #expect(test.expect == "block", "\(test)")
    case .allowed: #expect(test.expect == "allow", "\(test)")
    case .name: #expect(test.needsNetwork, "\(test)")
    }
  }

  /// The same through a real transfer.
  @Test(arguments: ForeignCases.all.filter { $0.expect == "block" && $0.verdict == .refused && $0.resolvesTo == nil })
  func refusesInEarnest(_ test: ForeignCases.Case) async throws {
    let error = try await startFetcher().failure(makeRequest(test.location ?? test.url) { $0.allowNet = [] })
    #expect([.address, .url].contains(error?.class), "\(test): \(error?.message ?? "fetched")")
  }
}

enum ForeignCases {
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let id, op, url, expect, why: String
    let location, resolvesTo: String?

    enum CodingKeys: String, CodingKey {
      case id, op, url, expect, why, location
      case resolvesTo = "resolves_to"
    }

    var testDescription: String { "\(id) \(location ?? url)" }

    /// What can be said without asking a name server.
    enum Verdict { case refused, allowed, name }

    var verdict: Verdict {
      if let resolvesTo {
        // "first then second": a name that changes its mind; every connection is judged, the worst counts.
        let addresses = resolvesTo.split(separator: " ").compactMap { NetworkAddress(String($0)) }
        let isRefused = addresses.contains { AddressPolicy.refusal(of: $0, allowing: []) != nil }
        return isRefused ? .refused : .allowed
      }
      do throws(HTTPURL.Fault) {
        let base = try location.map { _ throws(HTTPURL.Fault) in try HTTPURL(url) }
        let target = try HTTPURL(location ?? url, relativeTo: base)
        if base?.host == target.host { return .allowed }
        guard let address = ForeignCases.address(target.host) else { return .name }
        return AddressPolicy.refusal(of: address, allowing: []) == nil ? .allowed : .refused
      } catch {
        return .refused
      }
    }

    /// Names of public hosts, forms that are names for the resolver, and the machine's own names.
    var needsNetwork: Bool {
      let isLocalName = ["localhost", "ip6-l"].contains { url.contains($0) }
      let isNameToTheResolver = why.hasPrefix("not a valid IPv4 form") || why == "trailing dot"
      return isLocalName || isNameToTheResolver || expect == "allow"
    }
  }

  static let path: String? = {
    let package = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
    let folder = getenv("TICKERD_CORPORA").map { String(cString: $0) } ?? package + "/../shared/corpora"
    let path = folder + "/cases/ssrf/manifest.jsonl"
    return access(path, R_OK) == 0 ? path : nil
  }()

  static let all: [Case] = {
    guard let path, let bytes = try? LocalFile.read(path: path, maxBytes: 16 << 20) else { return [] }
    return bytes.split(separator: UInt8(ascii: "\n")).compactMap {
      try? JSONDecoder().decode(Case.self, from: Data($0))
    }
  }()

  /// The address a host literal stands for, as the resolver reads it without asking anyone.
  static func address(_ host: String) -> NetworkAddress? {
    var hints = addrinfo()
    hints.ai_flags = AI_NUMERICHOST
    var list: UnsafeMutablePointer<addrinfo>?
    let name = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
    guard getaddrinfo(name, nil, &hints, &list) == 0, let first = list?.pointee.ai_addr else { return nil }
    defer { freeaddrinfo(list) }
    return first.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { version4 in
      guard version4.pointee.sin_family == sa_family_t(AF_INET) else {
        return first.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { version6 in
          withUnsafeBytes(of: version6.pointee.sin6_addr) { NetworkAddress(bytes: Array($0)) }
        }
      }
      return withUnsafeBytes(of: version4.pointee.sin_addr) { NetworkAddress(bytes: Array($0)) }
    }
  }
}
