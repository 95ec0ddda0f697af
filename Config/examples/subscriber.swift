// A subscriber: prints cursor and title of each event, and goes on after the last one it printed, whatever happened in
// between. Needs nothing but Foundation:
//   swiftc subscriber.swift && ./subscriber [SOCKET [CURSOR-FILE]]
import Foundation
import Glibc

let arguments = CommandLine.arguments
let path = arguments.count > 1 ? arguments[1] : "/run/tickerd/tickerd.sock"
let file = URL(fileURLWithPath: arguments.count > 2 ? arguments[2] : "./tickerd.cursor")

struct Message: Decodable {
  let t: String
  let cursor: String?
  let title: String?
  let code: String?
  let msg: String?
  let to: String?
}

/// A headline may hold what acts on a terminal.
func safe(_ text: String) -> String {
  String(text.map { $0.unicodeScalars.contains { CharacterSet.controlCharacters.contains($0) } ? "?" : $0 })
}

func connect() -> UnsafeMutablePointer<FILE>? {
  var address = sockaddr_un()
  address.sun_family = sa_family_t(AF_UNIX)
  guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
  withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
  let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
  let length = socklen_t(MemoryLayout<sockaddr_un>.size)
  let isConnected = withUnsafePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(descriptor, $0, length) == 0 }
  }
  guard isConnected else {
    close(descriptor)
    return nil
  }
  return fdopen(descriptor, "r+")
}

func listen(_ stream: UnsafeMutablePointer<FILE>) throws {
  let cursor = (try? String(contentsOf: file, encoding: .utf8))?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
  fputs("sub \(cursor.isEmpty ? "from=tail" : "after=" + cursor) type=item.*\n", stream)
  fflush(stream)
  var line: UnsafeMutablePointer<CChar>?
  var capacity = 0
  defer { free(line) }
  while true {
    let count = getline(&line, &capacity, stream)
    // A line without its end was cut by the end of the connection.
    guard count > 0, let line, line[count - 1] == CChar(10) else { return }
    // Cut by a crash of the daemon that the connection outlived: it comes again.
    guard let message = try? JSONDecoder().decode(Message.self, from: Data(bytes: line, count: count)) else { continue }
    switch message.t {
    case "item": print(message.cursor ?? "", safe(message.title ?? ""))
    case "gap": fputs("events up to \(message.to ?? "") are gone\n", stderr)
    case "err":
      fputs((message.msg ?? "") + "\n", stderr)
      // Another log: its first event comes next.
      if ["epoch_mismatch", "cursor_ahead"].contains(message.code) { try FileManager.default.removeItem(at: file) }
      return
    case "live", "beat": break
    default: continue
    }
    // Replaced as a whole, after what it stands for was printed.
    if let cursor = message.cursor {
      fflush(stdout)
      try Data((cursor + "\n").utf8).write(to: file, options: .atomic)
    }
  }
}

signal(SIGPIPE, SIG_IGN)
while true {
  if let stream = connect() {
    do { try listen(stream) } catch { fputs("\(error)\n", stderr) }
    fclose(stream)
  }
  usleep(useconds_t.random(in: 500_000...1_500_000))
}
