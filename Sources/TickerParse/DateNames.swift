/// Names of months and zones as feeds print them. Pure.
enum DateNames {
  /// 1 to 12; nil when `word`, in lower case, begins like no month in the languages below.
  static func month(_ word: String) -> Int? {
    guard let month = beginnings[String(word.prefix(4))] ?? beginnings[String(word.prefix(3))] else { return nil }
    return tuesdays.contains(word) ? nil : month
  }

  /// Minutes east of UTC; nil for a name that is not known, which RFC 2822 section 4.3 has read as UTC.
  static func zone(_ name: String) -> Int? { zones[name] }

  private static let beginnings: [String: Int] = {
    var beginnings: [String: Int] = [:]
    for (index, names) in months.enumerated() { for name in names { beginnings[name] = index + 1 } }
    return beginnings
  }()

  /// How they begin, by three or four letters, in English, French, German, Italian, Spanish, Portuguese, Dutch, Scandinavian, Polish, Hungarian, Greek
  /// and Russian.
  private static let months: [[String]] = [
    ["jan", "gen", "ene", "sty", "ιαν", "янв"],
    ["feb", "fév", "fev", "lut", "φεβ", "фев"],
    ["mar", "mär", "maar", "mrt", "már", "μαρ", "μάρ", "мар"],
    ["apr", "avr", "abr", "kwi", "ápr", "απρ", "апр"],
    ["may", "mai", "maj", "mag", "mei", "máj", "μαι", "μάι", "май", "мая"],
    ["jun", "juin", "giu", "cze", "jún", "ιουν", "ιούν", "июн"],
    ["jul", "juil", "lug", "lip", "júl", "ιουλ", "ιούλ", "июл"],
    ["aug", "aoû", "aou", "ago", "sie", "αυγ", "αύγ", "авг"],
    ["sep", "set", "wrz", "szep", "σεπ", "сен"],
    ["oct", "okt", "ott", "out", "paź", "οκτ", "окт"],
    ["nov", "lis", "νοε", "νοέ", "ноя"],
    ["dec", "déc", "dez", "dic", "des", "gru", "δεκ", "дек"],
  ]

  /// Days whose names begin like March.
  private static let tuesdays: Set<String> = ["mardi", "martes", "martedì", "martedi", "marți"]

  private static let zones: [String: Int] = [
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0,
    "est": -300, "edt": -240, "et": -300, "cst": -360, "cdt": -300, "ct": -360, "mst": -420, "mdt": -360, "mt": -420,
    "pst": -480, "pdt": -420, "pt": -480, "akst": -540, "akdt": -480, "hst": -600, "ast": -240, "adt": -180, "at": -240,
    "nst": -210, "ndt": -150, "brt": -180, "art": -180, "clt": -240,
    "bst": 60, "west": 60, "cet": 60, "cest": 120, "met": 60, "mest": 120, "mez": 60, "mesz": 120, "eet": 120,
    "eest": 180,
    "msk": 180, "wat": 60, "cat": 120, "eat": 180, "sast": 120, "trt": 180, "gst": 240, "pkt": 300, "ist": 330,
    "hkt": 480, "sgt": 480, "awst": 480, "jst": 540, "kst": 540, "acst": 570, "acdt": 630, "aest": 600, "aedt": 660,
    "nzst": 720, "nzdt": 780,
  ]
}
