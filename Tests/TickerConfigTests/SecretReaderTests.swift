import Glibc
import Testing
import TickerConfig
import TickerModel

@Suite struct SecretReaderTests {
  private let folder = TemporaryFolder()

  private func cause(_ reference: SecretReference, _ environment: LoadEnvironment = .root) -> SecretError.Cause? {
    do throws(SecretError) {
      _ = try SecretReader.read(reference, environment: environment)
      return nil
    } catch { return error.cause }
  }

  @Test(arguments: [("key", "key"), ("key\n", "key"), ("key\r\n", "key"), ("key\n\n", "key\n"), (" k e y ", " k e y ")])
  func oneLineEndIsDropped(content: String, secret: String) throws {
    let path = folder.write("secret", content)
    #expect(try SecretReader.read(.file(path), environment: .root) == secret)
  }

  @Test(arguments: [mode_t(0o600), 0o400, 0o640, 0o660])
  func ownerAndGroupMayRead(mode: mode_t) {
    #expect(cause(.file(folder.write("secret", "key", mode: mode))) == nil)
  }

  @Test(arguments: [mode_t(0o604), 0o602, 0o644, 0o777])
  func aFileThatOthersMayReadIsRefused(mode: mode_t) {
    #expect(cause(.file(folder.write("secret", "key", mode: mode))) == .openToOthers)
  }

  @Test func credentialsStandInTheirFolder() throws {
    // systemd sees to the mode itself.
    folder.write("credentials/desk", "key\n", mode: 0o444)
    let service = LoadEnvironment(variables: ["CREDENTIALS_DIRECTORY": folder.path + "/credentials"], isRoot: true)
    #expect(try SecretReader.read(.credential("desk"), environment: service) == "key")
    #expect(cause(.credential("other"), service) == .missing)
    #expect(cause(.credential("desk")) == .noCredentials)
  }

  @Test func variables() throws {
    let environment = LoadEnvironment(variables: ["DESK": "key", "NONE": ""], isRoot: true)
    #expect(try SecretReader.read(.environment("DESK"), environment: environment) == "key")
    #expect(cause(.environment("NONE"), environment) == .empty)
    #expect(cause(.environment("OTHER"), environment) == .missing)
  }

  @Test func whatIsNoSecretIsRefused() {
    #expect(cause(.file(folder.path + "/none")) == .missing)
    #expect(cause(.file(folder.path)) == .unreadable("it is not a file"))
    #expect(cause(.file(folder.write("empty", "\n"))) == .empty)
    #expect(cause(.file(folder.write("bytes", [0xFF, 0xFE]))) == .notText)
    let long = folder.write("long", [UInt8](repeating: 0x61, count: 65_537))
    #expect(cause(.file(long)) == .unreadable("it is longer than 65536 bytes"))
  }

  @Test func errorsNameThePlaceAndNeverTheValue() {
    let path = folder.write("secret", "hunter2", mode: 0o644)
    let error = SecretError(reference: .file(path), cause: .openToOthers)
    #expect(error.text == "file \(path) may be read or changed by others; chmod o= it, and change the secret")
  }

  @Test func aSecretFileThatOthersMayReadIsAFaultOfTheConfiguration() {
    let open = folder.write("open", "hunter2", mode: 0o644)
    let closed = folder.write("closed", "hunter2")
    let text = { (path: String) in
      "[[source]]\nname = \"a\"\nurl = \"https://a.example/\"\n"
        + "[[webhook]]\nname = \"w\"\nurl = \"https://w.example/\"\nsecret = { file = \"\(path)\" }"
    }
    #expect(
      load(text: text(open)).lines == [
        "tickerd.toml:7:19: fault: secret: file \(open) may be read or changed by others; chmod o= it, and change the "
          + "secret"
      ])
    #expect(load(text: text(closed)).lines == [])
  }

  @Test func theProcessHasItsVariables() {
    #expect(LoadEnvironment.process.variables["PATH"] == getenv("PATH").map { String(cString: $0) })
    #expect(LoadEnvironment.process.isRoot == (geteuid() == 0))
  }
}
