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
        + "from=head|tail (default head); until=CURSOR|TIME; follow=false ends at the present head; beat=SECONDS"
    ),
    ("unsub", #"{"op":"unsub","sub":1}  or  unsub 1"#, "ends one subscription of this connection"),
    ("ping", "ping", "answers pong"),
    ("status", "status", "how the daemon is"),
    (
      "sources", "sources  or  sources after=NAME",
      "every source with its last poll; \"more\":true says to ask again after the last name"
    ),
    ("poll", #"{"op":"poll","source":"bbc"}  or  poll bbc"#, "polls now; root and the daemon's user only"),
    (
      "pause", #"{"op":"pause","source":"bbc"}  or  pause bbc"#,
      "polls a source no more, also after a restart; root and the daemon's user only"
    ),
    (
      "resume", #"{"op":"resume","source":"bbc"}  or  resume bbc"#,
      "polls a source again that was paused or is gone; root and the daemon's user only"
    ),
    ("reload", "reload", "applies the configuration file; root and the daemon's user only"),
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
