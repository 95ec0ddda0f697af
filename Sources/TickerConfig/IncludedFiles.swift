import Glibc

/// The files that `include` names.
enum IncludedFiles {
  /// In the order of the patterns, those of one pattern in the order of their names (bytes); each file once.
  /// `top` is the main file, to whose folder the patterns are relative.
  static func paths(_ top: inout TableReader, environment: LoadEnvironment) -> [String] {
    var paths: [String] = []
    var known: Set<String> = [top.file]
    for pattern in top.texts("include", atMost: Bounds.includePatterns) ?? [] {
      for path in matches(pattern, in: &top, environment) where known.insert(path).inserted { paths.append(path) }
    }
    guard paths.count <= Bounds.includedFiles else {
      top.fault(top.place(of: "include"), "include: \(paths.count) files, at most \(Bounds.includedFiles) are read")
      return []
    }
    return paths
  }

  private static func matches(
    _ pattern: Located<String>, in top: inout TableReader, _ environment: LoadEnvironment
  ) -> [String] {
    guard !pattern.value.isEmpty else {
      top.fault(pattern.place, "include: an empty pattern matches nothing")
      return []
    }
    let absolute = environment.absolute(pattern.value) ?? escaped(PathText.folder(of: top.file)) + "/" + pattern.value
    var found = glob_t()
    defer { globfree(&found) }
    // A folder that is not there matches nothing; one that may not be read must not look empty.
    let stop: @convention(c) (UnsafePointer<CChar>?, Int32) -> Int32 = { $1 == ENOENT || $1 == ENOTDIR ? 0 : 1 }
    let result = glob(absolute, GLOB_NOSORT, stop, &found)
    guard result == 0 || result == GLOB_NOMATCH else {
      let message = "include: \(Quoted.text(pattern.value)): a folder cannot be read"
      top.fault(pattern.place, message, excerpt: Quoted.text(pattern.value))
      return []
    }
    let paths = (0..<(result == 0 ? Int(found.gl_pathc) : 0)).compactMap {
      found.gl_pathv[$0].map { String(cString: $0) }
    }
    if paths.isEmpty, !pattern.value.contains("*") {
      let message = "include: there is no file \(Quoted.text(pattern.value))"
      top.fault(pattern.place, message, excerpt: Quoted.text(pattern.value))
    }
    return paths.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// `folder` with everything escaped that glob(7) would take for a pattern.
  private static func escaped(_ folder: String) -> String {
    String(folder.flatMap { "*?[\\".contains($0) ? ["\\", $0] : [$0] })
  }
}
