/// Durations and sizes as people write them in the configuration. Pure.
public enum Quantity {
  /// `"250ms" "15s" "5m" "2h" "30d"`, also joined (`"1m30s"`); nil for anything else. Never negative.
  public static func duration(_ text: String) -> Duration? {
    var total = Duration.zero
    var rest = Substring(text)
    while !rest.isEmpty {
      guard let (number, unit, after) = part(of: rest) else { return nil }
      switch unit {
      case "ms": total += .milliseconds(number)
      case "s": total += .seconds(number)
      case "m": total += .seconds(number * 60)
      case "h": total += .seconds(number * 3600)
      case "d": total += .seconds(number * 86_400)
      default: return nil
      }
      rest = after
    }
    return text.isEmpty ? nil : total
  }

  /// `"512B" "64KiB" "16MiB" "1GiB"`; nil for anything else.
  public static func bytes(_ text: String) -> Int? {
    guard let (number, unit, rest) = part(of: Substring(text)), rest.isEmpty else { return nil }
    switch unit {
    case "B": return number
    case "KiB": return number << 10
    case "MiB": return number << 20
    case "GiB": return number << 30
    default: return nil
    }
  }

  /// The shortest exact form of a duration: `1m`, `250ms`, `36h`.
  public static func text(_ duration: Duration) -> String {
    let milliseconds = duration.inMilliseconds
    for (unit, length) in [("d", Int64(86_400_000)), ("h", 3_600_000), ("m", 60_000), ("s", 1000)]
    where milliseconds >= length && milliseconds % length == 0 {
      return "\(milliseconds / length)\(unit)"
    }
    return milliseconds == 0 ? "0s" : "\(milliseconds)ms"
  }

  /// The shortest exact form of a size: `8MiB`, `64KiB`, `100B`.
  public static func text(bytes: Int) -> String {
    for (unit, shift) in [("GiB", 30), ("MiB", 20), ("KiB", 10)] where bytes >= 1 << shift && bytes % (1 << shift) == 0
    {
      return "\(bytes >> shift)\(unit)"
    }
    return "\(bytes)B"
  }

  /// A number of at most nine digits, which no unit can overflow, and the letters after it.
  private static func part(of text: Substring) -> (number: Int, unit: Substring, rest: Substring)? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let unit = text.dropFirst(digits.count).prefix { $0.isASCII && $0.isLetter }
    guard digits.count <= 9, let number = Int(digits), !unit.isEmpty else { return nil }
    return (number, unit, text.dropFirst(digits.count + unit.count))
  }
}
