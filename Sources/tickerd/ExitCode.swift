import ArgumentParser

/// Exit codes after sysexits(3); see SPEC §1 of the manual page.
extension ExitCode {
  /// The daemon cannot be reached (EX_UNAVAILABLE).
  static let unavailable = ExitCode(69)
  /// Faulty or missing configuration, or a database of a newer schema (EX_CONFIG).
  static let configuration = ExitCode(78)
}
