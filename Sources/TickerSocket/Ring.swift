/// The newest events, encoded, in one unbroken run of sequences; whoever is behind reads pages of the log instead.
/// Belongs to the loop's thread.
struct Ring {
  /// Bytes of memory, whatever the events' size: some five thousand events. Whoever is further behind reads pages of the
  /// log, which the system has in memory too.
  static let mostBytes = 4 << 20

  /// A sequence's slot is given by its lowest bits.
  private var slots: [EncodedEvent?]
  private let capacity: Int
  private let byteLimit: Int
  private var bytes = 0

  /// The oldest sequence in the ring; `head` + 1 when it is empty.
  private(set) var first: Int64
  /// The newest sequence announced.
  private(set) var head: Int64

  /// `capacity` must be a power of two.
  init(head: Int64, capacity: Int, byteLimit: Int = mostBytes) {
    precondition(capacity > 0 && capacity & (capacity - 1) == 0, "the slot is found by the sequence's lowest bits")
    self.capacity = capacity
    self.byteLimit = byteLimit
    self.head = head
    first = head + 1
    slots = Array(repeating: nil, count: capacity)
  }

  /// Nil when `sequence` is not in the ring.
  subscript(sequence: Int64) -> EncodedEvent? {
    sequence >= first && sequence <= head ? slots[slot(sequence)] : nil
  }

  /// An event known already is ignored. One that leaves a hole empties the ring first: those who stand before the
  /// hole then read the log, which is the truth, and an announcement is only a hint.
  mutating func append(_ event: EncodedEvent) {
    guard event.sequence > head else { return }
    if event.sequence != head + 1 { clear(before: event.sequence) }
    if event.sequence - first >= capacity { removeFirst() }
    head = event.sequence
    slots[slot(head)] = event
    bytes += event.cost
    while bytes > byteLimit, first < head { removeFirst() }
  }

  /// Nobody will ask for the events up to `sequence`: whoever comes later reads the log.
  mutating func pass(_ sequence: Int64) {
    if sequence > head { clear(before: sequence + 1) }
  }

  private func slot(_ sequence: Int64) -> Int { Int(truncatingIfNeeded: sequence) & (capacity - 1) }

  private mutating func removeFirst() {
    bytes -= slots[slot(first)]?.cost ?? 0
    slots[slot(first)] = nil
    first += 1
  }

  private mutating func clear(before sequence: Int64) {
    while first <= head { removeFirst() }
    first = sequence
    head = sequence - 1
  }
}
