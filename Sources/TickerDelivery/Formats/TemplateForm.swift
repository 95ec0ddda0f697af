import TickerModel
import TickerText

/// The operator's own text over an event. Pure.
enum TemplateForm {
  static func body(_ template: Template, _ event: DeliveredEvent) -> [UInt8] { fitting(template, values(event)) }

  /// The newest event's members, with all of them in `events`.
  static func body(_ template: Template, _ bundle: Bundle) -> [UInt8] {
    var all = bundle.events.last.map(values) ?? [:]
    all["events"] = .list(bundle.events.map { .object(values($0)) })
    all["count"] = .number(String(bundle.count))
    all["more"] = .number(String(bundle.count - bundle.events.count))
    return fitting(template, all)
  }

  private static func values(_ event: DeliveredEvent) -> [String: TemplateValue] {
    let json = event.record.object(epoch: event.epoch)
    guard case .object(var members)? = TemplateValue(json: json) else { return [:] }
    members["webhook_id"] = .text(event.id)
    members["event"] = .text(String(decoding: json, as: UTF8.self))
    members["count"] = .number("1")
    return members
  }

  /// Where the result is too long, without the longest texts; a template that is too long even then says nothing.
  private static func fitting(_ template: Template, _ values: [String: TemplateValue]) -> [UInt8] {
    if let text = template.render(values) { return Array(text.utf8) }
    var values = values
    for key in ["event", "events", "text"] { values[key] = .absent }
    return template.render(values).map { Array($0.utf8) } ?? []
  }
}

extension Template {
  /// Whether what it writes is meant to be JSON.
  var looksLikeJSON: Bool {
    let first = text.first { !$0.isWhitespace }
    return first == "{" && !text.drop { $0.isWhitespace }.hasPrefix("{{") || first == "["
  }
}
