@testable import TickerConfig
import TickerModel

/// What is wrong in sources and rules.
extension FaultTests {
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
}
