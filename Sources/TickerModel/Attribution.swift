import TickerText

/// Whom a line names as speaking, in the form of the tickers: `Araghchi: Talks mean …`, `Reuters, citing a senior
/// official: …`. Pure value.
///
/// A desk filters by whose word it is. Where an outlet cites somebody, it is the outlet that answers for the words, as
/// in the wire desks' "Reuters says, citing …": the outlet is the attribution, and whom it cites stands beside it.
public struct Attribution: Sendable, Equatable {
  /// Who says it, as the line writes it: the speaker with the titles, or the outlet that cites somebody.
  public let name: String
  /// The outlet through which the words came, where the line names one: the one that cites (then also ``name``), or
  /// after "via".
  public let via: String?
  /// Whom the outlet cites.
  public let cited: String?

  public init(name: String, via: String? = nil, cited: String? = nil) {
    self.name = name
    self.via = via
    self.cited = cited
  }

  /// What stands before the first colon of `line`, labels such as "BREAKING:" passed over; nil where that is no name.
  /// Careful rather than complete: a missed speaker is a line without attribution, a wrong one a false statement.
  public init?(line: String) {
    guard let speaker = SpeakerText.find(in: line) else { return nil }
    if let (outlet, cited) = speaker.split(at: Connectives.citing) {
      guard outlet.isName, cited.isName(described: true) else { return nil }
      self.init(name: outlet.text, via: outlet.text, cited: cited.text)
    } else if let (name, outlet) = speaker.split(at: Connectives.through) {
      guard name.isName, outlet.isName else { return nil }
      self.init(name: name.text, via: outlet.text)
    } else {
      guard speaker.isName else { return nil }
      self.init(name: speaker.text)
    }
  }

  /// Whether this is the whole name of who says it, letters compared without regard to case.
  public func isNamed(_ name: String) -> Bool { Self.isSame(name, self.name) }

  /// Whether both are the same name, compared as headlines are: case, white space and kinds of quotes make no difference.
  static func isSame(_ one: String, _ other: String) -> Bool {
    one == other || Normalise.comparable(one) == Normalise.comparable(other)
  }
}
