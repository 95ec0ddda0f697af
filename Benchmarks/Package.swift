// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "tickerd-benchmarks",
  dependencies: [.package(name: "tickerd", path: "..")],
  targets: [
    // What judging and recording cost: Scripts/bench decide
    .executableTarget(name: "decide", dependencies: [.product(name: "TickerLibraries", package: "tickerd")]),
    // What reading documents costs, against libxml2 in C and sfeed: Scripts/bench parse
    .executableTarget(
      name: "parse", dependencies: ["CSAXLimit", "CPageLimit", .product(name: "TickerLibraries", package: "tickerd")]),
    .target(
      name: "CSAXLimit", cSettings: [.unsafeFlags(["-I/usr/include/libxml2"])], linkerSettings: [.linkedLibrary("xml2")]
    ),
    .target(
      name: "CPageLimit", cSettings: [.unsafeFlags(["-I/usr/include/libxml2"])],
      linkerSettings: [.linkedLibrary("xml2")]),
    // What deciding who is polled when costs, for 100,000 sources: Scripts/bench schedule
    .executableTarget(name: "schedule", dependencies: [.product(name: "TickerLibraries", package: "tickerd")]),
  ]
)
