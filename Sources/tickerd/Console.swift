import Glibc
import TickerText

/// Where commands write: results on standard output, sentences for a person on standard error.
enum Console {
  /// Writes one line; a closed pipe ends the command with 0, as a reader that has seen enough expects.
  static func print(_ line: String) { write(Array((line + "\n").utf8)) }

  /// Writes bytes as they are; a closed pipe ends the command with 0.
  static func write(_ bytes: [UInt8]) {
    if !isWritten(bytes) { exit(0) }
  }

  /// Writes bytes as they are; false when nobody reads any more. A full disk ends the command with 1.
  static func isWritten(_ bytes: [UInt8]) -> Bool {
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
      if count >= 0 {
        written += count
      } else if errno == EPIPE {
        return false
      } else if errno != EINTR {
        say("standard output cannot be written: \(String(cString: strerror(errno)))")
        exit(1)
      }
    }
    return true
  }

  /// A line that a person should look at: in bold on a terminal, unless `NO_COLOR` is set (https://no-color.org).
  static func marked(_ line: String) -> String {
    let isPlain = isatty(STDOUT_FILENO) == 0 || getenv("NO_COLOR").map { $0[0] != 0 } ?? false
    let isDumb = getenv("TERM").map { String(cString: $0) == "dumb" } ?? true
    return isPlain || isDumb ? line : "\u{1B}[1m" + line + "\u{1B}[0m"
  }

  /// A sentence on standard error; outside text in it is made visible.
  static func say(_ sentence: String) {
    let bytes = Array(("tickerd: " + VisibleText.escaped(sentence) + "\n").utf8)
    _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
  }

  /// A line on standard error as it is, for faults that carry their own place.
  static func report(_ line: String) {
    let bytes = Array((VisibleText.escaped(line) + "\n").utf8)
    _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
  }
}
