import CLinux
import Glibc
import Testing

@testable import TickerSocket

@Suite("Sockets in the file system")
struct ListenerTests {
  private func mode(of path: String) -> mode_t {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
  }

  @Test("the mode is exact, whatever the umask", arguments: [0o660, 0o600, 0o666])
  func mode(_ expected: Int) throws {
    let folder = try temporaryFolder()
    let listener = try Listener(path: folder + "/s", mode: expected)
    #expect(mode(of: folder + "/s") == mode_t(expected))
    listener.close()
    #expect(access(folder + "/s", F_OK) != 0)
    rmdir(folder)
  }

  @Test("a socket that nobody answers on is replaced, one that is answered stays")
  func stale() throws {
    let folder = try temporaryFolder()
    let path = folder + "/s"
    let dead = try Listener(path: path, mode: 0o600)
    Glibc.close(dead.descriptor)
    #expect(access(path, F_OK) == 0)
    let living = try Listener(path: path, mode: 0o600)
    let error = #expect(throws: SocketError.self) { try Listener(path: path, mode: 0o600) }
    #expect(error?.kind == .inUse)
    #expect(error?.description.contains(path) == true)
    #expect(access(path, F_OK) == 0)
    living.close()
    rmdir(folder)
  }

  @Test("a successor's socket is not removed")
  func successor() throws {
    let folder = try temporaryFolder()
    let path = folder + "/s"
    let first = try Listener(path: path, mode: 0o600)
    unlink(path)
    let second = try Listener(path: path, mode: 0o600)
    first.close()
    #expect(access(path, F_OK) == 0)
    second.close()
    rmdir(folder)
  }

  @Test(
    "what stands in the way is named",
    arguments: [
      ("/file", "is no socket"), ("/missing/s", "is missing"),
      ("/" + String(repeating: "x", count: 108), "at most 107"),
    ])
  func faults(_ name: String, _ words: String) throws {
    let folder = try temporaryFolder()
    let file = open(folder + "/file", O_CREAT | O_WRONLY, 0o600)
    let error = #expect(throws: SocketError.self) { try Listener(path: folder + name, mode: 0o600) }
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    #expect(access(folder + "/file", F_OK) == 0)
    close(file)
    unlink(folder + "/file")
    rmdir(folder)
  }

  @Test("a second server on a living path is refused and leaves the first alone")
  func secondServer() throws {
    let rig = try Rig()
    defer { rig.close() }
    let second = SocketServer(
      settings: rig.settings, loop: rig.loop, epoch: Rig.epoch, tail: 0, head: 0, services: rig.log.services)
    #expect(throws: SocketError.self) { try second.open() }
    #expect(try rig.connect().ask("ping") == .success(Array(#"{"t":"pong"}"#.utf8)))
  }

  @Test("sockets that were handed in are served, and their files stay")
  func handedIn() throws {
    let folder = try temporaryFolder()
    let path = folder + "/s"
    let outside = try Listener(path: path, mode: 0o600)
    let log = FakeLog()
    let loop = try EventLoop()
    try loop.start()
    let settings = SocketSettings(controlPath: folder + "/unused", livePath: folder + "/live")
    let server = SocketServer(
      settings: settings, loop: loop, epoch: Rig.epoch, tail: 0, head: 0, services: log.services)
    try server.open(control: outside.descriptor, live: nil)
    _ = try SocketClient.connect(path: path)
    let stopped = Signal()
    server.stop(flush: .zero) { stopped.set() }
    #expect(stopped.wait())
    #expect(access(path, F_OK) == 0 && access(folder + "/live", F_OK) != 0)
    loop.stop()
    log.close()
    unlink(path)
    rmdir(folder)
  }
}
