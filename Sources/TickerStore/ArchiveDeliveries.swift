// Dead letters and waiting deliveries, read from the state file without the daemon.

extension Archive {
  /// As ``Store/deliveries(dead:endpoint:after:most:)``.
  public func deliveries(
    dead: Bool, endpoint: String?, after: (endpoint: String, sequence: Int64)?, most: Int
  ) throws(StoreError) -> [StoredDelivery] {
    try DeliveryRows(connection: connection).list(dead: dead, endpoint: endpoint, after: after, most: most)
  }

  /// As ``Store/deadLetters(_:endpoint:)``.
  public func deadLetters(_ message: String, endpoint: String?) throws(StoreError) -> [StoredDelivery] {
    try DeliveryRows(connection: connection).dead(message, endpoint: endpoint)
  }
}
