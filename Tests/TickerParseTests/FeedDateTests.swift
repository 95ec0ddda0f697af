import Glibc
import Testing
import TickerModel

@testable import TickerParse

@Suite struct FeedDateTests {
  @Test(
    "dates as feeds write them",
    arguments: [
      // RFC 3339 and ISO 8601
      ("2026-11-23T14:02:00Z", "2026-11-23T14:02:00.000Z"),
      ("2026-11-23T14:02:00.1309+02:00", "2026-11-23T12:02:00.130Z"),
      ("2026-11-23 14:02:00", "2026-11-23T14:02:00.000Z"), ("2026-11-23T14:02", "2026-11-23T14:02:00.000Z"),
      ("2026-11-23T14:02+0530", "2026-11-23T08:32:00.000Z"), ("2026-11-23T14:02:00-05", "2026-11-23T19:02:00.000Z"),
      ("2026-11-23", "2026-11-23T00:00:00.000Z"), ("2026-11", "2026-11-01T00:00:00.000Z"),
      ("2026", "2026-01-01T00:00:00.000Z"),
      ("20261123", "2026-11-23T00:00:00.000Z"), ("2026/11/23 14:02:00", "2026-11-23T14:02:00.000Z"),
      ("2026-1-2T3:4:5Z", "2026-01-02T03:04:05.000Z"),
      // RFC 822
      ("Mon, 23 Nov 2026 14:02:00 GMT", "2026-11-23T14:02:00.000Z"),
      ("23 Nov 26 14:02 EST", "2026-11-23T19:02:00.000Z"),
      ("Mon, 23 Nov 99 14:02:00 +0000", "1999-11-23T14:02:00.000Z"),
      ("Mon,23 November 2026 14:02:00 -0700", "2026-11-23T21:02:00.000Z"),
      ("Wrongday, 23 Nov 2026 14:02:00 PDT", "2026-11-23T21:02:00.000Z"),
      ("mon, 23 nov 2026 14:02:00 cest", "2026-11-23T12:02:00.000Z"),
      ("\n Mon ,\t23  Nov 2026\n14:02:00  +01:00 (CET) ", "2026-11-23T13:02:00.000Z"),
      ("23 Nov 2026 14:02:00 Z", "2026-11-23T14:02:00.000Z"),
      ("23 Nov 2026 14:02:00 GMT+2", "2026-11-23T12:02:00.000Z"),
      ("23 Nov 2026 14:02:00 QQQ", "2026-11-23T14:02:00.000Z"),
      ("Mon Nov 23 2026 14:02:00 GMT+0100", "2026-11-23T13:02:00.000Z"), ("23 Nov 2026", "2026-11-23T00:00:00.000Z"),
      ("31 Dec 2016 23:59:60 GMT", "2017-01-01T00:00:00.000Z"),
      ("Mon, 23rd Nov 2026 14:02:00 UT", "2026-11-23T14:02:00.000Z"),
      // What systems print instead
      ("Nov. 23, 2026, 2:02 p.m.", "2026-11-23T14:02:00.000Z"),
      ("November 23, 2026 12:02am", "2026-11-23T00:02:00.000Z"),
      ("11/23/2026 - 14:02", "2026-11-23T14:02:00.000Z"), ("23/11/2026", "2026-11-23T00:00:00.000Z"),
      ("23.11.2026 14:02", "2026-11-23T14:02:00.000Z"),
      ("Mo, 23 Mär 2026 14:02:00 +0100", "2026-03-23T13:02:00.000Z"),
      ("mar., 01 déc. 2026 16:11:02 +0000", "2026-12-01T16:11:02.000Z"),
      ("lundi 23 août 2026", "2026-08-23T00:00:00.000Z"), ("1795442520", "2026-11-23T14:02:00.000Z"),
      ("1795442520130", "2026-11-23T14:02:00.130Z"),
    ])
  func reads(_ text: String, _ expected: String) { #expect(FeedDate.parse(text)?.text == expected) }

  @Test(
    "numbers in dress, fractions behind a comma, the end of a day",
    arguments: [
      ("@1795442520", "2026-11-23T14:02:00.000Z"), ("1795442520.25", "2026-11-23T14:02:00.250Z"),
      ("/Date(1795442520130)/", "2026-11-23T14:02:00.130Z"), ("/Date(1795442520130+0200)/", "2026-11-23T14:02:00.130Z"),
      ("Date(1795442520)", "2026-11-23T14:02:00.000Z"), ("2026-11-23T14:02:00,5+02", "2026-11-23T12:02:00.500Z"),
      ("2026-11-23T14:02:00,25Z", "2026-11-23T14:02:00.250Z"),
      ("2026-11-23T14:02:00,5-05:00", "2026-11-23T19:02:00.500Z"),
      ("2026-11-23 14:02:00,130", "2026-11-23T14:02:00.130Z"), ("14:02:00, 23.11.2026", "2026-11-23T14:02:00.000Z"),
      ("14:02:00, 23-11-2026", "2026-11-23T14:02:00.000Z"), ("2026-11-23T24:00:00Z", "2026-11-24T00:00:00.000Z"),
      ("Thu, 31 Dec 2026 24:00 +0100", "2026-12-31T23:00:00.000Z"), ("2026-11-23T24:00:01Z", nil),
      ("2026-11-23 24:30", nil),
    ] as [(String, String?)])
  func readsDressed(_ text: String, _ expected: String?) { #expect(FeedDate.parse(text)?.text == expected) }

  @Test("the date that was read last is known again") func last() {
    var dates = LastDate()
    let texts = [
      "", "Mon, 23 Nov 2026 14:02:00 GMT", "Mon, 23 Nov 2026 14:02:00 GMT", "Mon, 23 Nov 2026 14:02:01 GMT", "nothing",
      "",
      "nothing", String(repeating: " ", count: 70) + "2026-11-23", "Mon, 23 Nov 2026 14:02:01 GMT",
    ]
    for text in texts {
      let found = Array(text.utf8).withUnsafeBufferPointer { dates.moment($0, language: nil) }
      #expect(found == FeedDate.parse(text))
    }
  }

  @Test(
    "ISO 8601 beyond RFC 3339",
    arguments: [
      ("2026-W48-2", "2026-11-24T00:00:00.000Z"), ("2026W482", "2026-11-24T00:00:00.000Z"),
      ("2026-W48", "2026-11-23T00:00:00.000Z"), ("2026-W48-2T14:02:00+01:00", "2026-11-24T13:02:00.000Z"),
      ("2020-W53-7", "2021-01-03T00:00:00.000Z"), ("2026-328", "2026-11-24T00:00:00.000Z"),
      ("2026328", "2026-11-24T00:00:00.000Z"), ("2024-366", "2024-12-31T00:00:00.000Z"),
      ("26-328", "2026-11-24T00:00:00.000Z"), ("26328", "2026-11-24T00:00:00.000Z"),
      ("-2611", "2026-11-01T00:00:00.000Z"), ("-26-11", "2026-11-01T00:00:00.000Z"),
      ("20261123T140200Z", "2026-11-23T14:02:00.000Z"), ("20261123T1402+0100", "2026-11-23T13:02:00.000Z"),
      ("2026-11-23T14", "2026-11-23T14:00:00.000Z"), ("20261123140200", "2026-11-23T14:02:00.000Z"),
      ("2026-11-23T14:02:00\u{2212}05:00", "2026-11-23T19:02:00.000Z"),
      ("2026-11-23T14:02:00+01:00[Europe/Paris]", "2026-11-23T13:02:00.000Z"),
    ])
  func readsISO8601(_ text: String, _ expected: String) { #expect(FeedDate.parse(text)?.text == expected) }

  @Test(
    "a weekday, a day and a month in the languages of the world",
    arguments: [
      ("Montag, 23. November 2026, 14.02 Uhr", "23T14:02"), ("Mo., 23.11.2026 14:02", "23T14:02"),
      ("lundi 23 novembre 2026 à 14h02", "23T14:02"), ("Lundi 23 novembre 2026 - 14 h 02", "23T14:02"),
      ("lunes, 23 de noviembre de 2026, 2:02 p. m.", "23T14:02"), ("segunda-feira, 23 de novembro de 2026", "23T00:00"),
      ("lunedì 23 novembre 2026 ore 14.02", "23T14:02"), ("maandag 23 november 2026 14:02", "23T14:02"),
      ("dilluns, 23 de novembre de 2026", "23T00:00"), ("luns, 23 de novembro de 2026", "23T00:00"),
      ("2026ko azaroaren 23a, astelehena 14:02", "23T14:02"), ("mandag 23. november 2026 kl. 14.02", "23T14:02"),
      ("måndag 23 november 2026", "23T00:00"), ("mánudagur 23. nóvember 2026", "23T00:00"),
      ("poniedziałek, 23 listopada 2026 14:02", "23T14:02"), ("pondělí 23. listopadu 2026", "23T00:00"),
      ("pondelok 23. november 2026", "23T00:00"), ("ponedeljek, 23. november 2026", "23T00:00"),
      ("ponedjeljak, 23. studenoga 2026.", "23T00:00"), ("понедељак, 23. новембар 2026.", "23T00:00"),
      ("2026. november 23., hétfő 14:02", "23T14:02"), ("luni, 23 noiembrie 2026", "23T00:00"),
      ("e hënë, 23 nëntor 2026", "23T00:00"), ("Δευτέρα, 23 Νοεμβρίου 2026 2:02 μ.μ.", "23T14:02"),
      ("понедельник, 23 ноября 2026 г. 14:02", "23T14:02"), ("понеділок, 23 листопада 2026 р.", "23T00:00"),
      ("понеделник, 23 ноември 2026", "23T00:00"), ("панядзелак, 23 лістапада 2026", "23T00:00"),
      ("23 Kasım 2026 Pazartesi 14:02", "23T14:02"), ("23 noyabr 2026", "23T00:00"),
      ("2026 m. lapkričio 23 d., pirmadienis", "23T00:00"), ("pirmdiena, 23. novembris 2026", "23T00:00"),
      ("esmaspäev, 23. november 2026", "23T00:00"), ("maanantaina 23. marraskuuta 2026 klo 14.02", "23T14:02"),
      ("maanantai 23.11.2026 klo 14.02", "23T14:02"), ("Dé Luain 23 Samhain 2026", "23T00:00"),
      ("Llun 23 Tachwedd 2026", "23T00:00"), ("Senin, 23 November 2026 14:02 WIB", "23T07:02"),
      ("Thứ Hai, 23 tháng 11 năm 2026", "23T00:00"), ("23 Tháng Mười Một 2026", "23T00:00"),
      ("الاثنين، ٢٣ نوفمبر ٢٠٢٦ ٠٢:٠٢ م", "23T14:02"), ("الإثنين 23 تشرين الثاني 2026", "23T00:00"),
      ("دوشنبه ۲۳ نوامبر ۲۰۲۶ ۱۴:۰۲", "23T14:02"), ("دوشنبه، ۲ آذر ۱۴۰۵ ۱۴:۰۲", "23T14:02"),
      ("۱۴۰۵/۰۹/۰۲", "23T00:00"), ("پیر 23 نومبر 2026", "23T00:00"), ("יום שני, 23 בנובמבר 2026", "23T00:00"),
      ("सोमवार, २३ नवंबर २०२६", "23T00:00"), ("সোমবার, ২৩ নভেম্বর ২০২৬", "23T00:00"),
      ("จันทร์ 23 พ.ย. 2569 14:02", "23T14:02"), ("วันจันทร์ที่ ๒๓ พฤศจิกายน ๒๕๖๙", "23T00:00"),
      ("2026年11月23日 14:02", "23T14:02"), ("2026年11月23日 星期一", "23T00:00"), ("26年11月23日", "23T00:00"),
      ("23 十一月 2026", "23T00:00"), ("２０２６年１１月２３日　１４：０２", "23T14:02"),
      // Where one zone is that of all who write like this, and none is written
      ("2026-11-23 오후 11:02:00", "23T14:02"), ("2026년 11월 23일 오후 11시 2분", "23T14:02"),
      ("2026年11月23日午後11時2分", "23T14:02"), ("令和8年11月23日 午後11:02", "23T14:02"),
      ("2026年11月23日下午10:02", "23T14:02"), ("2026年11月23日 22点02分", "23T14:02"),
      ("2026년 11월 23일 14:02 GMT", "23T14:02"),
    ])
  func readsLanguages(_ text: String, _ expected: String) {
    #expect(FeedDate.parse(text)?.text == "2026-11-\(expected):00.000Z")
  }

  @Test(
    "what the source's language decides",
    arguments: [
      ("03/04/2026", "en", "2026-03-04"), ("03/04/2026", "en-US", "2026-03-04"), ("03/04/2026", nil, "2026-03-04"),
      ("03/04/2026", "en-GB", "2026-04-03"), ("03/04/2026", "fr", "2026-04-03"), ("13/04/2026", "en", "2026-04-13"),
      ("04/13/2026", "fr", "2026-04-13"), ("13-04-26", nil, "2013-04-26"), ("13-04-26", "nl", "2026-04-13"),
      ("26/04/13", "ja", "2026-04-13"), ("3 srpnja 2026", nil, "2026-07-03"), ("3 srp 2026", "cs", "2026-08-03"),
      ("3 srp 2026", "hr", "2026-07-03"), ("3 listopada 2026", "hr", "2026-10-03"),
      ("3 listopada 2026", "pl", "2026-11-03"), ("3 April 2569", "th", "2026-04-03"),
      ("1405/01/14", "fa", "2026-04-03"),
    ] as [(String, String?, String)])
  func readsByLanguage(_ text: String, _ language: String?, _ expected: String) {
    #expect(FeedDate.parse(text, language: language)?.text == expected + "T00:00:00.000Z")
  }

  @Test(
    "names that are used twice are those of the language",
    arguments: [("CST", "zh", "06:02"), ("CST", "en", "20:02"), ("IST", "he", "12:02"), ("IST", nil, "08:32")]
      as [(String, String?, String)])
  func readsZonesByLanguage(_ zone: String, _ language: String?, _ expected: String) {
    let date = FeedDate.parse("Mon, 23 Nov 2026 14:02:00 \(zone)", language: language)
    #expect(date?.text == "2026-11-23T\(expected):00.000Z")
  }

  @Test(
    "zones named by a place", .enabled(if: hasZones, "no time zone files: install tzdata"),
    arguments: [
      ("Thu, 25 Feb 2016 00:00:00 Europe/Brussels", "2016-02-24T23:00:00.000Z"),
      ("2026-07-01 12:00:00 Europe/Brussels", "2026-07-01T10:00:00.000Z"),
      ("2026-07-01 12:00:00 (America/New_York)", "2026-07-01T16:00:00.000Z"),
      ("2026-12-01 12:00:00 America/New_York", "2026-12-01T17:00:00.000Z"),
      ("1 Jul 2026 12:00 America/Argentina/Buenos_Aires", "2026-07-01T15:00:00.000Z"),
      ("1 Jul 2026 12:00 Asia/Kolkata", "2026-07-01T06:30:00.000Z"),
      // Beyond the moments that a file lists, its last line counts.
      ("1 Jul 2060 12:00 Europe/Brussels", "2060-07-01T10:00:00.000Z"),
      ("1 Dec 2060 12:00 Europe/Brussels", "2060-12-01T11:00:00.000Z"),
      ("1 Dec 2060 12:00 Australia/Sydney", "2060-12-01T01:00:00.000Z"),
      ("1 Jul 2026 12:00 Etc/GMT", "2026-07-01T12:00:00.000Z"),
    ])
  func readsPlaces(_ text: String, _ expected: String) { #expect(FeedDate.parse(text)?.text == expected) }

  private static let hasZones = access("/usr/share/zoneinfo/Europe/Brussels", R_OK) == 0

  @Test("white space and control characters around a date, however much") func trims() {
    let noise = String(repeating: "\u{0}\u{7} ", count: 100)
    #expect(FeedDate.parse(noise + "4054-11-24T07:00:00.5Z\n")?.text == "4054-11-24T07:00:00.500Z")
  }

  @Test(
    "what is no date",
    arguments: [
      "", "yesterday", "14:02", "Nov 2026 x", "23 Nov", "31 Feb 2026", "2026-13-01", "2026-11-23T25:02:00Z",
      "2026-11-23T14:62:00Z",
      "23 Nov 2026 1:2:3:4 GMT", "23 Nov 2026 14:02:00 +zz:00", "2026-11-23T14:02:00+99:99", "12", "12999",
      "2026-W54-1", "2026-W48-8", "2026-366", "2026-000", "2026-11-23T140261Z", "20261123250000", "令和0年13月1日",
      "۳۱ آذر ۱۴۰۵ ۲۵:۰۰", "23 Nov 2026 14:02 Nowhere/City",
      "99999999999999999999",
      String(repeating: "1 ", count: 51), "::::", "+", "\u{0}",
    ])
  func refuses(_ text: String) { #expect(FeedDate.parse(text) == nil) }

  @Test(
    "the quick reading takes nothing that the patient one reads otherwise",
    arguments: [
      "2026-11-24T07:00:00.\(String(repeating: "9", count: 80))Z", "\\u3, 24 Nov 2026 07:00:00 +0100",
      "123, 24 Nov 2026 07:00:00 GMT", "T\u{e9}, 24 Nov 2026 07:00:00 GMT",
    ])
  func quickMeansExact(_ text: String) {
    #expect(Array(text.utf8).withUnsafeBufferPointer { ExactDate.parse($0) } == nil)
  }
}
