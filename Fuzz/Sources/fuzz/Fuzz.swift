import Glibc

/// What libFuzzer calls (https://llvm.org/docs/LibFuzzer.html#fuzz-target). Which target is tried stands in the
/// environment as FUZZ_TARGET: libFuzzer owns the command line.
enum Fuzz {
  /// Set once before the first try, on the one thread of libFuzzer.
  nonisolated(unsafe) fileprivate static var chosen: Target.Try = { _ in }
}

@_cdecl("LLVMFuzzerInitialize")
public func initialize(_: UnsafeMutablePointer<CInt>, _: UnsafeMutableRawPointer) -> CInt {
  let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
  guard let target = Target.all[name] else {
    print("usage: Scripts/fuzz TARGET [SECONDS]; targets: \(Target.all.keys.sorted().joined(separator: " "))")
    exit(64)
  }
  Fuzz.chosen = target
  return 0
}

@_cdecl("LLVMFuzzerTestOneInput")
public func tryOne(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  Fuzz.chosen(Array(UnsafeBufferPointer(start: bytes, count: count)))
  return 0
}
