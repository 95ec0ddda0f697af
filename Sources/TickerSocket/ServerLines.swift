import TickerModel
import TickerText

/// The lines a server writes besides events, each with its line feed. Pure.
enum ServerLines {
  /// How long a client waits before it comes back, in milliseconds; clients spread themselves from there.
  static let retryMilliseconds = 1000

  static func hello(
    server: String, tail: Cursor, head: Cursor, beat: Duration
  ) -> [UInt8] {
    line("hello") {
      $0.member("proto", SocketProtocol.version)
      $0.member("server", server)
      $0.member("epoch", head.epoch)
      $0.member("head", head.text)
      $0.member("tail", tail.text)
      // Whole seconds, rounded up: a client that waits this long has not missed a beat.
      $0.member("beat", Int((beat.inMilliseconds + 999) / 1000))
      $0.member("max_line", SocketProtocol.longestLine)
      $0.member("max_command", SocketProtocol.longestCommand)
    }
  }

  /// `members` are JSON members, or empty.
  static func ok(_ id: CommandID?, members: [UInt8]) -> [UInt8] {
    line("ok") {
      $0.member(id)
      $0.append(members: members)
    }
  }

  static func subscribed(_ id: CommandID?, subscription: Int, head: Cursor) -> [UInt8] {
    line("ok") {
      $0.member(id)
      $0.member("sub", subscription)
      $0.member("head", head.text)
    }
  }

  static func pong(_ id: CommandID?) -> [UInt8] { line("pong") { $0.member(id) } }

  /// A cursor's refusal names both ends of the log, from which the client can go on.
  static func error(_ failure: CommandFailure, id: CommandID?, tail: Cursor, head: Cursor) -> [UInt8] {
    line("err") {
      $0.member(id)
      $0.member("code", failure.code.rawValue)
      $0.member("msg", failure.message)
      if failure.code == .epochMismatch || failure.code == .cursorAhead {
        $0.member("tail", tail.text)
        $0.member("head", head.text)
      }
    }
  }

  static func live(_ subscription: Int, _ cursor: Cursor) -> [UInt8] { position("live", subscription, cursor) }

  static func end(_ subscription: Int, _ cursor: Cursor) -> [UInt8] { position("end", subscription, cursor) }

  static func beat(_ subscription: Int, _ cursor: Cursor, head: Cursor, at: Timestamp) -> [UInt8] {
    line("beat") {
      $0.member("sub", subscription)
      $0.member("cursor", cursor.text)
      $0.member("head", head.text)
      $0.member("at", at.text)
    }
  }

  static func lag(_ subscription: Int, _ cursor: Cursor, head: Cursor) -> [UInt8] {
    line("lag") {
      $0.member("sub", subscription)
      $0.member("cursor", cursor.text)
      $0.member("head", head.text)
      $0.member("behind", Int(head.sequence - cursor.sequence))
    }
  }

  /// Events after `from` up to `to` are gone.
  static func gap(_ subscription: Int, from: Cursor, to: Cursor) -> [UInt8] {
    line("gap") {
      $0.member("sub", subscription)
      $0.member("from", from.text)
      $0.member("to", to.text)
      $0.member("lost", Int(to.sequence - from.sequence))
      $0.member("reason", "retention")
    }
  }

  static func bye(_ code: FarewellCode, _ cursor: Cursor) -> [UInt8] {
    line("bye") {
      $0.member("code", code.rawValue)
      $0.member("cursor", cursor.text)
      $0.member("retry_ms", retryMilliseconds)
    }
  }

  /// What stands before an event's own members in a subscription's lines. Nearly all subscriptions are the first of
  /// their connection.
  static func itemOpening(_ subscription: Int) -> [UInt8] {
    subscription == 1 ? firstOpening : Array(#"{"t":"item","sub":\#(subscription),"#.utf8)
  }

  /// The same on `live.sock`.
  static let liveOpening = [UInt8(ascii: "{")]

  private static let firstOpening = Array(#"{"t":"item","sub":1,"#.utf8)

  private static func position(_ type: String, _ subscription: Int, _ cursor: Cursor) -> [UInt8] {
    line(type) {
      $0.member("sub", subscription)
      $0.member("cursor", cursor.text)
    }
  }

  static func line(_ type: String, _ members: (inout JSONText) -> Void) -> [UInt8] {
    var text = JSONText(reserving: 160)
    text.member("t", type)
    members(&text)
    return text.object + [UInt8(ascii: "\n")]
  }
}

/// Why a connection ends.
enum FarewellCode: String {
  case shutdown
  /// One of the limits of connections, commands or unread answers.
  case limit
  /// A started command did not end in time.
  case idle
  /// No byte was taken for the stall timeout.
  case stalled
}

extension JSONText {
  mutating func member(_ id: CommandID?) {
    switch id {
    case nil: break
    case .text(let text)?: member("id", text)
    case .number(let number)?: member("id", number)
    }
  }
}
