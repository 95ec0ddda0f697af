import TickerModel
@testable import TickerSocket

extension Target {
  /// What a client sends: cut into lines at any place, each understood or refused with a sentence. A subscription that is
  /// written down and read again is the same one, as the descriptor store relies on.
  static let command: Try = { bytes in
    var buffer = LineBuffer()
    // The first byte says where the client's write ends.
    let rest = bytes.dropFirst()
    let cut = rest.prefix(Int(bytes.first ?? 0))
    for piece in [Array(cut), Array(rest.dropFirst(cut.count))] {
      piece.withUnsafeBytes { buffer.append($0) }
      while let line = buffer.next() { judge(line) }
      precondition(buffer.kept <= SocketProtocol.longestCommand + 1)
    }
    if let line = buffer.finish() { judge(line) }
  }

  private static func judge(_ line: LineBuffer.Line) {
    guard case .command(let bytes) = line else { return }
    precondition(bytes.count <= SocketProtocol.longestCommand)
    let (id, result) = CommandParser.parse(bytes)
    if case .text(let text)? = id { precondition(text.utf8.count <= SocketProtocol.longestID) }
    switch result {
    case .failure(let failure):
      let line = ServerLines.error(failure, id: id, tail: cursor, head: cursor)
      precondition(line.count <= SocketProtocol.longestLine && line.dropLast().allSatisfy { $0 >= 0x20 })
      precondition(ServerMessage(Array(line.dropLast())) != nil)
    case .success(let command):
      precondition(command.id == id)
      guard case .subscribe(let request) = command.operation else { return }
      guard case .success(let again) = CommandParser.parse(request.line()).result else {
        preconditionFailure("a request that cannot be read back")
      }
      precondition(again.operation == .subscribe(request))
    }
  }

  private static let cursor = Cursor(epoch: "k3f9q2", sequence: 7)
}
