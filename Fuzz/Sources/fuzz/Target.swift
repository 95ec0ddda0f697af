/// What can be fuzzed. A target takes any bytes and must come back soon; it traps where a promise is broken. Its seeds
/// lie in Fuzz/Seeds/NAME.
enum Target {
  typealias Try = @Sendable ([UInt8]) -> Void

  static let all: [String: Try] = [
    "command": command,
    "css": css,
    "date": date,
    "feed": feed,
    "html": html,
    "json": json,
    "jsonpath": jsonpath,
    "members": members,
    "toml": toml,
    "xpath": xpath,
  ]
}
