/// A hint that there is something to look at: any number of rings before the next look are one. Any thread.
final class Wake: Sendable {
  private let stream: AsyncStream<Void>
  private let continuation: AsyncStream<Void>.Continuation

  init() { (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

  func ring() { continuation.yield() }

  /// Ends the loop over ``rings`` after a ring that is still waiting.
  func finish() { continuation.finish() }

  /// To be looped over by one task.
  var rings: AsyncStream<Void> { stream }
}
