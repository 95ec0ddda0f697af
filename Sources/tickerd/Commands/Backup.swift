import ArgumentParser
import Glibc
import TickerModel
import TickerStore
import TickerText

struct Backup: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a consistent copy of the database, while the daemon runs or not.",
    discussion: """
      The copy is readable by this user alone and overwrites nothing. To restore it, stop the daemon and move it to where \
      `state` is: its cursors then begin with another epoch, so that none names two events.

      Example:
        tickerd backup /var/backups/tickerd-$(date +%F).db
      """)

  @OptionGroup var options: ConfigurationOption
  @Argument(help: "The file to write; it must not be there.", completion: .file()) var file: String

  func run() throws {
    let archive = try RecordedState.open(try options.load(quietly: true))
    try RecordedState.read { () throws(StoreError) in try archive.backup(to: file) }
    var status = stat()
    let size = stat(file, &status) == 0 ? " (\(status.st_size) bytes)" : ""
    Console.print(VisibleText.escaped("\(archive.path) was copied to \(file)\(size)"))
  }
}
