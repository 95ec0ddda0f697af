/// Source tables that only polls by hand disturb, for tests that go step by step.
enum Sources {
  /// A text page; its first look announces everything. That comes by itself within ten seconds of the start or when it
  /// is asked for; every other one only when it is asked for.
  static func text(_ name: String, on origin: Origin, _ path: String, _ more: String = "") -> String {
    """
    [[source]]
    name = "\(name)"
    kind = "text"
    baseline = "all"
    interval = "1h"
    \(origin.place(path))
    \(more)

    """
  }

  static func lines(_ lines: String...) -> String { lines.joined(separator: "\n") + "\n" }
}
