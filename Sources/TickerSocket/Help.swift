import TickerText

/// What `help` answers: the protocol, taught on the socket itself.
enum Help {
  /// The answer's JSON members.
  static let members: [UInt8] = {
    var text = JSONText(reserving: 4096)
    text.member("ops", objects: operations.map(encode))
    text.member("filters", filters)
    text.member("notes", notes)
    return text.bytes
  }()

  private static let operations: [(operation: String, usage: String, meaning: String)] = [
    (
      "sub", #"{"op":"sub","id":"a","last":20,"filter":{"source":["bbc"]}}  or  sub id=a last=20 source=bbc"#,
      "events from a place in the log on: one of after=CURSOR, since=-1h or since=TIME, last=N (after filters), "
        + "from=head|tail (default head); until=CURSOR|TIME, included; follow=false ends at the present head; "
        + "fields=title,link tells only these beside type and cursor; beat=SECONDS"
    ),
    ("unsub", #"{"op":"unsub","sub":1}  or  unsub 1"#, "ends one subscription of this connection"),
    (
      "get", #"{"op":"get","item":"itm_…"}  or  get itm_…  or  get CURSOR"#,
      "one event as \"event\": the newest about an item, or that of a cursor"
    ),
    ("ping", "ping", "answers pong"),
    ("status", "status", "how the daemon is"),
    (
      "sources", "sources  or  sources after=NAME",
      "every source with its last poll; \"more\":true says to ask again after the last name"
    ),
    (
      "subscribers", "subscribers  or  subscribers after=NUMBER",
      "who listens, and where in the log; \"more\":true says to ask again after the last number"
    ),
    ("poll", #"{"op":"poll","source":"bbc"}  or  poll bbc"#, "polls now; root, the daemon's user and admin_group only"),
    ("pause", "pause bbc", "polls a source no more, also after a restart; who may: as poll"),
    ("resume", "resume bbc", "polls a source again that was paused or is gone; who may: as poll"),
    ("reload", "reload", "applies the configuration file; who may: as poll"),
    ("endpoints", "endpoints  or  endpoints after=NAME", "every webhook: state, circuit, lag, success, latency"),
    (
      "deliveries", "deliveries endpoint=desk",
      "what waits for another attempt; dead lists what was given up; "
        + "\"more\":true says to ask again with after=ENDPOINT/SEQUENCE of the last row"
    ),
    (
      "replay", "replay endpoint=desk from=k3f9q2-1 to=k3f9q2-9 rate=5",
      "sends events once more; also dead_replay message=ID, dead_purge, dead_show; who may: as poll"
    ),
    ("enable", "enable desk  or  disable desk", "makes a webhook go on or stop; who may: as poll"),
    ("test", "test text=\"Is anybody there?\"", "the alarm drill: tells who heard it, and when"),
    ("help", "help", "this"),
  ]

  private static let filters = [
    "source, not_source, tag, type (* works), min_level (flash > bulletin > urgent > routine), text (PCRE), "
      + "attribution (a whole name)",
    "every key given must be satisfied, within a key any one value does; in words repeat the key",
  ]

  private static let notes = [
    "a command is one line of at most \(SocketProtocol.longestCommand) bytes; its id comes back in the answer",
    "lines have a t: hello ok err item live end beat gap lag pong bye; ignore others and unknown members",
    "keep the last cursor you handled, from item or beat, and come back with after=CURSOR: nothing is lost or doubled",
    "closing your sending side ends nothing; close the connection to leave",
  ]

  private static func encode(_ entry: (operation: String, usage: String, meaning: String)) -> JSONText {
    var text = JSONText()
    text.member("op", entry.operation)
    text.member("usage", entry.usage)
    text.member("does", entry.meaning)
    return text
  }
}
