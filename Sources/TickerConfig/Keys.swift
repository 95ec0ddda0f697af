import TickerModel

/// Every key that exists, by the table it stands in, in the order of the manual.
enum Keys {
  static let repeatedTables = ["source", "rule", "stdout", "webhook"]
  static let mainFile = ["include", "daemon", "defaults"] + repeatedTables
  static let daemon = [
    "state", "runtime", "socket_mode", "user_agent", "log_level", "max_transfers", "max_subscribers",
    "keep_documents", "keep_bytes", "admin_group", "per_host", "request_budget",
  ]
  static let defaults = [
    "enabled", "select", "xpath", "fields", "start", "start_match", "end", "end_match", "items", "map", "skip", "order",
    "tags", "level", "interval", "min_interval", "max_interval", "host_group", "quiet_after", "timeout", "max_body",
    "baseline", "dedupe", "repeat_after", "retention", "keep_hashes", "label_strip", "language", "expect", "allow_net",
    "headers", "auth", "proxy", "ca_file", "insecure", "encoding",
  ]
  static let source = ["name", "url", "kind"] + defaults
  static let fields = ItemFields.Name.allCases.map(\.rawValue)
  static let map = ItemMap.Name.allCases.map(\.rawValue)
  static let expect = ["min_items", "max_items", "container"]
  static let rule = ["match", "set", "drop"]
  static let match = ["source", "not_source", "tag", "level", "text", "attribution", "language"]
  static let set = ["level", "tags"]
  static let standardOutput = ["format", "filter"]
  static let webhook = [
    "name", "url", "format", "enabled", "secret", "secrets", "filter", "allow_net", "retry", "timeout", "concurrency",
    "ordered", "expires_after", "on_recover", "batch", "circuit", "chat_id", "topic", "template",
    "headers", "proxy",
  ]
  static let batch = ["max_items", "max_wait"]
  static let circuit = ["failures", "over", "probe"]
  static let filter = ["source", "not_source", "tag", "type", "min_level", "text", "attribution"]
  static let auth = ["basic", "bearer"]
  static let secret = ["credential", "file", "env"]

  /// The tables as an operator writes them.
  static let tables: [(title: String, keys: [String])] = [
    ("[daemon]", daemon), ("[defaults]", defaults), ("[[source]]", source), ("fields", fields), ("map", map),
    ("expect", expect), ("auth", auth),
    ("[[rule]]", rule), ("match", match), ("set", set), ("[[stdout]]", standardOutput), ("[[webhook]]", webhook),
    ("filter", filter), ("batch", batch), ("circuit", circuit),
  ]

  /// The message about a key that does not exist in the table `title`, whose keys are `keys`.
  static func unknown(_ key: String, in title: String, keys: [String]) -> String {
    let start = "unknown key \(Quoted.text(key)) in \(title)"
    let near = Suggestion.nearest(to: key, among: keys)
    if let near, Suggestion.distance(near, key) == 1 { return start + ", did you mean \"\(near)\"?" }
    if key == "include" { return start + "; it stands at the top of the main file, before any [table]" }
    if mainFile.contains(key) { return start + "; \(header(key)) is a table of the main file's own" }
    let others = tables.filter { $0.keys.contains(key) }.map(\.title)
    if !others.isEmpty { return start + "; it belongs in " + others.joined(separator: " or ") }
    if let near { return start + ", did you mean \"\(near)\"?" }
    return start + "; there are " + keys.joined(separator: ", ")
  }

  /// How a table is opened.
  static func header(_ key: String) -> String { repeatedTables.contains(key) ? "[[\(key)]]" : "[\(key)]" }
}
