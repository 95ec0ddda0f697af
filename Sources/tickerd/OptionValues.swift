public import ArgumentParser
public import TickerModel

// Values of the model that options take as they are written in the configuration.
extension Level: ExpressibleByArgument {}
extension OutputFormat: ExpressibleByArgument {}
extension SourceKind: ExpressibleByArgument {}
