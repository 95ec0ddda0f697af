import Glibc
import TickerModel
import TickerSocket
import TickerStore

/// The position of a `tail` over any number of connections.
struct Tailing {
  enum Outcome { case ended, disconnected }

  private var request: SubscribeRequest
  private let limit: Int?
  private let printer: EventPrinter
  private let file: CursorFile?
  /// Events behind an explicit beginning of which only the last are wanted; nil once they are printed.
  private var held: [[UInt8]]?
  /// How long the daemon asks to wait before the next connection; nil when it did not say.
  private(set) var retry: Duration?
  /// How the last connection ended, as a sentence.
  private(set) var farewell = Self.silence
  private static let silence = "the daemon is gone"

  /// - Parameter limit: how many of those recorded, where `request` does not limit them itself.
  init(request: SubscribeRequest, limit: Int?, printer: EventPrinter, file: CursorFile?) {
    self.request = request
    self.limit = limit
    self.printer = printer
    self.file = file
    held = limit == nil ? nil : []
  }

  /// Prints until the end, or until the connection is gone.
  mutating func run(on client: SocketClient) throws(SocketError) -> Outcome {
    client.watchedOutput = STDOUT_FILENO
    retry = nil
    farewell = Self.silence
    defer { file?.save() }
    try subscribe(on: client)
    while let message = try next(on: client) {
      switch message {
      case .item(_, let cursor, let object):
        try take(object)
        reach(cursor)
      case .live(_, let cursor), .beat(_, let cursor):
        try release()
        reach(cursor)
      case .end(_, let cursor):
        try release()
        reach(cursor)
        return .ended
      case .gap(_, let to, let lost):
        Console.say("\(lost) events are gone: they were pruned before they were read")
        reach(to)
      case .bye(let code, let pause):
        retry = pause
        if code != "shutdown" { farewell = "the daemon ended the connection (\(code))" }
        return .disconnected
      case .hello, .ok, .failure, .other: continue
      }
    }
    return .disconnected
  }

  /// The next message; in a pause the cursor file is brought up to date.
  private func next(on client: SocketClient) throws(SocketError) -> ServerMessage? {
    guard let file, let wait = file.nextSave else { return try client.next() }
    do throws(SocketError) { return try client.next(timeout: wait) } catch {
      guard error.kind == .timeout else { throw error }
      file.save()
      return try client.next()
    }
  }

  private mutating func subscribe(on client: SocketClient) throws(SocketError) {
    guard case .failure(let failure) = try client.subscribe(request) else { return }
    guard failure.code == .epochMismatch || failure.code == .cursorAhead else {
      throw SocketError(.protocol, failure.message)
    }
    startOver(failure.message)
    guard case .failure(let failure) = try client.subscribe(request) else { return }
    throw SocketError(.protocol, failure.message)
  }

  /// The cursor is of another log: nothing may be missed in silence.
  private mutating func startOver(_ reason: String) {
    Console.say("\(reason); going on from the oldest event")
    request.start = .tail
  }

  private mutating func reach(_ cursor: Cursor) {
    request.start = .after(cursor)
    // What is held back is not printed yet.
    if held == nil { file?.reach(cursor) }
  }

  private mutating func take(_ object: [UInt8]) throws(SocketError) {
    guard held != nil, let limit else { return try print(object) }
    held?.append(object)
    if let count = held?.count, count > limit { held?.removeFirst(count - limit) }
  }

  private mutating func release() throws(SocketError) {
    let objects = held ?? []
    held = nil
    for object in objects { try print(object) }
  }

  private func print(_ object: [UInt8]) throws(SocketError) {
    if !printer.print(object) { throw SocketError(.readerGone, "nobody reads standard output any more") }
  }
}

extension Tailing {
  /// Prints what the database has, as far as the request goes.
  mutating func run(on archive: Archive) throws(StoreError) {
    let (tail, head) = try archive.bounds()
    var limit = head
    var filter = TimeBounds(filter: request.filter)
    switch request.until {
    case .cursor(let cursor)? where cursor.epoch == archive.epoch: limit = min(limit, cursor.sequence)
    case .cursor(let cursor)?: startOver("\(cursor.text) is of another log; this one is \(archive.epoch)")
    case .time(let moment)?: filter.until = moment.timestamp(now: .now)
    case nil: break
    }
    var position = try place(in: archive, &filter, tail: tail, head: head, limit: limit)
    if position < tail {
      if case .after = request.start { Console.say("\(tail - position) events are gone: they were pruned") }
      position = tail
    }
    while position < limit {
      let page = try archive.page(after: position)
      for record in page.records where record.sequence <= limit && filter.passes(record) {
        do throws(SocketError) { try take(record.object(epoch: archive.epoch)) } catch { return }
        reach(Cursor(epoch: archive.epoch, sequence: record.sequence))
      }
      guard let last = page.records.last else { break }
      position = last.sequence
    }
    do throws(SocketError) { try release() } catch { return }
    reach(Cursor(epoch: archive.epoch, sequence: max(position, min(limit, head))))
  }

  private mutating func place(
    in archive: Archive, _ filter: inout TimeBounds, tail: Int64, head: Int64, limit: Int64
  ) throws(StoreError) -> Int64 {
    if case .after(let cursor) = request.start {
      if cursor.epoch != archive.epoch {
        startOver("\(cursor.text) is of another log; this one is \(archive.epoch)")
      } else if cursor.sequence > head {
        startOver("\(cursor.text) has not happened yet; the newest is \(archive.epoch)-\(head)")
      } else {
        return cursor.sequence
      }
    }
    switch request.start {
    case .head: return head
    case .last(let count):
      return try archive.position(before: count, matching: filter.filter, until: filter.until, upTo: limit)
    case .since(let moment):
      let since = moment.timestamp(now: .now)
      filter.since = since
      return min(try archive.start(since: since), head)
    case .tail, .after: return tail
    }
  }

  /// A filter within bounds of time, both included.
  private struct TimeBounds {
    let filter: Filter
    var since: Timestamp?
    var until: Timestamp?

    func passes(_ record: LogRecord) -> Bool {
      if let since, record.at < since { return false }
      if let until, record.at > until { return false }
      return filter.passes(record)
    }
  }
}
