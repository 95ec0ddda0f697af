import TickerModel

/// The form of dates in HTTP heads, RFC 9110 §5.6.7.
enum HTTPDate {
  private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  /// Of so many seconds since 1970, a Thursday.
  static func text(seconds: Int64) -> String {
    let date = Timestamp(seconds: seconds).calendar
    let two = [date.day, date.hour, date.minute, date.second].map { $0 < 10 ? "0\($0)" : "\($0)" }
    return "\(days[Int(seconds / 86_400 % 7)]), \(two[0]) \(months[date.month - 1]) \(date.year) "
      + "\(two[1]):\(two[2]):\(two[3]) GMT"
  }
}
