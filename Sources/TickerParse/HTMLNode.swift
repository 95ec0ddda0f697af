import CXML

/// A node of a page, alive as long as it.
struct HTMLNode: Equatable {
  private let page: UnsafePointer<cxml_page>
  /// Its place in the document: what an element holds follows it.
  let number: UInt32

  init(_ page: UnsafePointer<cxml_page>, _ number: UInt32) {
    self.page = page
    self.number = number
  }

  private var node: UnsafePointer<cxml_node> { UnsafePointer(page.pointee.nodes + Int(number)) }

  /// The node of that number in the same page; nil for 0.
  func node(_ number: UInt32) -> HTMLNode? { number == 0 ? nil : HTMLNode(page, number) }

  static func == (one: HTMLNode, other: HTMLNode) -> Bool { one.number == other.number }

  var isElement: Bool { cxml_is_element(node) }
  var isComment: Bool { node.pointee.name != nil && !isElement }
  /// Empty for what is no element.
  var name: String { isElement ? node.pointee.name.map { String(cString: $0) } ?? "" : "" }
  var role: ElementRole { isElement ? node.pointee.name.map(ElementRole.init) ?? .inline : .inline }
  /// The same for all elements of one name.
  var nameAddress: Int { Int(bitPattern: node.pointee.name) }

  /// Bytes of all texts and attributes of the page.
  var textBytes: Int { Int(page.pointee.text_count) }

  func isCalled(_ name: CName) -> Bool { isElement && node.pointee.name.map(name.isSame) ?? false }
  func isCalled(asIs other: HTMLNode) -> Bool { node.pointee.name == other.node.pointee.name }

  /// The element around it.
  var parent: HTMLNode? { node(node.pointee.parent) }
  var next: HTMLNode? { node(node.pointee.next) }
  var previous: HTMLNode? { node(node.pointee.previous) }
  var firstChild: HTMLNode? { node(node.pointee.child) }

  /// The number after those of all it holds.
  var end: UInt32 {
    var current = self
    while current.node.pointee.next == 0 {
      guard let parent = current.parent else { return page.pointee.count }
      current = parent
    }
    return current.node.pointee.next
  }
}

/// What stands in it.
extension HTMLNode {
  /// The bytes of an attribute.
  func value(_ name: CName) -> UnsafeBufferPointer<UInt8>? {
    guard let found = name.withPointer({ cxml_find_attribute(page, node, $0) }) else { return nil }
    return bytes(found.pointee.value, found.pointee.length)
  }

  /// How many attributes are looked through for one.
  var attributeCount: Int { isElement ? Int(node.pointee.count) : 0 }

  func attribute(_ name: String) -> String? {
    guard let found = cxml_find_attribute(page, node, name) else { return nil }
    return String(decoding: bytes(found.pointee.value, found.pointee.length), as: UTF8.self)
  }

  func has(_ attribute: String) -> Bool { cxml_find_attribute(page, node, attribute) != nil }

  /// The bytes of a text.
  var text: UnsafeBufferPointer<UInt8>? {
    node.pointee.name == nil ? bytes(node.pointee.first, node.pointee.count) : nil
  }

  /// Where an `a` element leads to.
  var href: String? { isAnchor ? attribute("href") : nil }
  var isLink: Bool { isAnchor && has("href") }

  private var isAnchor: Bool { node.pointee.name.map { $0[0] == 0x61 && $0[1] == 0 } ?? false }

  /// Left out by the page itself: `hidden`, or a style of its own that says so.
  var isHidden: Bool {
    guard isElement, node.pointee.count > 0 else { return false }
    if has("hidden") { return true }
    guard let style = attribute("style") else { return false }
    let words = style.lowercased().filter { !$0.isWhitespace }
    return words.contains("display:none") || words.contains("visibility:hidden")
  }

  private func bytes(_ start: UInt32, _ count: UInt32) -> UnsafeBufferPointer<UInt8> {
    UnsafeRawBufferPointer(start: page.pointee.text + Int(start), count: Int(count)).assumingMemoryBound(to: UInt8.self)
  }
}
