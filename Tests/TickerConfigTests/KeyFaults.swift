@testable import TickerConfig
import TickerModel

/// Keys that nobody knows, values of a wrong type or out of bounds, and what is no TOML.
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
}
