import ArgumentParser
import TickerModel
import TickerText

/// The filter keys of SPEC §3.4 as options, each repeatable.
struct FilterOptions: ParsableArguments {
  @Option(help: "Only events of this source.") var source: [String] = []
  @Option(help: "No events of this source.") var notSource: [String] = []
  @Option(help: "Only items with this tag.") var tag: [String] = []
  @Option(help: "Only events of this type; * stands for anything, as in 'source.*'.") var type: [String] = []
  @Option(help: "Only items of this level or above: flash, bulletin, urgent, routine.") var minLevel: [Level] = []
  @Option(help: "Only items that name this speaker or outlet, whole, in any case: 'Reuters'.")
  var attribution: [String] = []
  @Option(help: "Only items whose title or text matches this regular expression (PCRE).") var text: [String] = []

  mutating func validate() throws {
    for pattern in text {
      do throws(Pattern.Fault) { _ = try Pattern(pattern) } catch {
        throw ValidationError("--text '\(pattern)': \(error.message) at byte \(error.offset + 1)")
      }
    }
  }

  /// With the announcements where no type is given.
  var filter: Filter {
    Filter(
      sources: source, notSources: notSource, tags: tag, types: type, minLevel: minLevel.min(),
      texts: text.compactMap { try? Pattern($0) }, attributions: attribution
    ).announcing
  }
}
