import Glibc

/// Other processes, whose processor time and memory are measured.
enum Process {
  private static let rounds = 20

  /// Seconds that sfeed takes for a feed, its start left out; nil where it is not installed.
  static func ofSfeed(_ bytes: [UInt8]) -> Double? {
    guard let file = temporary(bytes) else { return nil }
    defer { unlink(file) }
    var times: [Double] = []
    for _ in 0..<rounds {
      guard let start = seconds("exec sfeed < /dev/null"),
        let whole = seconds("exec sfeed < '\(file)'")
      else {
        return nil
      }
      times.append(whole - start)
    }
    return times.sorted()[rounds / 2]
  }

  /// The peak of memory, in sizes of the document, of this program reading 8 MiB.
  static func peak(_ sample: Sample) -> Double? {
    guard let file = temporary(sample.make(8 << 20)) else { return nil }
    defer { unlink(file) }
    let pipe = popen("'\(CommandLine.arguments[0])' --peak '\(sample.name)' '\(file)'", "r")
    defer { pclose(pipe) }
    var line = [CChar](repeating: 0, count: 64)
    guard let pipe, fgets(&line, Int32(line.count), pipe) != nil else { return nil }
    return atof(line)
  }

  /// Processor time of a command whose output nobody reads; nil when it fails.
  private static func seconds(_ command: String) -> Double? {
    let before = childrenSeconds()
    return system(command + " >/dev/null 2>&1") == 0 ? childrenSeconds() - before : nil
  }

  private static func childrenSeconds() -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_CHILDREN.rawValue), &usage)
    let times = [usage.ru_utime, usage.ru_stime]
    return times.reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) * 1e-6 }
  }

  private static func temporary(_ bytes: [UInt8]) -> String? {
    var path = Array("/tmp/tickerd-bench-XXXXXX".utf8CString)
    let descriptor = mkstemp(&path)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 else { return nil }
      written += count
    }
    return String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
