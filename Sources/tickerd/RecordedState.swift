import ArgumentParser
import TickerModel
import TickerStore

/// What commands read straight from the state file, with or without the daemon.
enum RecordedState {
  /// The archive of `configuration`'s state, or an exit with a sentence: 78 for a database of a newer schema, else 1.
  static func open(_ configuration: Configuration) throws -> Archive {
    try read { () throws(StoreError) in try Archive(path: configuration.daemon.state) }
  }

  /// What `work` reads, or an exit with a sentence.
  static func read<Result>(_ work: () throws(StoreError) -> Result) throws -> Result {
    do throws(StoreError) { return try work() } catch {
      Console.say(error.message)
      if case .newer = error.kind { throw ExitCode.configuration }
      throw ExitCode.failure
    }
  }
}
