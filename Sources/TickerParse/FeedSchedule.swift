import TickerModel
import TickerText

/// The elements of a feed, outside its items, that say when to come again. A value; bounded.
struct FeedSchedule {
  /// Bytes of the longest value that means anything, and white space around it.
  private static let longest = 64

  private var open: (name: String, text: [UInt8])?
  private var period: String?
  private var frequency: String?
  private var taken = FeedHints()

  /// What was said so far.
  var hints: FeedHints {
    var hints = taken
    hints.take(updatePeriod: period, frequency: frequency)
    return hints
  }

  /// An element of that name begins.
  mutating func open(_ name: String) { open = (name, []) }

  mutating func append(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) {
    guard let count = open?.text.count, count < Self.longest else { return }
    open?.text += bytes.prefix(Self.longest - count)
  }

  /// An element ends. None of those read here holds others, so it is the open one.
  mutating func close() {
    guard let done = open else { return }
    open = nil
    let text = Normalise.foldWhitespace(String(decoding: done.text, as: UTF8.self))
    switch done.name {
    case "ttl": taken.take(ttl: text)
    case "hour": taken.take(skippedHour: text)
    case "day": taken.take(skippedDay: text)
    case "sy:updateperiod": period = text
    default: frequency = text
    }
  }
}
