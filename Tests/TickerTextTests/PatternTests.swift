import Testing
import TickerText

@Test func matches() throws {
  let pattern = try Pattern(#"(?i)\bearthquake\b"#)
  #expect(pattern.matches("An Earthquake strikes"))
  #expect(!pattern.matches("Earthquakes strike"))
  #expect(try Pattern(#"^\p{Arabic}+$"#).matches("عاجل"))
}

@Test func aFaultNamesItsPlace() {
  let fault = #expect(throws: Pattern.Fault.self) { try Pattern("(ab") }
  #expect(fault?.message == "missing closing parenthesis")
  #expect(fault?.offset == 3)
}

@Test func backtrackingEnds() throws {
  let pattern = try Pattern("(a+)+$")
  #expect(!pattern.matches(String(repeating: "a", count: 60) + "!"))
}
