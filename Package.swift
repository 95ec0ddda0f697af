// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target obeys the same rules; a warning stops the build.
let rules: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
]

/// A C or C++ target: the smallest wrapper that Swift needs around one system library.
func library(
  _ name: String, links: [String], language: [CSetting] = [], dependencies: [Target.Dependency] = []
) -> Target {
  .target(
    name: name, dependencies: dependencies, path: "Sources/CLibraries/\(name)",
    cSettings: language, linkerSettings: links.map { .linkedLibrary($0) })
}

func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: rules)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
  .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: rules)
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")

let package = Package(
  name: "tickerd",
  products: [
    .executable(name: "tickerd", targets: ["tickerd"]),
    // For Benchmarks/ and Fuzz/, which are packages of their own.
    .library(
      name: "TickerLibraries",
      targets: ["TickerText", "TickerModel", "TickerConfig", "TickerParse", "TickerStore", "TickerSocket"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
  ],
  targets: [
    // System libraries, each behind one small C target with a single importer.
    library("CUnicode", links: ["utf8proc"]),  // utf8proc, for TickerText
    library("CCrypto", links: ["crypto"]),  // OpenSSL's libcrypto, for TickerText
    library("CRegex", links: ["pcre2-8"]),  // PCRE2, for TickerText
    library("CPSL", links: ["psl"]),  // libpsl, for TickerText
    library("CTOML", links: ["tomlplusplus"]),  // toml++, for TickerConfig
    library("CCurl", links: ["curl"]),  // libcurl, for TickerFetch
    .systemLibrary(
      name: "CLibXML2", path: "Sources/CLibraries/CLibXML2", pkgConfig: "libxml-2.0",
      providers: [.apt(["libxml2-dev"])]),  // only its search path, for CXML
    library("CXML", links: ["xml2"], dependencies: ["CLibXML2"]),  // libxml2, for TickerParse
    library("CSQLite", links: ["sqlite3"]),  // SQLite, for TickerStore
    library("CZstd", links: ["zstd"]),  // zstd, for TickerStore
    library("CZlib", links: ["z"]),  // zlib, for TickerStore
    library("CLinux", links: []),  // epoll, eventfd, signalfd and the rest that Glibc's module hides

    // Pure text tools: normalise, digest, pattern, JSON text.
    module("TickerText", ["CUnicode", "CCrypto", "CRegex", "CPSL"]),
    // Values and pure rules: configuration, items, events, filters, Decide.
    module("TickerModel", ["TickerText"]),
    // A TOML file to a Configuration, every fault with its place.
    module("TickerConfig", ["TickerModel", "TickerText", "CTOML"]),
    // Requests through one libcurl thread, behind the address guard.
    module("TickerFetch", ["TickerModel", "TickerText", "CCurl", "CLinux"]),
    // Bytes to parsed items.
    module("TickerParse", ["TickerModel", "TickerText", "CXML"]),
    // The SQLite owner: the log and everything known.
    module("TickerStore", ["TickerModel", "TickerText", "CSQLite", "CZstd", "CZlib", "CLinux"]),
    // Subscribers: the event loop, the ring, the protocol.
    module("TickerSocket", ["TickerModel", "TickerText", "CLinux"]),
    // Webhooks: signing, formats, retry policy.
    module("TickerDelivery", ["TickerModel", "TickerText", "TickerFetch"]),
    // Poll, deliver, schedule, start, reload, stop.
    module(
      "TickerEngine",
      [
        "TickerModel", "TickerText", "TickerFetch", "TickerParse", "TickerStore", "TickerSocket",
        "TickerDelivery", "CLinux", logging,
      ]),
    // The command line.
    .executableTarget(
      name: "tickerd",
      dependencies: [
        "TickerModel", "TickerText", "TickerConfig", "TickerFetch", "TickerParse", "TickerStore",
        "TickerSocket", "TickerDelivery", "TickerEngine", "CLinux", argumentParser, logging,
      ],
      exclude: ["Manual"],
      swiftSettings: rules),

    // Real servers on loopback, temporary folders, clocks for the tests.
    .target(
      name: "TestSupport", dependencies: ["CLinux", "TickerModel", "TickerText"], path: "Tests/TestSupport",
      swiftSettings: rules),
    tests("TickerTextTests", ["TickerText", "TestSupport"]),
    tests("TickerModelTests", ["TickerModel", "TickerText", "TestSupport"], exclude: ["Histories"]),
    tests("TickerConfigTests", ["TickerConfig", "TickerModel", "TestSupport"]),
    tests("TickerFetchTests", ["TickerFetch", "TickerModel", "TestSupport"]),
    tests("TickerParseTests", ["TickerParse", "TickerModel", "TestSupport"], exclude: ["Fixtures"]),
    tests("TickerStoreTests", ["TickerStore", "TickerModel", "TickerText", "TestSupport"]),
    tests("TickerSocketTests", ["TickerSocket", "TickerModel", "TickerText", "CLinux", "TestSupport"]),
    tests("TickerDeliveryTests", ["TickerDelivery", "TickerFetch", "TickerModel", "TickerText", "TestSupport"]),
    tests("EndToEndTests", ["TestSupport", "TickerModel", "TickerStore", "TickerText"]),
  ],
  cLanguageStandard: .gnu17,
  cxxLanguageStandard: .cxx17
)
