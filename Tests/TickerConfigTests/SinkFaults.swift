@testable import TickerConfig
import TickerModel

/// What is wrong with addresses, secrets and sinks.
extension FaultTests {
  static let secretsAndAddresses = [
    FaultCase(
      "another scheme", "[[source]]\nname = \"a\"\nurl = \"ftp://a.example/\"",
      "3:7: fault: url: ftp://a.example/ must begin with https:// or http:// or file://"),
    FaultCase(
      "no scheme", "[[source]]\nname = \"a\"\nurl = \"a.example\"",
      "3:7: fault: url: a.example must begin with https:// or http:// or file://"),
    FaultCase(
      "no host", "[[source]]\nname = \"a\"\nurl = \"https:///x\"",
      "3:7: fault: url: https:///x has no host"),
    FaultCase(
      "a bad port", "[[source]]\nname = \"a\"\nurl = \"https://a.example:99999/\"",
      "3:7: fault: url: https://a.example:99999/ has a port that is none of 1 to 65535 (an IPv6 address stands in brackets)"
    ),
    FaultCase(
      "a bare IPv6 address", "[[source]]\nname = \"a\"\nurl = \"https://2001:db8::1/\"",
      "3:7: fault: url: https://2001:db8::1/ has a port that is none of 1 to 65535 (an IPv6 address stands in brackets)"
    ),
    FaultCase(
      "a line feed in a url", "[[source]]\nname = \"a\"\nurl = \"https://a.example/\\n?key=hunter2\"",
      "3:7: fault: url: https://a.example/\\u{A} (#55e41b65) holds a space, control character, quote or backslash; such are written %20, %22, %5C"
    ),
    FaultCase(
      "a password is not repeated", "[[source]]\nname = \"a\"\nurl = \"ftp://u:hunter2@a.example/?k=s\"",
      "3:7: fault: url: ftp://a.example/ (#d248571d) must begin with https:// or http:// or file://"),
    FaultCase(
      "a password out of place", "[[source]]\nname = \"a\"\nurl = \"u:hunter2@a.example\"",
      "3:7: fault: url: it must begin with https:// or http:// or file://"),
    FaultCase(
      "a relative file", "[[source]]\nname = \"a\"\nurl = \"file:page.txt\"",
      "3:7: fault: url: file:page.txt must name an absolute path: file:///path"),
    FaultCase(
      "a private address", "[[source]]\nname = \"a\"\nurl = \"http://10.1.2.3:8080/\"",
      "3:7: warning: url: 10.1.2.3 is refused at connection (private); to allow it: allow_net = [\"10.1.2.3/32\"]"),
    FaultCase(
      "this machine", "[[source]]\nname = \"a\"\nurl = \"http://localhost/\"",
      "3:7: warning: url: 127.0.0.1 is refused at connection (loopback); to allow it: allow_net = [\"127.0.0.1/32\"]"),
    FaultCase(
      "an allowed address", "[[source]]\nname = \"a\"\nurl = \"http://[::1]:8080/\"\nallow_net = [\"::1/128\"]"),
    FaultCase(
      "a secret in the file", sound + webhook + "secret = \"whsec_aHVudGVyMg==\"",
      "7:10: fault: secret: secrets never stand in the file; write { credential = \"NAME\" }, { file = \"/path\" } or { env = \"NAME\" }"
    ),
    FaultCase(
      "secrets in the file", sound + webhook + "secrets = [\"whsec_aHVudGVyMg==\"]",
      "7:12: fault: secrets: secrets never stand in the file; write { credential = \"NAME\" }, { file = \"/path\" } or { env = \"NAME\" }"
    ),
    FaultCase(
      "secrets as a string", sound + webhook + "secrets = \"whsec_aHVudGVyMg==\"",
      "7:11: fault: secrets: secrets never stand in the file; write [ { credential = \"NAME\" }, { file = \"/path\" } or { env = \"NAME\" }, … ]"
    ),
    FaultCase(
      "a secret for a name", sound + webhook + "secret = { env = \"whsec_aHVudGVyMg==\" }",
      "7:18: fault: secret: this looks like the secret itself; write where it stands"),
    FaultCase(
      "two places of a secret", sound + webhook + "secret = { env = \"A\", file = \"/b\" }",
      "7:10: fault: secret: exactly one of { credential = \"NAME\" }, { file = \"/path\" } or { env = \"NAME\" }"),
    FaultCase(
      "no place of a secret", sound + webhook + "secret = {}",
      "7:10: fault: secret: exactly one of { credential = \"NAME\" }, { file = \"/path\" } or { env = \"NAME\" }"),
    FaultCase(
      "an unknown place", sound + webhook + "secret = { vault = \"hunter2\" }",
      "7:12: fault: unknown key \"vault\" in secret; there are credential, file, env"),
    FaultCase(
      "a credential with a path", sound + webhook + "secret = { credential = \"../x\" }",
      "7:25: fault: credential: \"../x\" is no file name"),
    FaultCase(
      "a relative secret file", sound + webhook + "secret = { file = \"x\" }",
      "7:19: fault: file: \"x\" must be an absolute path"),
    FaultCase(
      "a missing variable", sound + webhook + "secret = { env = \"DESK\" }",
      "7:18: warning: secret: variable DESK is not set"),
    FaultCase(
      "no credentials here", sound + webhook + "secret = { credential = \"desk\" }",
      "7:25: warning: secret: credential desk cannot be seen outside the service (CREDENTIALS_DIRECTORY is not set)"),
    FaultCase(
      "a missing secret file", sound + webhook + "secret = { file = \"/nonexistent/desk\" }",
      "7:19: warning: secret: file /nonexistent/desk is not there; make it, with mode 0600"),
    FaultCase(
      "a secret url that is missing", "[[source]]\nname = \"a\"\nurl = { env = \"FEED\" }",
      "3:15: warning: url: variable FEED is not set"),
  ]

  static let sinks = [
    FaultCase(
      "a webhook to a file", sound + "[[webhook]]\nname = \"w\"\nurl = \"file:///tmp/x\"",
      "6:7: fault: url: file:///tmp/x must begin with https:// or http://"),
    FaultCase(
      "secret and secrets", sound + webhook + "secret = { env = \"A\" }\nsecrets = [{ env = \"B\" }]",
      "7:1: fault: secret and secrets exclude each other; keep one",
      "7:18: warning: secret: variable A is not set"),
    FaultCase(
      "too many waits", sound + webhook + "retry = [\(String(repeating: "\"1s\",", count: 33))]",
      "7:9: fault: retry: 33 values, at most 32 are taken"),
    FaultCase(
      "a wait that is none", sound + webhook + "retry = [\"5s\", \"soon\"]",
      "7:16: fault: retry: expected a duration such as \"250ms\", \"15s\", \"5m\", \"2h\" or \"30d\", found the string \"soon\""
    ),
    FaultCase(
      "a short timeout", sound + webhook + "timeout = \"500ms\"",
      "7:11: fault: timeout: \"500ms\" is outside 1s to 10m: a shorter one fails on any network, a longer one blocks a transfer"
    ),
    FaultCase(
      "much at once", sound + webhook + "concurrency = 65",
      "7:15: fault: concurrency: 65 is outside 1 to 64: more at once is an attack on the receiver"),
    FaultCase(
      "a format nobody knows", sound + webhook + "format = \"slak\"",
      "7:10: fault: format: \"slak\" is none of \"standard\", \"cloudevents\", \"slack\", \"discord\", \"teams\", "
        + "\"telegram\", \"ntfy\", \"template\", did you mean \"slack\"?"),
    FaultCase(
      "a chat without its number", sound + webhook + "format = \"telegram\"",
      "7:1: fault: format = \"telegram\" needs chat_id"),
    FaultCase(
      "a topic for nobody", sound + webhook + "topic = \"news\"", "7:1: fault: topic belongs to format = \"ntfy\""),
    FaultCase(
      "a topic with a slash", sound + webhook + "format = \"ntfy\"\ntopic = \"a/b\"",
      "8:9: fault: topic: \"a/b\" must be 1 to 64 of A-Z a-z 0-9 _ -"),
    FaultCase(
      "a chat by its title", sound + webhook + "format = \"telegram\"\nchat_id = \"The Desk\"",
      "8:11: fault: chat_id: \"The Desk\" is neither a chat's number nor @name of a public channel"),
    FaultCase(
      "a section without end", sound + webhook + "format = \"template\"\ntemplate = 'ab {{#link}} x'",
      "8:12: fault: template: the section {{#link}} is not ended (line 1, column 4 of the template)"),
    FaultCase(
      "a partial", sound + webhook + "format = \"template\"\ntemplate = '{{> x}}'",
      "8:12: fault: template: {{>…}} is not known here (no partials, no delimiters) (line 1, column 1 of the template)"),
    FaultCase(
      "a recovery nobody knows", sound + webhook + "on_recover = \"latest\"",
      "7:14: fault: on_recover: \"latest\" is none of \"all\", \"digest\" and \"latest:N\" with N from 1 to 10000"),
    FaultCase(
      "a batch of one", sound + webhook + "batch = { max_items = 1 }",
      "7:23: fault: max_items: 1 is outside 2 to 100: one is no batch, and a request has at most 64 KiB"),
    FaultCase(
      "a circuit of nothing", sound + webhook + "circuit = { failures = 0, ower = \"1s\" }",
      "7:24: fault: failures: 0 is outside 1 to 1000: one failure is the least that can be seen",
      "7:27: fault: unknown key \"ower\" in circuit, did you mean \"over\"?"),
    FaultCase(
      "a faulty pattern", sound + webhook + "filter = { text = '(a' }",
      "7:19: fault: text: \"(a\" is no regular expression: missing closing parenthesis, at byte 3"),
    FaultCase(
      "nobody in a filter", sound + webhook + "filter = { attribution = [\"\"] }",
      "7:27: fault: attribution: \"\" must have 1 to 256 bytes"),
    FaultCase(
      "a type", sound + webhook + "filter = { type = \"Item.new\" }",
      "7:19: fault: type: \"Item.new\" is no event type such as \"item.new\" or \"item.*\", did you mean \"item.new\"?"),
    FaultCase(
      "a source that is not there", sound + webhook + "filter = { source = [\"b\"] }",
      "7:22: warning: source: there is no source \"b\""),
    FaultCase(
      "a level in a filter", sound + webhook + "filter = { min_level = \"Flash\" }",
      "7:24: fault: min_level: \"Flash\" is none of \"routine\", \"urgent\", \"bulletin\", \"flash\", did you mean \"flash\"?"
    ),
  ]
}
