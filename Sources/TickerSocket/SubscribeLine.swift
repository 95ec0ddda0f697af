import TickerModel
import TickerText

extension SubscribeRequest {
  /// The request as a client sends it: one JSON line, without its line feed.
  public func line(id: String? = nil) -> [UInt8] {
    var text = JSONText()
    text.member("op", "sub")
    text.member("id", id)
    switch start {
    case .after(let cursor): text.member("after", cursor.text)
    case .since(let moment): text.member("since", moment.text)
    case .last(let count): text.member("last", count)
    case .head: text.member("from", "head")
    case .tail: text.member("from", "tail")
    }
    switch until {
    case .cursor(let cursor)?: text.member("until", cursor.text)
    case .time(let moment)?: text.member("until", moment.text)
    case nil: break
    }
    text.member("follow", follow)
    text.member("filter", object: filter.json)
    if !fields.isEmpty { text.member("fields", fields) }
    if let beat { text.member("beat", Int(beat.components.seconds)) }
    return text.object
  }
}

extension SubscribeRequest.Moment {
  fileprivate var text: String {
    switch self {
    case .at(let time): time.text
    case .ago(let duration): "-" + Quantity.text(duration)
    }
  }
}

extension Filter {
  /// The members of a filter as `sub` takes them; what is not given is absent.
  var json: JSONText {
    var text = JSONText()
    if !sources.isEmpty { text.member("source", sources) }
    if !notSources.isEmpty { text.member("not_source", notSources) }
    if !tags.isEmpty { text.member("tag", tags) }
    if !types.isEmpty { text.member("type", types) }
    text.member("min_level", minLevel?.rawValue)
    if !texts.isEmpty { text.member("text", texts.map(\.text)) }
    if !attributions.isEmpty { text.member("attribution", attributions) }
    return text
  }
}
