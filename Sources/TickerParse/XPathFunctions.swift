import CXML
import Glibc

// MARK: Conversions (§4)

extension XPathQuery {
  mutating func flag(_ term: Term, _ context: Context) throws(TooMuch) -> Bool {
    Self.flag(try value(term, context))
  }

  mutating func number(_ term: Term, _ context: Context) throws(TooMuch) -> Double {
    try number(try value(term, context))
  }

  mutating func string(_ term: Term, _ context: Context) throws(TooMuch) -> [UInt8] {
    try string(try value(term, context))
  }

  private static func flag(_ value: Value) -> Bool {
    switch value {
    case .nodes(let nodes): !nodes.isEmpty
    case .text(let text): !text.isEmpty
    case .number(let number): number != 0 && !number.isNaN
    case .flag(let flag): flag
    }
  }

  private mutating func number(_ value: Value) throws(TooMuch) -> Double {
    switch value {
    case .number(let number): return number
    case .flag(let flag): return flag ? 1 : 0
    default: return XPathNumber.read(try string(value)[...])
    }
  }

  mutating func string(_ value: Value) throws(TooMuch) -> [UInt8] {
    switch value {
    case .nodes(let nodes):
      guard let first = nodes.first else { return [] }
      return try string(first)
    case .text(let text): return text
    case .number(let number): return Array(XPathNumber.text(number).utf8)
    case .flag(let flag): return Array((flag ? "true" : "false").utf8)
    }
  }

  /// What stands in a node (§5).
  mutating func string(_ node: XPathNode) throws(TooMuch) -> [UInt8] {
    if node.attribute > 0 {
      let attribute = attribute(node)
      return try bytes(attribute.value, attribute.length)
    }
    let own = self.node(node.number)
    if node.number > 0, !isElement(node.number) { return try bytes(own.first, own.count) }
    var text: [UInt8] = []
    let tree = XPathExpression.Step(axis: .descendant, test: .text, predicates: [])
    for inner in try nodes(.path(.here, [tree]), Context(node: node)) {
      let piece = self.node(inner.number)
      text += try bytes(piece.first, piece.count)
      try count(bytes: text.count - Int(piece.count))
    }
    return text
  }

  private mutating func bytes(_ start: UInt32, _ length: UInt32) throws(TooMuch) -> [UInt8] {
    try count(bytes: Int(length))
    return Array(UnsafeRawBufferPointer(start: page.pointee.text + Int(start), count: Int(length)))
  }
}

// MARK: Comparisons (§3.4)

extension XPathQuery {
  mutating func compare(
    _ left: Value, _ comparison: XPathExpression.Comparison, _ right: Value
  ) throws(TooMuch) -> Bool {
    switch (left, right) {
    case (.nodes(let left), .nodes(let right)): return try compare(left, comparison, right)
    case (.nodes(let nodes), _): return try compare(nodes, comparison, right)
    case (_, .nodes(let nodes)): return try compare(nodes, comparison.turned, left)
    default: break
    }
    let isOrder = comparison != .equal && comparison != .unequal
    if isOrder { return XPathNumber.compare(try number(left), comparison, try number(right)) }
    let isEqual: Bool
    if case .flag = left {
      isEqual = Self.flag(left) == Self.flag(right)
    } else if case .flag = right {
      isEqual = Self.flag(left) == Self.flag(right)
    } else if case .number = left {
      isEqual = try number(left) == number(right)
    } else if case .number = right {
      isEqual = try number(left) == number(right)
    } else {
      isEqual = try string(left) == string(right)
    }
    return isEqual == (comparison == .equal)
  }

  /// Whether one of the nodes compares so with a value.
  private mutating func compare(
    _ nodes: Nodes, _ comparison: XPathExpression.Comparison, _ value: Value
  ) throws(TooMuch) -> Bool {
    if case .flag = value { return try compare(.flag(!nodes.isEmpty), comparison, value) }
    for node in nodes where try compare(.text(string(node)), comparison, value) { return true }
    return false
  }

  /// Whether one of the nodes compares so with one of the others; each is looked at once.
  private mutating func compare(
    _ left: Nodes, _ comparison: XPathExpression.Comparison, _ right: Nodes
  ) throws(TooMuch) -> Bool {
    guard !left.isEmpty, !right.isEmpty else { return false }
    if comparison == .equal || comparison == .unequal {
      let (left, right) = (try texts(left), try texts(right))
      if comparison == .equal { return !left.isDisjoint(with: right) }
      return left.count > 1 || right.count > 1 || left != right
    }
    // What is no number compares with nothing; of the others the least and the greatest decide.
    let (left, right) = (try numbers(left), try numbers(right))
    guard let least = left.min(), let most = left.max(), let other = right.min(), let greatest = right.max() else {
      return false
    }
    return comparison == .less || comparison == .lessOrEqual
      ? XPathNumber.compare(least, comparison, greatest) : XPathNumber.compare(most, comparison, other)
  }

  private mutating func texts(_ nodes: Nodes) throws(TooMuch) -> Set<[UInt8]> {
    var texts: Set<[UInt8]> = []
    for node in nodes { texts.insert(try string(node)) }
    return texts
  }

  private mutating func numbers(_ nodes: Nodes) throws(TooMuch) -> [Double] {
    var numbers: [Double] = []
    for node in nodes {
      let number = XPathNumber.read(try string(node)[...])
      if !number.isNaN { numbers.append(number) }
    }
    return numbers
  }
}

// MARK: Functions (§4)

extension XPathQuery {
  mutating func call(
    _ function: XPathExpression.Function, _ arguments: [Term], _ context: Context
  ) throws(TooMuch) -> Value {
    switch function {
    case .last: return .number(Double(context.size))
    case .position: return .number(Double(context.position))
    case .count: return .number(Double(try nodes(arguments[0], context).count))
    case .sum:
      var sum = 0.0
      for node in try nodes(arguments[0], context) { sum += XPathNumber.read(try string(node)[...]) }
      return .number(sum)
    case .id: return .nodes(try nodes(.call(.id, arguments), context))
    case .name, .localName:
      let node = try arguments.isEmpty ? context.node : nodes(arguments[0], context).first
      return .text(node.map { name(of: $0) } ?? [])
    case .namespaceURI: return .text([])
    case .boolean: return .flag(try flag(arguments[0], context))
    case .not: return .flag(try !flag(arguments[0], context))
    case .yes: return .flag(true)
    case .no: return .flag(false)
    case .lang: return .flag(try isLanguage(string(arguments[0], context), of: context.node))
    case .number:
      return .number(try arguments.isEmpty ? number(.nodes([context.node])) : number(arguments[0], context))
    case .floor: return .number(try number(arguments[0], context).rounded(.down))
    case .ceiling: return .number(try number(arguments[0], context).rounded(.up))
    case .round: return .number(XPathNumber.rounded(try number(arguments[0], context)))
    default: return try callOnText(function, arguments, context)
    }
  }

  private mutating func callOnText(
    _ function: XPathExpression.Function, _ arguments: [Term], _ context: Context
  ) throws(TooMuch) -> Value {
    let text = try arguments.isEmpty ? string(context.node) : string(arguments[0], context)
    switch function {
    case .string: return .text(text)
    case .concat:
      var whole = text
      for argument in arguments.dropFirst() {
        whole += try string(argument, context)
        try count(bytes: whole.count)
      }
      return .text(whole)
    case .stringLength: return .number(Double(String(decoding: text, as: UTF8.self).unicodeScalars.count))
    case .normalizeSpace: return .text(Self.normalized(text))
    case .translate:
      let (from, to) = (try string(arguments[1], context), try string(arguments[2], context))
      return .text(Self.translated(text, from, to))
    case .substring:
      let start = XPathNumber.rounded(try number(arguments[1], context))
      let length = arguments.count > 2 ? XPathNumber.rounded(try number(arguments[2], context)) : .infinity
      return .text(Self.part(of: text, from: start, length: length))
    default:
      let part = try string(arguments[1], context)
      if function == .startsWith { return .flag(text.starts(with: part)) }
      let place = text.withUnsafeBufferPointer { $0.place(of: part) }
      if function == .contains { return .flag(place != nil) }
      guard let place else { return .text([]) }
      return .text(Array(function == .substringBefore ? text[..<place] : text[(place + part.count)...]))
    }
  }

  private func name(of node: XPathNode) -> [UInt8] {
    let name = node.attribute > 0 ? attribute(node).name : isElement(node.number) ? self.node(node.number).name : nil
    return name.map { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) } ?? []
  }

  /// Of the nearest element that says one.
  private mutating func isLanguage(_ wanted: [UInt8], of node: XPathNode) throws(TooMuch) -> Bool {
    var number = node.number
    while number > 0 {
      try count(1 + HTMLNode(page, number).attributeCount / Self.attributesPerStep)
      if let tag = HTMLNode(page, number).attribute("lang") ?? HTMLNode(page, number).attribute("xml:lang") {
        let (tag, wanted) = (tag.lowercased(), String(decoding: wanted, as: UTF8.self).lowercased())
        return tag == wanted || tag.hasPrefix(wanted + "-")
      }
      number = self.node(number).parent
    }
    return false
  }

  private static func normalized(_ text: [UInt8]) -> [UInt8] {
    let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }
    return Array(text.split(whereSeparator: isSpace).joined(separator: [0x20]))
  }

  private static func translated(_ text: [UInt8], _ from: [UInt8], _ to: [UInt8]) -> [UInt8] {
    let to = Array(String(decoding: to, as: UTF8.self).unicodeScalars)
    var changes: [Unicode.Scalar: Unicode.Scalar?] = [:]
    for (index, scalar) in String(decoding: from, as: UTF8.self).unicodeScalars.enumerated()
    where changes[scalar] == nil { changes[scalar] = .some(index < to.count ? to[index] : nil) }
    var result = String.UnicodeScalarView()
    for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
      if let change = changes[scalar] {
        if let change { result.append(change) }
      } else {
        result.append(scalar)
      }
    }
    return Array(String(result).utf8)
  }

  /// Characters are counted from 1, and those count whose place lies in the range (§4.2).
  private static func part(of text: [UInt8], from start: Double, length: Double) -> [UInt8] {
    var place = 0.0
    var result = String.UnicodeScalarView()
    for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
      place += 1
      if place >= start, place < start + length { result.append(scalar) }
    }
    return Array(String(result).utf8)
  }
}

/// Numbers of XPath. Pure.
enum XPathNumber {
  /// §4.4: digits with a point or not, a minus before them, white space around them; all else is no number.
  static func read(_ bytes: ArraySlice<UInt8>) -> Double {
    let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }
    guard let start = bytes.firstIndex(where: { !isSpace($0) }), let end = bytes.lastIndex(where: { !isSpace($0) })
    else { return .nan }
    let isNegative = bytes[start] == UInt8(ascii: "-")
    let digits = bytes[(isNegative ? start + 1 : start)..<(end + 1)]
    var (points, places) = (0, 0)
    for byte in digits {
      if byte == UInt8(ascii: ".") {
        points += 1
      } else if (0x30...0x39).contains(byte) {
        places += 1
      } else {
        return .nan
      }
    }
    guard points <= 1, places > 0 else { return .nan }
    // Swift wants digits on both sides of the point.
    let number = Double("0" + String(decoding: digits, as: UTF8.self) + (points > 0 ? "0" : "")) ?? .nan
    return isNegative ? -number : number
  }

  /// §4.2; very large and very small ones have an exponent, as in libxml2.
  static func text(_ number: Double) -> String {
    if number.isNaN { return "NaN" }
    if number.isInfinite { return number < 0 ? "-Infinity" : "Infinity" }
    if number == number.rounded(), abs(number) < 1e15 { return String(Int(number)) }
    return "\(number)"
  }

  /// To the nearest whole, of two as near to the greater (§4.4).
  static func rounded(_ number: Double) -> Double { (number + 0.5).rounded(.down) }

  static func compute(_ left: Double, _ operation: XPathExpression.Operation, _ right: Double) -> Double {
    switch operation {
    case .plus: left + right
    case .minus: left - right
    case .times: left * right
    case .divided: left / right
    case .modulo: left.truncatingRemainder(dividingBy: right)
    }
  }

  static func compare(_ left: Double, _ comparison: XPathExpression.Comparison, _ right: Double) -> Bool {
    switch comparison {
    case .equal: left == right
    case .unequal: left != right
    case .less: left < right
    case .lessOrEqual: left <= right
    case .more: left > right
    case .moreOrEqual: left >= right
    }
  }
}
