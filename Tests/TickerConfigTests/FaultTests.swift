import Testing
import TickerModel

@testable import TickerConfig

/// A faulty configuration beside what is said of it.
struct FaultCase: Sendable, CustomTestStringConvertible {
  let name: String
  let toml: String
  /// `line:column: fault: message`
  let expected: [String]

  init(_ name: String, _ toml: String, _ expected: String...) {
    self.name = name
    self.toml = toml
    self.expected = expected
  }

  var testDescription: String { name }
}

/// A source that is sound, for cases about something else.
private let sound = """
  [[source]]
  name = "a"
  url = "https://a.example/"

  """

@Suite struct FaultTests {
  @Test(arguments: unknownKeys + wrongTypes + wrongValues)
  func everyFaultHasItsPlace(faulty: FaultCase) {
    check(faulty)
  }

  @Test(arguments: sourceRules + itemRules + retention + access + secretsAndAddresses + sinks + syntax)
  func rulesAcrossKeys(faulty: FaultCase) {
    check(faulty)
  }

  private func check(_ faulty: FaultCase) {
    let loaded = load(text: faulty.toml)
    #expect(loaded.lines == faulty.expected.map { "tickerd.toml:" + $0 })
    let isUsable = !faulty.expected.contains { $0.contains(" fault: ") }
    #expect((loaded.configuration != nil) == isUsable)
    // What stands for a password in these cases, and its base64.
    #expect(!loaded.faults.contains { [$0.message, $0.excerpt ?? ""].contains { $0.contains("hunter2") } })
    #expect(!loaded.faults.contains { [$0.message, $0.excerpt ?? ""].contains { $0.contains("aHVudGVyMg") } })
  }
}

extension FaultTests {
  static let unknownKeys = [
    FaultCase(
      "a slip of the pen", sound + "intervall = \"15s\"",
      "4:1: fault: unknown key \"intervall\" in [[source]], did you mean \"interval\"?"),
    FaultCase(
      "swapped letters", sound + "intreval = \"15s\"",
      "4:1: fault: unknown key \"intreval\" in [[source]], did you mean \"interval\"?"),
    FaultCase(
      "two in one run", sound + "lvel = \"flash\"\n[[stdout]]\nfromat = \"json\"",
      "4:1: fault: unknown key \"lvel\" in [[source]], did you mean \"level\"?",
      "6:1: fault: unknown key \"fromat\" in [[stdout]], did you mean \"format\"?"),
    FaultCase(
      "a key of another table", "[daemon]\ntimeout = \"15s\"\n" + sound,
      "2:1: fault: unknown key \"timeout\" in [daemon]; it belongs in [defaults] or [[source]] or [[webhook]]"),
    FaultCase(
      "include too late", sound + "include = [\"a\"]",
      "4:1: fault: unknown key \"include\" in [[source]]; it stands at the top of the main file, before any [table]"),
    FaultCase(
      "a table in a table", "[defaults.daemon]\n" + sound,
      "1:11: fault: unknown key \"daemon\" in [defaults]; [daemon] is a table of the main file's own"),
    FaultCase(
      "a key of no table", sound + "verbosity = 3",
      "4:1: fault: unknown key \"verbosity\" in [[source]]; there are \(Keys.source.joined(separator: ", "))"),
    FaultCase(
      "a later table", sound + "[[exec]]\nmatch = {}",
      "4:3: fault: unknown key \"exec\" in the main file; there are include, daemon, defaults, source, rule, stdout, webhook"
    ),
    FaultCase(
      "a wrong table", "[[sources]]\nname = \"a\"",
      "1:3: fault: unknown key \"sources\" in the main file, did you mean \"source\"?"),
    FaultCase(
      "in an inline table", sound + "expect = { min_item = 1 }",
      "4:12: fault: unknown key \"min_item\" in expect, did you mean \"min_items\"?"),
    FaultCase(
      "in a filter", sound + "[[stdout]]\nfilter = { tags = [\"x\"] }",
      "5:12: fault: unknown key \"tags\" in filter, did you mean \"tag\"?"),
    FaultCase(
      "an escape sequence", sound + "\"\\u001b[31m\" = 1",
      "4:1: fault: unknown key \"\\u{1B}[31m\" in [[source]]; there are \(Keys.source.joined(separator: ", "))"
    ),
    FaultCase(
      "very long", sound + String(repeating: "a", count: 70) + " = 1",
      "4:1: fault: unknown key \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…\" in [[source]]; there are \(Keys.source.joined(separator: ", "))"
    ),
  ]

  static let wrongTypes = [
    FaultCase(
      "an integer for a duration", sound + "interval = 15",
      "4:12: fault: interval: expected \"adaptive\" or a duration such as \"250ms\", \"15s\", \"5m\", \"2h\" or \"30d\", found the integer 15"
    ),
    FaultCase(
      "a bare number for a duration", sound + "interval = \"15\"",
      "4:12: fault: interval: expected \"adaptive\" or a duration such as \"250ms\", \"15s\", \"5m\", \"2h\" or \"30d\", found the string \"15\""
    ),
    FaultCase(
      "a string for a flag", sound + "enabled = \"yes\"",
      "4:11: fault: enabled: expected true or false, found the string \"yes\""),
    FaultCase(
      "a string for an integer", "[daemon]\nmax_transfers = \"256\"\n" + sound,
      "2:17: fault: max_transfers: expected an integer, found the string \"256\""),
    FaultCase(
      "a float for an integer", "[daemon]\nmax_transfers = 2.5\n" + sound,
      "2:17: fault: max_transfers: expected an integer, found the number 2.5"),
    FaultCase(
      "a string for an array", sound + "tags = \"breaking\"",
      "4:8: fault: tags: expected an array of strings, found the string \"breaking\""),
    FaultCase(
      "an integer in an array", sound + "tags = [\"x\", 7]",
      "4:14: fault: tags: expected a string in quotes, found the integer 7"),
    FaultCase(
      "a date for a string", sound + "select = 2026-01-02",
      "4:10: fault: select: expected a string in quotes, found the date 2026-01-02"),
    FaultCase(
      "a flag for a string", sound + "level = true",
      "4:9: fault: level: expected a string in quotes, found true"),
    FaultCase(
      "an array for a table", sound + "expect = [1]",
      "4:10: fault: expect: expected a table { … }, found an array"),
    FaultCase(
      "one bracket for two", "[source]\nname = \"a\"",
      "1:1: fault: source: expected tables that begin with [[source]], found a table"),
    FaultCase(
      "two brackets for one", "[[daemon]]\n" + sound,
      "1:1: fault: daemon: expected a table [daemon], found an array"),
    FaultCase(
      "strings for tables", "source = [\"a\"]",
      "1:11: fault: source: expected tables that begin with [[source]], found the string \"a\""),
    FaultCase(
      "an integer for a mode", "[daemon]\nsocket_mode = 0o660\n" + sound,
      "2:15: fault: socket_mode: expected an octal file mode in quotes, \"0000\" to \"0777\", such as \"0660\", found the integer 432"
    ),
    FaultCase(
      "an integer for a url", "[[source]]\nname = \"a\"\nurl = 1",
      "3:7: fault: url: expected a URL in quotes, or where it stands as a secret: { credential = \"NAME\" }, { file = \"/path\" } or { env = \"NAME\" }, found the integer 1"
    ),
    FaultCase(
      "a size without unit", sound + "max_body = \"8M\"",
      "4:12: fault: max_body: expected a size such as \"64KiB\" or \"16MiB\", found the string \"8M\""),
    FaultCase(
      "a string for include", "include = \"*.toml\"\n" + sound,
      "1:11: fault: include: expected an array of strings, found the string \"*.toml\""),
  ]

  static let wrongValues = [
    FaultCase(
      "a kind that is none", sound + "kind = \"xml\"",
      "4:8: fault: kind: \"xml\" is none of \"auto\", \"html\", \"text\", \"rss\", \"atom\", \"jsonfeed\", \"json\""),
    FaultCase(
      "a slip in a kind", sound + "kind = \"hmtl\"",
      "4:8: fault: kind: \"hmtl\" is none of \"auto\", \"html\", \"text\", \"rss\", \"atom\", \"jsonfeed\", \"json\", did you mean \"html\"?"
    ),
    FaultCase(
      "a slip in adaptive", sound + "interval = \"adaptve\"",
      "4:12: fault: interval: expected \"adaptive\" or a duration such as \"250ms\", \"15s\", \"5m\", \"2h\" or \"30d\", found the string \"adaptve\""
    ),
    FaultCase(
      "bounds that cross", sound + "max_interval = \"5s\"\nmin_interval = \"1m\"",
      "5:1: fault: min_interval: 1m is more than max_interval, 5s"),
    FaultCase(
      "a group with a space", sound + "host_group = \"big site\"",
      "4:14: fault: host_group: \"big site\" must be 1 to 64 of a-z 0-9 . _ - and begin with a-z or 0-9"),
    FaultCase(
      "a word for a silence", sound + "quiet_after = \"always\"",
      "4:15: fault: quiet_after: expected \"auto\", \"never\" or a duration such as \"250ms\", \"15s\", \"5m\", \"2h\" or \"30d\", found the string \"always\""
    ),
    FaultCase(
      "a short silence", sound + "quiet_after = \"10ms\"",
      "4:15: fault: quiet_after: \"10ms\" is outside 1s to 3650d: a shorter silence is between any two polls; write \"never\" for none"
    ),
    FaultCase(
      "a budget without a unit", "[daemon]\nrequest_budget = \"600\"\n" + sound,
      "2:18: fault: request_budget: \"600\" is no number of requests such as \"600/min\", \"10/s\" or \"5000/h\"; \"\" is none"
    ),
    FaultCase(
      "no transfers for a host", "[daemon]\nper_host = 0\n" + sound,
      "2:12: fault: per_host: 0 is outside 1 to 256: more at once is an attack on the host"),
    FaultCase(
      "too fast", sound + "interval = \"50ms\"",
      "4:12: fault: interval: \"50ms\" is outside 100ms to 30d: more than ten polls a second is an attack, and what is polled less than monthly is no news"
    ),
    FaultCase(
      "too slow", sound + "interval = \"31d\"",
      "4:12: fault: interval: \"31d\" is outside 100ms to 30d: more than ten polls a second is an attack, and what is polled less than monthly is no news"
    ),
    FaultCase(
      "a long timeout", sound + "timeout = \"11m\"",
      "4:11: fault: timeout: \"11m\" is outside 100ms to 10m: a shorter one fails on any network, a longer one blocks a transfer"
    ),
    FaultCase(
      "a small body", sound + "max_body = \"100B\"",
      "4:12: fault: max_body: \"100B\" is outside 1KiB to 256MiB: a document is held in memory whole"),
    FaultCase(
      "a large body", sound + "max_body = \"1GiB\"",
      "4:12: fault: max_body: \"1GiB\" is outside 1KiB to 256MiB: a document is held in memory whole"),
    FaultCase(
      "a level", sound + "level = \"urgnt\"",
      "4:9: fault: level: \"urgnt\" is none of \"routine\", \"urgent\", \"bulletin\", \"flash\", did you mean \"urgent\"?"
    ),
    FaultCase(
      "a log level", "[daemon]\nlog_level = \"warn\"\n" + sound,
      "2:13: fault: log_level: \"warn\" is none of \"debug\", \"info\", \"notice\", \"warning\", \"error\""),
    FaultCase(
      "no transfers", "[daemon]\nmax_transfers = 0\n" + sound,
      "2:17: fault: max_transfers: 0 is outside 1 to 4096: each takes a descriptor and some 30 KB"),
    FaultCase(
      "too many subscribers", "[daemon]\nmax_subscribers = 100001\n" + sound,
      "2:19: fault: max_subscribers: 100001 is outside 1 to 100000: each takes a descriptor"),
    FaultCase(
      "a group that is not there", "[daemon]\nadmin_group = \"no-such-group\"\n" + sound,
      "2:15: fault: admin_group: there is no group \"no-such-group\" on this machine"),
    FaultCase(
      "a mode of no octal digits", "[daemon]\nsocket_mode = \"0688\"\n" + sound,
      "2:15: fault: socket_mode: expected an octal file mode in quotes, \"0000\" to \"0777\", such as \"0660\", found the string \"0688\""
    ),
    FaultCase(
      "a mode for everybody", "[daemon]\nsocket_mode = \"0666\"\n" + sound,
      "2:15: warning: socket_mode: everybody on this machine may connect"),
    FaultCase(
      "a relative state", "[daemon]\nstate = \"tickerd.db\"\n" + sound,
      "2:9: fault: state: \"tickerd.db\" must be an absolute path, or begin with ~/ (and HOME be set)"),
    FaultCase(
      "a folder for a state", "[daemon]\nstate = \"/var/lib/\"\n" + sound,
      "2:9: fault: state: the path of a file, not of a folder"),
    FaultCase(
      "a home that is not known", "[daemon]\nruntime = \"~/run\"\n" + sound,
      "2:11: fault: runtime: \"~/run\" must be an absolute path, or begin with ~/ (and HOME be set)"),
    FaultCase(
      "a long socket path", "[daemon]\nruntime = \"/\(String(repeating: "r", count: 94))\"\n" + sound,
      "2:11: fault: runtime: the path of tickerd.sock in it has 108 bytes, a socket's path at most 107; choose a shorter one"
    ),
    FaultCase(
      "an empty user agent", "[daemon]\nuser_agent = \"\"\n" + sound,
      "2:14: fault: user_agent: 1 to 256 characters of ASCII"),
    FaultCase(
      "a header in a user agent", "[daemon]\nuser_agent = \"a\\r\\nCookie: b\"\n" + sound,
      "2:14: fault: user_agent: control characters are not allowed"),
    FaultCase(
      "a baseline", sound + "baseline = \"last\"",
      "4:12: fault: baseline: \"last\" is none of \"silent\", \"last:N\", \"all\""),
    FaultCase(
      "a baseline of none", sound + "baseline = \"last:0\"",
      "4:12: fault: baseline: \"last:0\" is outside last:1 to last:10000: no feed shows more; write \"all\" or \"silent\""
    ),
    FaultCase(
      "an order", sound + "order = \"newest\"",
      "4:9: fault: order: \"newest\" is none of \"newest-first\", \"oldest-first\""),
    FaultCase(
      "an empty tag", sound + "tags = [\"\"]",
      "4:9: fault: tags: \"\" must have 1 to 64 bytes"),
    FaultCase(
      "a network with host bits", sound + "allow_net = [\"10.1.2.3/8\"]",
      "4:14: fault: allow_net: \"10.1.2.3/8\" is no network such as \"127.0.0.0/8\" or \"fd00::/8\", whose bits after the prefix are zero"
    ),
    FaultCase(
      "expectations that cannot be", sound + "expect = { min_items = 9, max_items = 8 }",
      "4:12: fault: expect: min_items 9 is more than max_items 8"),
    FaultCase(
      "a name in capitals", "[[source]]\nname = \"BBC\"\nurl = \"https://a.example\"",
      "2:8: fault: name: \"BBC\" must be 1 to 64 of a-z 0-9 . _ - and begin with a-z or 0-9"),
    FaultCase(
      "neither name nor url", "[[source]]\n",
      "1:1: fault: [[source]] needs a name",
      "1:1: fault: [[source]] needs a url"),
    FaultCase(
      "a name twice", sound + sound,
      "5:8: fault: name: \"a\" is taken by the [[source]] at tickerd.toml:2:8"),
    FaultCase(
      "no sources", "[daemon]\n",
      " warning: no sources yet: nothing will be polled; add a [[source]] (tickerd probe URL writes one)"),
    FaultCase(
      "none enabled", sound + "enabled = false",
      " warning: every source is disabled: nothing will be polled"),
  ]

  static let sourceRules = [
    FaultCase(
      "html without select", sound + "kind = \"html\"",
      "4:1: fault: kind \"html\" needs select, a CSS selector for the items of the page, or xpath, or start, the line before them"
    ),
    FaultCase(
      "json without items", sound + "kind = \"json\"",
      "4:1: fault: kind \"json\" needs items, where the items of the document are"),
    FaultCase(
      "select and xpath", sound + "xpath = \"//li\"\nselect = \"li\"",
      "4:1: fault: select and xpath exclude each other; keep one"),
    FaultCase(
      "a line and a pattern", sound + "end = \"\"\nend_match = \"x\"",
      "5:1: fault: end and end_match exclude each other; keep one"),
    FaultCase(
      "items and start_match", sound + "items = \"$.x\"\nstart_match = \"x\"",
      "4:1: fault: start_match and items exclude each other; keep one"),
    FaultCase(
      "items in html",
      sound
        + "kind = \"html\"\nselect = \"li\"\n[defaults]\nmap = {}\n[[source]]\nname = \"b\"\nurl = \"https://b.example/\"\nkind = \"text\"\nitems = \"$\"",
      "12:1: fault: items does not go with kind \"text\""),
    FaultCase(
      "fields of nothing", sound + "fields = { title = \"h3\" }",
      "4:1: fault: fields needs select or xpath, whose items have them"),
    FaultCase(
      "a map of nothing", sound + "map = { title = \"$.t\" }",
      "4:1: fault: map needs items, where the items of the document are"),
    FaultCase(
      "a faulty sub-selector", sound + "select = \"li\"\nfields = { title = \"h3!\", txet = \"p\" }",
      "5:20: fault: title: \"h3!\" is no CSS selector: unexpected !",
      "5:27: fault: unknown key \"txet\" in fields, did you mean \"text\"?"),
    FaultCase(
      "a faulty expression", sound + "xpath = \"//li!\"\nfields = { link = \"a!\" }",
      "4:9: fault: xpath: \"//li!\" is no XPath expression: unexpected !",
      "5:19: fault: link: \"a!\" is no XPath expression: unexpected !"),
    FaultCase(
      "a faulty path", sound + "items = \"$.x!\"\nmap = { title = \"/t!\" }",
      "4:9: fault: items: \"$.x!\" is no JSONPath or JSON Pointer: unexpected !",
      "5:17: fault: title: \"/t!\" is no JSONPath or JSON Pointer: unexpected !"),
    FaultCase(
      "faulty patterns", sound + "start_match = \"(\"\nskip = [\"[\"]",
      "4:15: fault: start_match: \"(\" is no regular expression: missing closing parenthesis, at byte 2",
      "5:9: fault: skip: \"[\" is no regular expression: missing terminating ] for character class, at byte 2"),
    FaultCase(
      "select and start", sound + "select = \"li\"\nstart = \"x\"",
      "5:1: fault: select and start exclude each other; keep one"),
    FaultCase(
      "select and start in the defaults", "[defaults]\nselect = \"li\"\nend = \"x\"\n" + sound,
      "3:1: fault: select and end exclude each other; keep one"),
    FaultCase(
      "start in html", sound + "kind = \"html\"\nselect = \"li\"\nstart = \"x\"",
      "6:1: fault: select and start exclude each other; keep one"),
    FaultCase(
      "end in a feed", sound + "kind = \"rss\"\nend = \"\"",
      "5:1: fault: end does not go with kind \"rss\""),
    FaultCase(
      "select in text", sound + "kind = \"text\"\nselect = \"li\"",
      "5:1: fault: select does not go with kind \"text\""),
    FaultCase(
      "a container in a feed", sound + "kind = \"atom\"\nexpect = { container = \"ul\" }",
      "5:12: fault: container does not go with kind \"atom\""),
    FaultCase(
      "a blank start", sound + "start = \" \"",
      "4:9: fault: start: a blank line cannot mark the start; leave the key out to start at the top"),
    FaultCase(
      "a faulty selector", sound + "select = \"li!\"",
      "4:10: fault: select: \"li!\" is no CSS selector: unexpected !"),
    FaultCase(
      "a faulty container", sound + "expect = { container = \"ul!\" }",
      "4:24: fault: container: \"ul!\" is no CSS selector: unexpected !"),
  ]

  static let itemRules = [
    FaultCase(
      "an unknown key of a match", sound + rule + "match = { min_level = \"flash\" }\nset = { level = \"flash\" }",
      "5:11: fault: unknown key \"min_level\" in match; it belongs in filter"),
    FaultCase(
      "an unknown key of a set", sound + rule + "set = { tag = [\"x\"] }",
      "5:1: fault: set is empty; it takes level and tags",
      "5:9: fault: unknown key \"tag\" in set, did you mean \"tags\"?"),
    FaultCase(
      "an unknown key of a rule", sound + rule + "macth = {}\ndrop = true",
      "5:1: fault: unknown key \"macth\" in [[rule]], did you mean \"match\"?"),
    FaultCase(
      "a rule that does nothing", sound + rule + "match = { source = \"a\" }",
      "4:1: fault: [[rule]] does nothing; it needs set or drop = true"),
    FaultCase(
      "a drop that is none", sound + rule + "drop = false",
      "4:1: fault: [[rule]] does nothing; it needs set or drop = true"),
    FaultCase("an empty set", sound + rule + "set = {}", "5:1: fault: set is empty; it takes level and tags"),
    FaultCase(
      "no tags to set", sound + rule + "set = { tags = [] }", "5:1: fault: set is empty; it takes level and tags"),
    FaultCase(
      "set and drop", sound + rule + "match = { tag = \"x\" }\nset = { level = \"flash\" }\ndrop = true",
      "7:1: fault: set and drop exclude each other; a dropped item has no event to show them"),
    FaultCase(
      "all dropped", sound + rule + "drop = true",
      "5:1: fault: drop without match would drop every item of every source; say in match which"),
    FaultCase(
      "all dropped by an empty list", sound + rule + "match = { tag = [] }\ndrop = true",
      "6:1: fault: drop without match would drop every item of every source; say in match which"),
    FaultCase(
      "a faulty match of a drop", sound + rule + "match = { text = '(a' }\ndrop = true",
      "5:18: fault: text: \"(a\" is no regular expression: missing closing parenthesis, at byte 3"),
    FaultCase(
      "a level to match", sound + rule + "match = { level = [\"flsh\"] }\ndrop = true",
      "5:20: fault: level: \"flsh\" is none of \"routine\", \"urgent\", \"bulletin\", \"flash\", did you mean \"flash\"?"
    ),
    FaultCase(
      "a level to set", sound + rule + "set = { level = \"high\" }",
      "5:17: fault: level: \"high\" is none of \"routine\", \"urgent\", \"bulletin\", \"flash\""),
    FaultCase(
      "a source that is not there to match", sound + rule + "match = { source = \"aa\" }\ndrop = true",
      "5:20: warning: source: there is no source \"aa\""),
    FaultCase(
      "a language to match", sound + rule + "match = { language = \"en_GB\" }\ndrop = true",
      "5:22: fault: language: \"en_GB\" is no language tag such as \"en\", \"en-GB\" or \"zh-Hant\" (BCP 47)"),
    FaultCase(
      "nobody to match", sound + rule + "match = { attribution = \"\" }\ndrop = true",
      "5:25: fault: attribution: \"\" must have 1 to 256 bytes"),
    FaultCase(
      "a tag to set", sound + rule + "set = { tags = [\"\"] }", "5:17: fault: tags: \"\" must have 1 to 64 bytes"),
    FaultCase(
      "one bracket for a rule", "[rule]\ndrop = true\n" + sound,
      "1:1: fault: rule: expected tables that begin with [[rule]], found a table"),
    FaultCase(
      "rules without end", sound + String(repeating: "[[rule]]\nset = { level = \"flash\" }\n", count: 1001),
      " fault: 1001 rules, at most 1000 are taken; one match can hold many values"),
  ]

  static let retention = [
    FaultCase(
      "more documents than anybody reads", "[daemon]\nkeep_documents = 1001\n" + sound,
      "2:18: fault: keep_documents: 1001 is outside 0 to 1000: 0 keeps none; more of one source than that nobody looks through"
    ),
    FaultCase(
      "a number of bytes", "[daemon]\nkeep_bytes = 0\n" + sound,
      "2:14: fault: keep_bytes: expected a size such as \"64KiB\" or \"16MiB\", found the integer 0"),
    FaultCase(
      "much to keep", "[daemon]\nkeep_bytes = \"65GiB\"\n" + sound,
      "2:14: fault: keep_bytes: \"65GiB\" is outside 0B to 64GiB: 0 keeps none; a database that large takes hours to copy"
    ),
    FaultCase(
      "a repetition after ages", sound + "repeat_after = \"3651d\"",
      "4:16: fault: repeat_after: \"3651d\" is outside 0s to 3650d: 0s makes every line that comes back on top news, ten years none"
    ),
    FaultCase(
      "nothing kept", sound + "retention = \"0s\"",
      "4:13: fault: retention: \"0s\" is outside 1s to 3650d: what goes sooner was never kept, and ten years are an archive's task"
    ),
    FaultCase(
      "hashes for ever", sound + "keep_hashes = \"never\"",
      "4:15: fault: keep_hashes: expected a duration such as \"250ms\", \"15s\", \"5m\", \"2h\" or \"30d\", found the string \"never\""
    ),
    FaultCase(
      "a label that is no pattern", sound + "label_strip = [\"LIVE\", \"[a\"]",
      "4:24: fault: label_strip: \"[a\" is no regular expression: missing terminating ] for character class, at byte 3"),
    FaultCase(
      "a label without brackets", sound + "label_strip = \"LIVE\"",
      "4:15: fault: label_strip: expected an array of strings, found the string \"LIVE\""),
    FaultCase(
      "labels without end", sound + "label_strip = [\(String(repeating: "\"x\",", count: 17))]",
      "4:15: fault: label_strip: 17 values, at most 16 are taken"),
    FaultCase(
      "a long label", sound + "label_strip = [\"\(String(repeating: "x", count: 257))\"]",
      "4:16: fault: label_strip: \"\(String(repeating: "x", count: 64))…\" is no regular expression: the pattern is longer than 256 bytes, at byte 257"
    ),
  ]

  static let rule = "[[rule]]\n"

  static let access = [
    FaultCase(
      "a login in the file", sound + "headers = { Authorization = \"Bearer hunter2\" }",
      "4:29: fault: headers: Authorization: secrets never stand in the file; "
        + "write { credential = \"NAME\" }, { file = \"/path\" } or { env = \"NAME\" }"),
    FaultCase(
      "what looks like a secret", sound + "headers = { X-Api-Key = \"hunter2\" }",
      "4:25: warning: headers: X-Api-Key looks like a secret; "
        + "write { credential = \"NAME\" }, { file = \"/path\" } or { env = \"NAME\" }"),
    FaultCase(
      "headers of our own", sound + "headers = { Host = \"a\", \"a b\" = \"c\", X = 1, Y = \"\\u0007\" }",
      "4:13: fault: headers: \"Host\" is set by tickerd itself",
      "4:25: fault: headers: \"a b\" is no header's name",
      "4:42: fault: headers: \"X\": expected a string in quotes, or where it stands as a secret: "
        + "{ credential = \"NAME\" }, { file = \"/path\" } or { env = \"NAME\" }",
      "4:49: fault: headers: the value of Y holds a control character"),
    FaultCase(
      "one header twice", sound + "headers = { X = \"1\", x = \"2\" }",
      "4:22: fault: headers: \"x\" is there in another case already"),
    FaultCase(
      "headers of the signature",
      "[[webhook]]\nname = \"a\"\nurl = \"https://a.example/\"\nheaders = { Webhook-Id = \"1\" }",
      " warning: no sources yet: nothing will be polled; add a [[source]] (tickerd probe URL writes one)",
      "4:13: fault: headers: \"Webhook-Id\" is set by tickerd itself"),
    FaultCase(
      "a password in the file", sound + "auth = { basic = \"me:hunter2\" }",
      "4:18: fault: basic: secrets never stand in the file; "
        + "write { credential = \"NAME\" }, { file = \"/path\" } or { env = \"NAME\" }"),
    FaultCase(
      "two logins", sound + "auth = { basic = { env = \"HOME\" }, bearer = { env = \"HOME\" } }",
      "4:8: fault: auth: exactly one of basic, whose secret is user:password, and bearer"),
    FaultCase(
      "an unknown login", sound + "auth = { digest = { env = \"HOME\" } }",
      "4:10: fault: unknown key \"digest\" in auth; there are basic, bearer"),
    FaultCase(
      "a proxy with a path", sound + "proxy = \"http://proxy.example/x\"",
      "4:9: fault: proxy: http://proxy.example/x must be a proxy's scheme, host and port alone"),
    FaultCase(
      "another kind of proxy", sound + "proxy = \"socks4://me:hunter2@proxy.example\"",
      "4:9: fault: proxy: socks4://proxy.example (#\(hashOfProxy)) must begin with http:// or https:// or socks5h://"),
    FaultCase(
      "certificates nowhere", sound + "ca_file = \"/nowhere/ca.pem\"",
      "4:11: warning: ca_file: \"/nowhere/ca.pem\" cannot be read: No such file or directory"),
    FaultCase(
      "an encoding that is none", sound + "encoding = \"utf!\"",
      "4:12: fault: encoding: \"utf!\" is no character encoding: unexpected !"),
    FaultCase(
      "any certificate", sound + "insecure = true",
      "4:1: warning: insecure: whoever is on the way can read and change what this source says"),
  ]

  private static let hashOfProxy = MaskedURL.mark("socks4://me:hunter2@proxy.example").dropFirst()

  static let secretsAndAddresses = [
    FaultCase(
      "another scheme", "[[source]]\nname = \"a\"\nurl = \"ftp://a.example/\"",
      "3:7: fault: url: ftp://a.example/ must begin with https:// or http:// or file://"),
    FaultCase(
      "no scheme", "[[source]]\nname = \"a\"\nurl = \"a.example\"",
      "3:7: fault: url: a.example must begin with https:// or http:// or file://"),
    FaultCase(
      "no host", "[[source]]\nname = \"a\"\nurl = \"https:///x\"",
      "3:7: fault: url: https:///x has no host"),
    FaultCase(
      "a bad port", "[[source]]\nname = \"a\"\nurl = \"https://a.example:99999/\"",
      "3:7: fault: url: https://a.example:99999/ has a port that is none of 1 to 65535 (an IPv6 address stands in brackets)"
    ),
    FaultCase(
      "a bare IPv6 address", "[[source]]\nname = \"a\"\nurl = \"https://2001:db8::1/\"",
      "3:7: fault: url: https://2001:db8::1/ has a port that is none of 1 to 65535 (an IPv6 address stands in brackets)"
    ),
    FaultCase(
      "a line feed in a url", "[[source]]\nname = \"a\"\nurl = \"https://a.example/\\n?key=hunter2\"",
      "3:7: fault: url: https://a.example/\\u{A} (#55e41b65) holds a space, control character, quote or backslash; such are written %20, %22, %5C"
    ),
    FaultCase(
      "a password is not repeated", "[[source]]\nname = \"a\"\nurl = \"ftp://u:hunter2@a.example/?k=s\"",
      "3:7: fault: url: ftp://a.example/ (#d248571d) must begin with https:// or http:// or file://"),
    FaultCase(
      "a password out of place", "[[source]]\nname = \"a\"\nurl = \"u:hunter2@a.example\"",
      "3:7: fault: url: it must begin with https:// or http:// or file://"),
    FaultCase(
      "a relative file", "[[source]]\nname = \"a\"\nurl = \"file:page.txt\"",
      "3:7: fault: url: file:page.txt must name an absolute path: file:///path"),
    FaultCase(
      "a private address", "[[source]]\nname = \"a\"\nurl = \"http://10.1.2.3:8080/\"",
      "3:7: warning: url: 10.1.2.3 is refused at connection (private); to allow it: allow_net = [\"10.1.2.3/32\"]"),
    FaultCase(
      "this machine", "[[source]]\nname = \"a\"\nurl = \"http://localhost/\"",
      "3:7: warning: url: 127.0.0.1 is refused at connection (loopback); to allow it: allow_net = [\"127.0.0.1/32\"]"),
    FaultCase(
      "an allowed address", "[[source]]\nname = \"a\"\nurl = \"http://[::1]:8080/\"\nallow_net = [\"::1/128\"]"),
    FaultCase(
      "a secret in the file", sound + webhook + "secret = \"whsec_aHVudGVyMg==\"",
      "7:10: fault: secret: secrets never stand in the file; write { credential = \"NAME\" }, { file = \"/path\" } or { env = \"NAME\" }"
    ),
    FaultCase(
      "secrets in the file", sound + webhook + "secrets = [\"whsec_aHVudGVyMg==\"]",
      "7:12: fault: secrets: secrets never stand in the file; write { credential = \"NAME\" }, { file = \"/path\" } or { env = \"NAME\" }"
    ),
    FaultCase(
      "secrets as a string", sound + webhook + "secrets = \"whsec_aHVudGVyMg==\"",
      "7:11: fault: secrets: secrets never stand in the file; write [ { credential = \"NAME\" }, { file = \"/path\" } or { env = \"NAME\" }, … ]"
    ),
    FaultCase(
      "a secret for a name", sound + webhook + "secret = { env = \"whsec_aHVudGVyMg==\" }",
      "7:18: fault: secret: this looks like the secret itself; write where it stands"),
    FaultCase(
      "two places of a secret", sound + webhook + "secret = { env = \"A\", file = \"/b\" }",
      "7:10: fault: secret: exactly one of { credential = \"NAME\" }, { file = \"/path\" } or { env = \"NAME\" }"),
    FaultCase(
      "no place of a secret", sound + webhook + "secret = {}",
      "7:10: fault: secret: exactly one of { credential = \"NAME\" }, { file = \"/path\" } or { env = \"NAME\" }"),
    FaultCase(
      "an unknown place", sound + webhook + "secret = { vault = \"hunter2\" }",
      "7:12: fault: unknown key \"vault\" in secret; there are credential, file, env"),
    FaultCase(
      "a credential with a path", sound + webhook + "secret = { credential = \"../x\" }",
      "7:25: fault: credential: \"../x\" is no file name"),
    FaultCase(
      "a relative secret file", sound + webhook + "secret = { file = \"x\" }",
      "7:19: fault: file: \"x\" must be an absolute path"),
    FaultCase(
      "a missing variable", sound + webhook + "secret = { env = \"DESK\" }",
      "7:18: warning: secret: variable DESK is not set"),
    FaultCase(
      "no credentials here", sound + webhook + "secret = { credential = \"desk\" }",
      "7:25: warning: secret: credential desk cannot be seen outside the service (CREDENTIALS_DIRECTORY is not set)"),
    FaultCase(
      "a missing secret file", sound + webhook + "secret = { file = \"/nonexistent/desk\" }",
      "7:19: warning: secret: file /nonexistent/desk is not there; make it, with mode 0600"),
    FaultCase(
      "a secret url that is missing", "[[source]]\nname = \"a\"\nurl = { env = \"FEED\" }",
      "3:15: warning: url: variable FEED is not set"),
  ]

  static let sinks = [
    FaultCase(
      "a webhook to a file", sound + "[[webhook]]\nname = \"w\"\nurl = \"file:///tmp/x\"",
      "6:7: fault: url: file:///tmp/x must begin with https:// or http://"),
    FaultCase(
      "secret and secrets", sound + webhook + "secret = { env = \"A\" }\nsecrets = [{ env = \"B\" }]",
      "7:1: fault: secret and secrets exclude each other; keep one",
      "7:18: warning: secret: variable A is not set"),
    FaultCase(
      "too many waits", sound + webhook + "retry = [\(String(repeating: "\"1s\",", count: 33))]",
      "7:9: fault: retry: 33 values, at most 32 are taken"),
    FaultCase(
      "a wait that is none", sound + webhook + "retry = [\"5s\", \"soon\"]",
      "7:16: fault: retry: expected a duration such as \"250ms\", \"15s\", \"5m\", \"2h\" or \"30d\", found the string \"soon\""
    ),
    FaultCase(
      "a short timeout", sound + webhook + "timeout = \"500ms\"",
      "7:11: fault: timeout: \"500ms\" is outside 1s to 10m: a shorter one fails on any network, a longer one blocks a transfer"
    ),
    FaultCase(
      "much at once", sound + webhook + "concurrency = 65",
      "7:15: fault: concurrency: 65 is outside 1 to 64: more at once is an attack on the receiver"),
    FaultCase(
      "a format nobody knows", sound + webhook + "format = \"slak\"",
      "7:10: fault: format: \"slak\" is none of \"standard\", \"cloudevents\", \"slack\", \"discord\", \"teams\", "
        + "\"telegram\", \"ntfy\", \"template\", did you mean \"slack\"?"),
    FaultCase(
      "a chat without its number", sound + webhook + "format = \"telegram\"",
      "7:1: fault: format = \"telegram\" needs chat_id"),
    FaultCase(
      "a topic for nobody", sound + webhook + "topic = \"news\"", "7:1: fault: topic belongs to format = \"ntfy\""),
    FaultCase(
      "a topic with a slash", sound + webhook + "format = \"ntfy\"\ntopic = \"a/b\"",
      "8:9: fault: topic: \"a/b\" must be 1 to 64 of A-Z a-z 0-9 _ -"),
    FaultCase(
      "a chat by its title", sound + webhook + "format = \"telegram\"\nchat_id = \"The Desk\"",
      "8:11: fault: chat_id: \"The Desk\" is neither a chat's number nor @name of a public channel"),
    FaultCase(
      "a section without end", sound + webhook + "format = \"template\"\ntemplate = 'ab {{#link}} x'",
      "8:12: fault: template: the section {{#link}} is not ended (line 1, column 4 of the template)"),
    FaultCase(
      "a partial", sound + webhook + "format = \"template\"\ntemplate = '{{> x}}'",
      "8:12: fault: template: {{>…}} is not known here (no partials, no delimiters) (line 1, column 1 of the template)"),
    FaultCase(
      "a recovery nobody knows", sound + webhook + "on_recover = \"latest\"",
      "7:14: fault: on_recover: \"latest\" is none of \"all\", \"digest\" and \"latest:N\" with N from 1 to 10000"),
    FaultCase(
      "a batch of one", sound + webhook + "batch = { max_items = 1 }",
      "7:23: fault: max_items: 1 is outside 2 to 100: one is no batch, and a request has at most 64 KiB"),
    FaultCase(
      "a circuit of nothing", sound + webhook + "circuit = { failures = 0, ower = \"1s\" }",
      "7:24: fault: failures: 0 is outside 1 to 1000: one failure is the least that can be seen",
      "7:27: fault: unknown key \"ower\" in circuit, did you mean \"over\"?"),
    FaultCase(
      "a faulty pattern", sound + webhook + "filter = { text = '(a' }",
      "7:19: fault: text: \"(a\" is no regular expression: missing closing parenthesis, at byte 3"),
    FaultCase(
      "nobody in a filter", sound + webhook + "filter = { attribution = [\"\"] }",
      "7:27: fault: attribution: \"\" must have 1 to 256 bytes"),
    FaultCase(
      "a type", sound + webhook + "filter = { type = \"Item.new\" }",
      "7:19: fault: type: \"Item.new\" is no event type such as \"item.new\" or \"item.*\", did you mean \"item.new\"?"),
    FaultCase(
      "a source that is not there", sound + webhook + "filter = { source = [\"b\"] }",
      "7:22: warning: source: there is no source \"b\""),
    FaultCase(
      "a level in a filter", sound + webhook + "filter = { min_level = \"Flash\" }",
      "7:24: fault: min_level: \"Flash\" is none of \"routine\", \"urgent\", \"bulletin\", \"flash\", did you mean \"flash\"?"
    ),
  ]

  static let syntax = [
    FaultCase(
      "an open bracket", "[daemon\nstate = \"/x\"",
      "1:8: fault: syntax: parsing table header: expected ']', saw '\\n'"),
    FaultCase(
      "an open quote", sound + "select = \"li",
      "4:13: fault: syntax: parsing string: encountered end-of-file"),
    FaultCase(
      "no quotes", sound + "select = li",
      "4:10: fault: syntax: parsing value: could not determine value type; text stands in quotes"),
    FaultCase(
      "a key twice", sound + "name = \"b\"",
      "4:8: fault: syntax: parsing key-value pair: cannot redefine existing string 'name'"),
    FaultCase(
      "a table twice", "[daemon]\n[defaults]\n[daemon]\n" + sound,
      "3:1: fault: syntax: parsing table header: cannot redefine existing table 'daemon'"),
    FaultCase(
      "an open array before a table", sound + "tags = [\"x\"\n[[stdout]]\nformt = 1",
      "5:1: fault: syntax: parsing array: expected comma or closing ']', saw '['; a bracket or quote above is not closed",
      "6:1: fault: unknown key \"formt\" in [[stdout]], did you mean \"format\"?"),
    FaultCase(
      "the rest is read all the same", "[daemon]\nstate = x\n" + sound + "lvel = 1\n[[stdout]]\nformat = y",
      "2:9: fault: syntax: parsing value: could not determine value type; text stands in quotes",
      "6:1: fault: unknown key \"lvel\" in [[source]], did you mean \"level\"?",
      "8:10: fault: syntax: parsing value: could not determine value type; text stands in quotes"),
    FaultCase(
      "a secret is not repeated", sound + webhook + "secret = true_hunter2",
      "7:14: fault: syntax: parsing boolean: expected value-terminator"),
    FaultCase(
      "a header is not repeated", sound + "headers = { Authorization = \"Bearer hunter2 }",
      "4:46: fault: syntax: parsing string: encountered end-of-file"),
    FaultCase(
      "deep nesting", "x = " + String(repeating: "[", count: 300),
      "1:261: fault: syntax: parsing value: exceeded maximum nested value depth of 256 (TOML_MAX_NESTED_VALUES)"),
    FaultCase(
      "a deep value", "x" + String(repeating: ".x", count: 40) + " = 1",
      "1:33: fault: syntax: values are nested deeper than 16 levels"),
    FaultCase(
      "a deeper value", "x" + String(repeating: ".x", count: 200) + " = 1",
      "1:1: fault: syntax: a line with more than 128 dots"),
    FaultCase(
      "no text at all", "\u{0}\u{1}\u{2}",
      "1:1: fault: syntax: parsing root table: expected keys, tables, whitespace or comments, saw '\\u0000'"),
  ]

  static let webhook = "[[webhook]]\nname = \"w\"\nurl = \"https://w.example/\"\n"
}

@Suite struct LanguageTests {
  @Test(arguments: [
    ("en", true), ("en-GB", true), ("zh-Hant-TW", true), ("es-419", true), ("sr-Latn-RS-x-desk", true), ("EN", true),
    ("", false), ("e", false), ("en-", false), ("-en", false), ("en--GB", false), ("en_GB", false), ("12", false),
    ("english language", false), ("en-123456789", false), ("é", false),
    ("de-DE-1996-a-b-c-d-e-f-g-h-i-j-k-l-m-n", false),
  ])
  func languageTagsByTheirForm(text: String, isSound: Bool) {
    let loaded = load(text: sound + "language = \"\(text)\"")
    #expect((loaded.configuration?.sources.first?.language == text) == isSound)
    #expect(loaded.faults.isEmpty == isSound)
  }
}
