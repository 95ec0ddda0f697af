/// Where the values of those attributes of a tag stand that a feed's elements may have. Value.
struct FeedAttributes {
  private(set) var href: Range<Int>?
  private(set) var relation: Range<Int>?
  private(set) var type: Range<Int>?
  private(set) var mode: Range<Int>?
  private(set) var term: Range<Int>?
  private(set) var source: Range<Int>?
  private(set) var about: Range<Int>?
  private(set) var isPermaLink: Range<Int>?
  private(set) var lastModified: Range<Int>?

  /// Takes one attribute, whatever prefix and case its name has. Of several the first counts.
  mutating func take(_ name: Range<Int>, _ value: Range<Int>, _ bytes: UnsafeBufferPointer<UInt8>) {
    var start = name.upperBound
    while start > name.lowerBound, bytes[start - 1] != UInt8(ascii: ":") { start -= 1 }
    let local = start..<name.upperBound
    let isCalled = { (text: StaticString) in
      local.allSatisfy { bytes[$0] | 0x20 == text.utf8Start[$0 - local.lowerBound] }
    }
    switch local.count {
    case 3:
      if relation == nil, isCalled("rel") { relation = value } else if source == nil, isCalled("src") { source = value }
    case 4:
      if href == nil, isCalled("href") {
        href = value
      } else if type == nil, isCalled("type") {
        type = value
      } else if term == nil, isCalled("term") {
        term = value
      } else if mode == nil, isCalled("mode") {
        mode = value
      }
    case 5: if about == nil, isCalled("about") { about = value }
    case 7: if lastModified == nil, isCalled("lastmod") { lastModified = value }
    case 11: if isPermaLink == nil, isCalled("ispermalink") { isPermaLink = value }
    default: break
    }
  }
}
