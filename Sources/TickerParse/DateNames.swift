import TickerText

/// Names of months, halves of the day, eras and zones as feeds print them. Pure.
enum DateNames {
  /// A month of the calendar it belongs to.
  struct Month: Equatable {
    let number: Int
    /// Of the Iranian calendar.
    var isIranian = false
  }

  /// A name as it is compared: case, accents and Persian letters unified.
  static func comparable(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in Normalise.decomposed(text).unicodeScalars
    where scalar.properties.canonicalCombiningClass == .notReordered {
      switch scalar {
      case "\u{6CC}": result.append("\u{64A}")  // systems print either yeh
      case "\u{6A9}": result.append("\u{643}")  // and either kaf
      default: result.append(scalar)
      }
    }
    return String(result)
  }

  /// The month whose name `text`, in comparable form, begins with, in the language `code` first, then in any: `srp` is
  /// July in Croatian and August in Czech. Nil when it begins like none.
  static func month(_ text: String, language code: String?) -> Month? {
    guard !weekdays.contains(String(text.prefix { $0.isLetter })) else { return nil }
    return code.flatMap { byLanguage[$0] }.flatMap { longest(in: $0, of: text) } ?? longest(in: all, of: text)
  }

  /// Whether a time after this word, or before it, is of the day's second half; nil for other words.
  static func isAfternoon(_ phrase: String, language code: String?) -> Bool? {
    halves[phrase] ?? (code == "vi" ? vietnameseHalves[phrase] : nil)
  }

  /// The same of a word before the time, which Chinese, Japanese and Korean write without a space.
  static func isAfternoon(endOf word: String) -> Bool? {
    eastAsianHalves.first { word.hasSuffix($0.key) }?.value
  }

  /// Years before the first of the era that begins `word`.
  static func yearsBefore(era word: String) -> Int? { eras.first { word.hasPrefix($0.key) }?.value }

  /// Minutes east of UTC; nil for a name that is not known, which RFC 2822 section 4.3 has read as UTC. Names that are
  /// used twice are those of the language `code`.
  static func zone(_ name: String, language code: String?) -> Int? {
    code.flatMap { zonesByLanguage[$0]?[name] } ?? zones[name]
  }

  /// Minutes east of UTC where all speak the language of `word`, which is as good as a zone's name.
  static func zone(impliedBy word: String, language code: String?) -> Int? {
    // Hangul, decomposed
    if word.unicodeScalars.contains(where: { (0x1100...0x11FF).contains($0.value) }) { return 540 }
    if japanese.contains(where: word.contains) { return 540 }
    if chinese.contains(where: word.contains) { return 480 }
    // 年, 月 and 日 are written in both.
    guard word.contains("年") || word.contains("月") else { return nil }
    return code == "ja" ? 540 : code == "zh" ? 480 : nil
  }

  static let hourWords: Set<String> = ["h", "時", "时", "点", "點", comparable("시")]
  static let minuteWords: Set<String> = ["m", "mn", "min", "分", comparable("분")]
  static let secondWords: Set<String> = ["s", "秒", comparable("초")]
}

extension DateNames {
  private typealias Beginnings = [String: Month]

  /// Unicode scalars: those of Indic scripts join into larger characters at any place.
  private static let longestBeginning = 20

  /// The longest beginning counts, so that `juil` is not June and `marr` not March.
  private static func longest(in beginnings: Beginnings, of text: String) -> Month? {
    let prefix = Array(text.unicodeScalars.prefix(longestBeginning))
    for length in stride(from: prefix.count, to: 1, by: -1) {
      if let month = beginnings[String(String.UnicodeScalarView(prefix[..<length]))] { return month }
    }
    return nil
  }

  private static let byLanguage: [String: Beginnings] = Dictionary(
    months.map { ($0.codes, beginnings($0.names)) }.flatMap { codes, names in codes.map { ($0, names) } },
    uniquingKeysWith: { first, _ in first })

  /// Of the same beginning in several languages the earlier in the table counts.
  private static let all: Beginnings = months.reduce(into: [:]) { all, language in
    all.merge(beginnings(language.names)) { first, _ in first }
  }

  private static func beginnings(_ names: String) -> Beginnings {
    var beginnings: Beginnings = [:]
    for (index, month) in names.split(separator: " ").enumerated() {
      for name in month.split(separator: "|") {
        let key = comparable(name.split(separator: "_").joined(separator: " "))
        beginnings[key] = Month(number: index % 12 + 1, isIranian: index >= 12)
      }
    }
    return beginnings
  }

  /// How the months begin, January first, `_` for a space; Persian has the Iranian ones behind.
  private static let months: [(codes: [String], names: String)] = [
    (["en"], "jan feb mar apr may jun jul aug sep oct nov dec"),
    (["fr"], "jan fév mar avr mai juin juil aoû sep oct nov déc"),
    (["de"], "jan|jän feb mär|mrz apr mai jun jul aug sep okt nov dez"),
    (["it"], "gen feb mar apr mag giu lug ago set ott nov dic"),
    (["es"], "ene feb mar abr may jun jul ago sep|set oct nov dic"),
    (["pt", "gl"], "jan|xan fev|feb mar abr mai jun|xuñ jul|xul ago set out nov dez|dec"),
    (["nl", "af"], "jan feb maar|mrt apr mei jun jul aug sep okt nov dec|des"),
    (["ca"], "gen feb mar abr mai jun jul ago set oct nov des"),
    (["sv", "da", "no", "nb", "nn", "is"], "jan feb mar apr maj|mai jun jul aug|ágú sep okt nov dec|des"),
    (["pl"], "sty lut mar kwi maj cze lip sie wrz paź lis gru"),
    (["cs"], "led úno bře dub kvě červ|čvn červene|července|čvc srp zář říj lis pro"),
    (["sk", "sl"], "jan feb mar apr maj|máj jun|jún jul|júl aug|avg sep okt nov dec"),
    (
      ["hr", "bs"],
      "sij|jan velj|feb ožu|mar tra|apr svi|maj lip|lipanj|lipnj|jun srp|srpanj|srpnj|jul kol|aug|avg ruj|sep lis|okt stu|nov pro|dec"
    ),
    (["sr", "mk"], "јан феб|фев мар апр мај јун јул авг сеп окт нов|ное дец|дек"),
    (["hu"], "jan feb már ápr máj jún júl aug szep okt nov dec"),
    (["ro"], "ian feb mar apr mai iun iul aug sep oct noi|nov dec"),
    (["sq"], "jan shk mar pri maj qer kor gus sht tet nën dhj"),
    (["el"], "ιαν φεβ μαρ απρ μαι ιουν ιουλ αυγ σεπ οκτ νοε δεκ"),
    (["ru"], "янв фев мар апр май|мая июн июл авг сен окт ноя дек"),
    (["uk", "be"], "січ|сту лют бер|сак кві|кра тра|мая чер|чэр лип|ліп серп|жні вер жов|кас лис|ліс гру|сне"),
    (["bg"], "яну фев мар апр май юни юли авг сеп окт ное дек"),
    (["tr"], "oca şub mar nis may haz tem ağu eyl eki kas ara"),
    (["az", "uz"], "yan fev mar apr may iyun|iyn iyul|iyl avq|avg sen okt noy dek"),
    (["lt"], "sau vasari kov bal geg bir lie rugp rugs spa lap gru"),
    (["lv"], "jan feb mar apr mai jūn jūl aug sep okt nov dec"),
    (["et"], "jaan veeb mär apr mai juun juul aug sep okt nov det"),
    (["fi"], "tam hel maal huh tou kesä hei elo syys loka marr jou"),
    (["eu"], "urt ots martx api mai eka uzt abu ira urr aza abe"),
    (["ga"], "ean fea már aib beal meith iúil lún meán deir samh nol"),
    (["cy"], "ion chwe mawrth ebr mai meh gor aws medi hyd tach rha"),
    (["id", "ms"], "jan feb mar|mac apr mei jun jul agu|ogo sep okt nov des|dis"),
    (
      ["vi"],
      "tháng_giêng|tháng_một tháng_hai tháng_ba tháng_tư tháng_năm tháng_sáu tháng_bảy tháng_tám tháng_chín "
        + "tháng_mười tháng_mười_một tháng_mười_hai|tháng_chạp"
    ),
    (
      ["ar"],
      "يناير|جانفي|كانون_الثاني فبراير|فيفري|شباط مارس|آذار أبريل|أفريل|نيسان ماي|أيار يوني|جوان|حزيران "
        + "يولي|جويلية|تموز أغسطس|غشت|أوت|آب سبتمبر|شتنبر|أيلول أكتوبر|تشرين_الأول نوفمبر|نونبر|تشرين_الثاني "
        + "ديسمبر|دجنبر|كانون_الأول"
    ),
    (
      ["fa"],
      "ژانویه فوریه مارس آوریل مه ژوئن ژوئیه|جولای اوت سپتامبر اکتبر نوامبر دسامبر "
        + "فروردین اردیبهشت خرداد تیر مرداد شهریور مهر آبان آذر دی بهمن اسفند"
    ),
    (["ur"], "جنوری فروری مارچ اپریل مئی جون جولائی اگست ستمبر اکتوبر نومبر دسمبر"),
    (
      ["he"],
      "ינו|בינו פבר|בפבר מרץ|מרס|במרץ|במרס אפר|באפר מאי|במאי יונ|ביונ יול|ביול אוג|באוג ספט|בספט אוק|באוק נוב|בנוב דצמ|בדצמ"
    ),
    (["hi"], "जन फर मार्च अप्रै मई जून जुला अग सित अक्टू|अक्तू नव दिस"),
    (["bn"], "জানু ফেব মার্চ এপ্রি মে জুন জুলা আগ সেপ অক্টো নভে ডিসে"),
    (
      ["th"],
      "มกรา|ม.ค กุมภา|ก.พ มีนา|มี.ค เมษา|เม.ย พฤษภา|พ.ค มิถุนา|มิ.ย กรกฎา|ก.ค สิงหา|ส.ค กันยา|ก.ย ตุลา|ต.ค พฤศจิกา|พ.ย "
        + "ธันวา|ธ.ค"
    ),
    (["zh", "ja"], "一月 二月 三月 四月 五月 六月 七月 八月 九月 十月 十一月 十二月"),
  ]

  /// Days whose names begin like March in Romance languages, and in Turkish like October in Polish.
  private static let weekdays: Set<String> = ["mardi", "martes", "martedi", "marti", "marte", "pazar", "pazartesi"]

  private static let eastAsianHalves: [String: Bool] = [
    "오전": false, "오후": true, "午前": false, "午後": true, "上午": false, "下午": true, "凌晨": false, "早上": false,
    "中午": true, "晚上": true,
  ]

  private static let halves: [String: Bool] = Dictionary(
    uniqueKeysWithValues: [
      ("am", false), ("a.m", false), ("a. m", false), ("pm", true), ("p.m", true), ("p. m", true),
      ("πμ", false), ("π.μ", false), ("μμ", true), ("μ.μ", true), ("ص", false), ("صباحا", false), ("م", true),
      ("مساء", true), ("ق.ظ", false), ("ب.ظ", true), ("öö", false), ("ös", true),
    ].map { (comparable($0.0), $0.1) })

  /// SA and CH, which are days elsewhere.
  private static let vietnameseHalves = ["sa": false, "sang": false, "ch": true, "chieu": true, "toi": true]

  private static let eras = ["令和": 2018, "平成": 1988, "昭和": 1925, "民國": 1911, "民国": 1911]
  private static let japanese = ["午前", "午後", "令和", "平成", "昭和"]
  private static let chinese = ["上午", "下午", "凌晨", "早上", "晚上", "点", "點", "时"]

  private static let zonesByLanguage = ["zh": ["cst": 480], "he": ["ist": 120], "ga": ["ist": 60]]

  private static let zones: [String: Int] = [
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0,
    "est": -300, "edt": -240, "et": -300, "cst": -360, "cdt": -300, "ct": -360, "mst": -420, "mdt": -360, "mt": -420,
    "pst": -480, "pdt": -420, "pt": -480, "akst": -540, "akdt": -480, "hst": -600, "ast": -240, "adt": -180, "at": -240,
    "nst": -210, "ndt": -150, "brt": -180, "brst": -120, "art": -180, "clt": -240, "clst": -180, "uyt": -180,
    "cot": -300, "pet": -300, "ect": -300, "vet": -240, "bot": -240,
    "bst": 60, "west": 60, "cet": 60, "cest": 120, "met": 60, "mest": 120, "mez": 60, "mesz": 120, "eet": 120,
    "eest": 180, "idt": 180,
    "msk": 180, "msd": 240, "wat": 60, "cat": 120, "eat": 180, "sast": 120, "trt": 180, "gst": 240, "irst": 210,
    "irdt": 270, "aft": 270, "azt": 240, "get": 240, "yekt": 300, "uzt": 300, "pkt": 300, "ist": 330, "npt": 345,
    "mmt": 390, "ict": 420, "wib": 420, "novt": 420, "krat": 420, "wita": 480, "myt": 480, "pht": 480, "irkt": 480,
    "hkt": 480, "sgt": 480, "awst": 480, "jst": 540, "kst": 540, "wit": 540, "yakt": 540, "acst": 570, "acdt": 630,
    "aest": 600, "chst": 600, "vlat": 600, "aedt": 660, "magt": 660, "nzst": 720, "pett": 720, "nzdt": 780,
  ]
}
