/// A way through an element and all it holds, in document order, without recursion.
struct Tour {
  enum Step {
    case enter(HTMLNode)
    /// After the content of an element.
    case leave(HTMLNode)
  }

  private enum Place { case before, inside, after }

  private let root: HTMLNode
  private var node: HTMLNode?
  private var place = Place.before
  private var skips = false

  init(of root: HTMLNode) {
    self.root = root
    node = root
  }

  /// The content of the node that was entered last is passed over; it is not left either.
  mutating func skipContent() { skips = true }

  mutating func next() -> Step? {
    while let node {
      switch place {
      case .before:
        place = .inside
        return .enter(node)
      case .inside:
        if skips {
          skips = false
          moveOn(from: node)
        } else if let child = node.firstChild {
          (self.node, place) = (child, .before)
        } else {
          place = .after
        }
      case .after:
        moveOn(from: node)
        if node.isElement { return .leave(node) }
      }
    }
    return nil
  }

  private mutating func moveOn(from current: HTMLNode) {
    if current == root {
      node = nil
    } else if let following = current.next {
      (node, place) = (following, .before)
    } else {
      (node, place) = (current.parent, .after)
    }
  }
}
