import TickerModel
import TickerSocket
import TickerStore
import TickerText

/// What clients of the control socket ask of the daemon as a whole.
extension Engine {
  func act(
    _ command: AdministrativeCommand, reload load: @Sendable () async -> Result<ResolvedConfiguration, ReloadFailure>
  ) async -> Result<[UInt8], CommandFailure> {
    switch command {
    case .status: return .success(await status().bytes)
    case .sources(let after):
      return .success(SourcesAnswer(of: await scheduler.overview(after: after, most: SourcesAnswer.most)).json.bytes)
    case .poll(let name): return await poll(name)
    case .pause(let name):
      guard let since = await scheduler.pause(name) else { return .failure(.unknown(source: name)) }
      var json = JSONText()
      json.member("source", name)
      json.member("paused_since", since.text)
      return .success(json.bytes)
    case .resume(let name):
      guard await scheduler.resume(name) else { return .failure(.unknown(source: name)) }
      var json = JSONText()
      json.member("source", name)
      return .success(json.bytes)
    case .reload:
      return await reload(load).map { JSONText().bytes }.mapError { CommandFailure(.failed, $0.message) }
    case .get(let reference): return await event(reference)
    case .webhooks(let command): return await act(command)
    }
  }

  private func poll(_ name: String) async -> Result<[UInt8], CommandFailure> {
    switch await scheduler.poll(name) {
    case .success(let report): return .success(report.json.bytes)
    case .failure(.unknown): return .failure(.unknown(source: name))
    case .failure(.paused(let since)):
      return .failure(
        CommandFailure(.busy, "\(name) is paused since \(since.textToTheSecond); go on with: tickerd resume \(name)"))
    case .failure(.held(let until)):
      return .failure(CommandFailure(.busy, "the server of \(name) asked for quiet until \(until.textToTheSecond)"))
    }
  }

  private func event(_ reference: EventReference) async -> Result<[UInt8], CommandFailure> {
    do throws(StoreError) {
      let found =
        switch reference {
        case .cursor(let cursor): try await store.event(cursor.sequence)
        case .item(let id): try await store.newestEvent(ofItem: id)
        }
      guard let found else {
        return .failure(CommandFailure(.notFound, "no such event is kept; an item that was never announced has none"))
      }
      var json = JSONText()
      json.member("event", json: found.object(epoch: store.epoch))
      return .success(json.bytes)
    } catch {
      return .failure(CommandFailure(.failed, error.message))
    }
  }

  private func status() async -> JSONText {
    let sources = await scheduler.overview()
    let bounds = try? await store.bounds()
    return Status(
      started: started, loaded: loadedAt, reloadFault: reloadFault, state: store.path, epoch: store.epoch,
      bounds: bounds, readFault: store.readFault?.message,
      sources: sources,
      schedulerProblems: await scheduler.problems, endpoints: await endpointOverviews(),
      jittering: (try? await store.jitteringItems()) ?? [:]
    ).json
  }
}

extension CommandFailure {
  fileprivate static func unknown(source name: String) -> CommandFailure {
    CommandFailure(.notFound, "no source of this name is polled: \(VisibleText.escaped(name))")
  }
}
