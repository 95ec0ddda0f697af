// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "tickerd-benchmarks",
  dependencies: [.package(name: "tickerd", path: "..")],
  targets: [
    // What judging and recording cost: Scripts/bench decide
    .executableTarget(name: "decide", dependencies: [.product(name: "TickerLibraries", package: "tickerd")]),
    // What finding the items of a page costs, against libxml2 in C: Scripts/bench html
    .executableTarget(
      name: "html", dependencies: ["CPageLimit", .product(name: "TickerLibraries", package: "tickerd")]),
    .target(
      name: "CPageLimit", cSettings: [.unsafeFlags(["-I/usr/include/libxml2"])],
      linkerSettings: [.linkedLibrary("xml2")]),
    // What deciding who is polled when costs, for 100,000 sources: Scripts/bench schedule
    .executableTarget(name: "schedule", dependencies: [.product(name: "TickerLibraries", package: "tickerd")]),
  ]
)
