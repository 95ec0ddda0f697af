import ArgumentParser
import TickerConfig
import TickerDelivery
import TickerEngine
import TickerModel
import TickerParse

/// The `-c` option that every command takes, and what is read by it.
struct ConfigurationOption: ParsableArguments {
  @Option(name: [.customShort("c"), .customLong("config")], help: "The configuration file.")
  var file: String?

  /// The file by the rules of tickerd(8), or exit 78 with the places that were looked at.
  func path() throws -> String {
    do throws(ConfigurationNotFound) {
      return try ConfigurationFile.find(explicit: file, environment: .process)
    } catch {
      Console.say(error.text)
      throw ExitCode.configuration
    }
  }

  /// The configuration, or exit 78 with every fault on standard error. Warnings pass, and are told unless `quietly`.
  func load(quietly: Bool = false) throws -> Configuration {
    _ = try path()
    let loaded = read()
    for fault in loaded.faults where !quietly || fault.severity == .fault { Console.report(fault.text) }
    guard let configuration = loaded.configuration else { throw ExitCode.configuration }
    return configuration
  }

  /// The file as it stands now, with all its faults.
  func read() -> LoadedConfiguration {
    let path = (try? ConfigurationFile.find(explicit: file, environment: .process)) ?? ""
    return ConfigurationFile.load(path: path, environment: .process, selectorFault: SelectorCheck.fault)
  }
}

/// Selectors and paths are TickerParse's to judge, their place in the file TickerConfig's to tell.
enum SelectorCheck {
  /// What is wrong with a rule; nil when nothing is.
  @Sendable static func fault(_ rule: String, _ language: RuleLanguage) -> String? {
    switch language {
    case .css: CSSSelector.fault(in: rule)
    case .itemCSS: CSSSelector.fault(inRelative: rule)
    case .xpath: XPath.fault(in: rule)
    case .path: ValuePath.fault(in: rule)
    case .encoding: EncodingLabel.fault(in: rule)
    }
  }
}

/// Reads the secrets a configuration refers to.
enum SecretResolution {
  /// The URL itself, or exit 78 with a sentence.
  static func text(of url: ConfiguredURL, for subject: String) throws -> String {
    switch url {
    case .literal(let text): return text
    case .secret(let reference):
      do throws(SecretError) { return try SecretReader.read(reference, environment: .process) } catch {
        Console.say("\(subject): \(error.text)")
        throw ExitCode.configuration
      }
    }
  }

  /// Everything Engine needs, or a sentence for each secret that is missing or unusable.
  static func resolve(_ configuration: Configuration) -> Result<ResolvedConfiguration, ReloadFailure> {
    var secrets = AccessResolution()
    var problems: [String] = []
    func url(_ url: ConfiguredURL, schemes: [String], for subject: String, isSecret: Bool = false) -> ResolvedURL? {
      switch url {
      case .literal(let text): return ResolvedURL(text, isSecret: isSecret)
      case .secret(let reference):
        guard let text = secrets.read(reference, for: "\(subject): url") else { return nil }
        if let reason = URLRule.fault(in: text, schemes: schemes) {
          problems.append("\(subject): url: \(reference.description) \(reason)")
        }
        return ResolvedURL(text, isSecret: true)
      }
    }
    var sourceURLs: [String: ResolvedURL] = [:]
    var access = ResolvedConfiguration.Access()
    for source in configuration.sources where source.enabled {
      sourceURLs[source.name] = url(source.url, schemes: URLRule.webSchemes, for: "source \(source.name)")
      access.sources[source.name] = secrets.access(of: source)
    }
    var webhookURLs: [String: ResolvedURL] = [:]
    var keys: [String: [WebhookKey]] = [:]
    for webhook in configuration.webhooks where webhook.enabled {
      webhookURLs[webhook.name] = url(
        webhook.url, schemes: URLRule.webSchemes, for: "webhook \(webhook.name)", isSecret: webhook.format.isChat)
      access.webhooks[webhook.name] = secrets.access(of: webhook)
      keys[webhook.name] = webhook.secrets.compactMap { reference in
        guard let text = secrets.read(reference, for: "webhook \(webhook.name): secret") else { return nil }
        do throws(WebhookKeyError) {
          let key = try WebhookKey(text)
          guard key.canSign else { throw .cannotSign }
          return key
        } catch {
          problems.append("webhook \(webhook.name): \(reference.description): \(error.description)")
          return nil
        }
      }
    }
    problems = secrets.problems + problems
    guard problems.isEmpty else { return .failure(ReloadFailure(problems.joined(separator: "\n"))) }
    return .success(
      ResolvedConfiguration(
        configuration: configuration, sourceURLs: sourceURLs, webhookURLs: webhookURLs, keys: keys, access: access))
  }
}
