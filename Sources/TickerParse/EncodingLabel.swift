/// The names by which documents call their encoding (https://encoding.spec.whatwg.org/#names-and-labels). Pure.
public enum EncodingLabel {
  /// Why documents cannot be read by `label`; nil when they can.
  public static func fault(in label: String) -> String? {
    iconvName(label) == nil ? "no encoding of this name is known; utf-8, windows-1251, shift_jis and the like are" : nil
  }

  /// iconv's name for a label as the web platform understands it: `iso-8859-1` and `us-ascii` mean windows-1252. Nil for
  /// a label that it does not know, which counts as none; so does `utf-7`, which hides markup.
  static func iconvName(_ label: String) -> String? {
    let label = label.lowercased().trimmingPrefix { $0.isWhitespace || "\"'".contains($0) }
    let name = String(label.prefix { !$0.isWhitespace && !"\"';,>".contains($0) })
    return names[name]
  }

  /// Whether each byte is a character in an encoding of this name.
  static func isSingleByte(_ name: String) -> Bool { !severalBytes.contains(name) }

  private static let severalBytes: Set<String> = [
    utf8, utf16, utf16BigEndian, "GB18030", "BIG5-HKSCS", "EUC-JP", "ISO-2022-JP", "CP932", "CP949",
  ]

  static let utf8 = "UTF-8"
  static let windows1252 = "CP1252"
  /// Without a byte order mark the web platform reads little-endian.
  static let utf16 = "UTF-16LE"
  static let utf16BigEndian = "UTF-16BE"

  private static let names: [String: String] = {
    var names: [String: String] = [:]
    for (name, labels) in table { for label in labels.split(separator: " ") { names[String(label)] = name } }
    return names
  }()

  private static let table: [(name: String, labels: String)] = [
    (utf8, "utf-8 utf8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8"),
    (
      windows1252,
      "windows-1252 cp1252 x-cp1252 iso-8859-1 iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987 iso-ir-100 latin1 latin-1 l1"
        + " ibm819 cp819 us-ascii ascii ansi_x3.4-1968 csisolatin1 x-user-defined"
    ),
    (utf16, "utf-16 utf-16le ucs-2 unicode iso-10646-ucs-2 csunicode unicodefeff"),
    (utf16BigEndian, "utf-16be unicodefffe"),
    ("ISO-8859-2", "iso-8859-2 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 iso-ir-101 latin2 l2 csisolatin2"),
    ("ISO-8859-3", "iso-8859-3 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 iso-ir-109 latin3 l3 csisolatin3"),
    ("ISO-8859-4", "iso-8859-4 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 iso-ir-110 latin4 l4 csisolatin4"),
    (
      "ISO-8859-5", "iso-8859-5 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988 iso-ir-144 cyrillic csisolatincyrillic"
    ),
    (
      "ISO-8859-6",
      "iso-8859-6 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987 iso-8859-6-e iso-8859-6-i iso-ir-127 arabic asmo-708"
        + " ecma-114 csisolatinarabic csiso88596e csiso88596i"
    ),
    (
      "ISO-8859-7",
      "iso-8859-7 iso8859-7 iso88597 iso_8859-7 iso_8859-7:1987 iso-ir-126 greek greek8 ecma-118 elot_928 sun_eu_greek"
        + " csisolatingreek"
    ),
    (
      "ISO-8859-8",
      "iso-8859-8 iso8859-8 iso88598 iso_8859-8 iso_8859-8:1988 iso-8859-8-e iso-8859-8-i iso-ir-138 hebrew visual"
        + " logical csisolatinhebrew csiso88598e csiso88598i"
    ),
    ("ISO-8859-10", "iso-8859-10 iso8859-10 iso885910 iso-ir-157 latin6 l6 csisolatin6"),
    ("ISO-8859-13", "iso-8859-13 iso8859-13 iso885913"),
    ("ISO-8859-14", "iso-8859-14 iso8859-14 iso885914"),
    ("ISO-8859-15", "iso-8859-15 iso8859-15 iso885915 iso_8859-15 latin9 l9 csisolatin9"),
    ("ISO-8859-16", "iso-8859-16"),
    ("KOI8-R", "koi8-r koi8_r koi8 koi cskoi8r"),
    ("KOI8-U", "koi8-u koi8-ru"),
    ("MACINTOSH", "macintosh mac x-mac-roman csmacintosh"),
    ("IBM866", "ibm866 cp866 866 csibm866"),
    ("CP874", "windows-874 tis-620 iso-8859-11 iso8859-11 iso885911 dos-874"),
    ("CP1250", "windows-1250 cp1250 x-cp1250"),
    ("CP1251", "windows-1251 cp1251 x-cp1251"),
    ("CP1253", "windows-1253 cp1253 x-cp1253"),
    (
      "CP1254",
      "windows-1254 cp1254 x-cp1254 iso-8859-9 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 iso-ir-148 latin5 l5 csisolatin5"
    ),
    ("CP1255", "windows-1255 cp1255 x-cp1255"),
    ("CP1256", "windows-1256 cp1256 x-cp1256"),
    ("CP1257", "windows-1257 cp1257 x-cp1257"),
    ("CP1258", "windows-1258 cp1258 x-cp1258"),
    ("GB18030", "gb18030 gbk gb2312 gb_2312 gb_2312-80 chinese csgb2312 csiso58gb231280 iso-ir-58 x-gbk"),
    ("BIG5-HKSCS", "big5 big5-hkscs cn-big5 csbig5 x-x-big5"),
    ("EUC-JP", "euc-jp x-euc-jp cseucpkdfmtjapanese"),
    ("ISO-2022-JP", "iso-2022-jp csiso2022jp"),
    ("CP932", "shift_jis shift-jis sjis x-sjis ms932 ms_kanji windows-31j csshiftjis"),
    (
      "CP949",
      "euc-kr korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 cseuckr csksc56011987 iso-ir-149 windows-949"
    ),
  ]
}
