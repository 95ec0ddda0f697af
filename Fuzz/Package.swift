// swift-tools-version: 6.2
import PackageDescription

// Scripts/fuzz TARGET [SECONDS] builds and runs this; it is no part of the normal build. libFuzzer, which the compiler
// links in with -sanitize=fuzzer, brings `main` and calls the two functions of Fuzz.swift.
let package = Package(
  name: "tickerd-fuzz",
  dependencies: [.package(name: "tickerd", path: "..")],
  targets: [
    .executableTarget(
      name: "fuzz", dependencies: [.product(name: "TickerLibraries", package: "tickerd")],
      swiftSettings: [.swiftLanguageMode(.v6)])
  ]
)
