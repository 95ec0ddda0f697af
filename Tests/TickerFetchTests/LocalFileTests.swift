import Glibc
import TestSupport
import Testing
import TickerFetch

@Suite(.timeLimit(.minutes(1))) struct LocalFileTests {
  private func failure(path: String, maxBytes: Int = 100) -> FetchError? {
    do throws(FetchError) {
      _ = try LocalFile.read(path: path, maxBytes: maxBytes)
      return nil
    } catch {
      return error
    }
  }

  @Test func readsRegularFiles() throws {
    let folder = TemporaryFolder()
    let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0) }
    let path = folder.write("page.txt", bytes)
    #expect(try LocalFile.read(path: path, maxBytes: bytes.count) == bytes)
    #expect(try LocalFile.read(path: folder.write("empty", [UInt8]()), maxBytes: 0).isEmpty)
    #expect(failure(path: path, maxBytes: bytes.count - 1)?.class == .body)
  }

  @Test func refusesEverythingElse() {
    let folder = TemporaryFolder()
    let pipe = folder.file("pipe")
    #expect(mkfifo(pipe, 0o600) == 0)
    for path in [pipe, folder.path, "/dev/zero", folder.file("absent")] {
      #expect(failure(path: path)?.class == .file, "\(path)")
    }
    #expect(failure(path: folder.file("absent"))?.message.hasSuffix("No such file or directory") == true)
  }

  /// Grows while it is read: /proc files say that they hold nothing.
  @Test func boundsWhatItsSizeHides() {
    #expect(failure(path: "/proc/self/maps", maxBytes: 10)?.class == .body)
  }

  @Test(arguments: [
    ("file:///a/b.txt", "/a/b.txt"), ("file://localhost/a", "/a"), ("FILE:///a%20b%c3%A9", "/a bé"), ("file:/a", "/a"),
    ("file:///100%25", "/100%"),
  ])
  func pathsOfURLs(url: String, path: String) throws {
    #expect(try LocalFile.path(ofURL: url) == path)
  }

  @Test(arguments: [
    "http://a/b", "file://host/a", "file:a", "file:///a%0", "file:///a%zz", "file:///a%00b", "file:///a?b",
    "file:///a#b",
    "file:///%ff", "/a", "file://", "file://localhost:80/a",
  ])
  func refusesURLs(url: String) {
    #expect(throws: FetchError.self) { try LocalFile.path(ofURL: url) }
  }
}
