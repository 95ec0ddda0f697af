import TickerText

/// What stands in front of a headline and is no speaker: labels, marks, the beginnings of sentences. Pure.
enum Headword {
  /// Code points of a label: "Developing story", "Nachrichtenticker".
  private static let longestLabel = 40

  /// Words that tell what a line is, not who speaks; a label consists of nothing else. In the comparable form
  /// (``Normalise/comparable(_:)``; a capital İ folds to two characters). A line without such a word that only a desk uses is its `label_strip`'s.
  private static let labels: Set<String> = [
    // English
    "alert", "alerts", "analysis", "analyses", "blog", "breaking", "briefing", "bulletin", "business", "by",
    "chapter", "confirmed", "correction", "corrected", "culture", "day", "developing", "editorial", "editor's",
    "episode", "exclusive", "explained", "explainer", "fact", "factbox", "feature", "flash", "focus", "football",
    "full", "gallery", "game", "headline", "headlines", "health", "in", "info", "insight", "interview", "issue",
    "just", "key", "latest", "listen", "live", "liveblog", "map", "markets", "match", "more", "must", "new", "news",
    "newsflash", "note", "now", "obituary", "opinion", "part", "photo", "photos", "pictures", "podcast", "points",
    "politics", "poll", "preview", "profile", "q&a", "quiz", "read", "recap", "reminder", "report", "reports",
    "review", "round", "rumor", "rumour", "science", "season", "section", "special", "sport", "sports", "stock",
    "stocks", "story", "summary", "tech", "the", "thread", "ticker", "timeline", "today", "tomorrow", "tonight",
    "top", "traffic", "travel", "unconfirmed", "update", "updated", "updates", "urgent", "video", "videos", "warning",
    "watch", "weather", "week", "world", "year", "yesterday", "monday", "tuesday", "wednesday", "thursday", "friday",
    "saturday", "sunday", "january", "february", "march", "april", "june", "july", "august", "september", "october",
    "november", "december",
    // French, Spanish, Portuguese, Italian, German, Turkish, Russian, Ukrainian
    "alerte", "dernière", "direct", "en", "minute", "urgence", "vidéo", "à", "jour", "mise", "directo", "hora",
    "última", "último", "urgente", "vivo", "ao", "agora", "ultimora", "ultim'ora", "diretta", "aggiornamento", "eil",
    "eilmeldung", "aktuell", "liveticker", "meldung", "nachrichten", "son", "dakika", "daki\u{307}ka", "canlı", "acil",
    "срочно",
    "молния", "видео", "фото", "обновлено", "эксклюзив", "главное", "терміново", "відео", "оновлено",
    // Arabic, Persian, Hebrew
    "عاجل", "خبر", "الخبر", "أخبار", "شاهد", "بالفيديو", "فيديو", "بالصور", "صور", "مباشر", "تحديث", "حصري", "خاص",
    "تقرير", "متابعة", "فوری", "ویدئو", "زنده", "اختصاصی", "מבזק", "מבזקים", "עדכון", "דיווח", "דיווחים", "צפו",
    "בלעדי", "דחוף", "חדשות", "שידור", "חי", "וידאו",
    // Chinese, Japanese, Korean
    "快讯", "快訊", "突发", "突發", "直播", "视频", "視頻", "更新", "最新", "最新消息", "突发新闻", "独家", "獨家", "速報", "号外", "動画", "独自",
    "更新情報", "속보", "단독", "영상", "긴급", "라이브",
  ]

  /// At the end of words that name a story: "Gaza war: …", "Election live: …".
  private static let endings: Set<String> = [
    "analysis", "attack", "attacks", "ceasefire", "conflict", "crisis", "deal", "earthquake", "election", "elections",
    "explained", "explainer", "factbox", "fire", "floods", "highlights", "live", "liveblog", "obituary", "opinion",
    "photos", "pictures", "preview", "profile", "protest", "protests", "quake", "recap", "review", "shooting",
    "strike", "strikes", "summit", "talks", "timeline", "trial", "update", "updates", "video", "war", "wildfires",
  ]

  /// At the beginning of a sentence, never of a name of several words.
  private static let openings: Set<String> = [
    "after", "amid", "as", "at", "because", "before", "can", "could", "did", "do", "does", "from", "here", "here's",
    "how", "if", "inside", "is", "are", "on", "since", "these", "this", "was", "were", "what", "what's", "when",
    "where", "which", "while", "who", "who's", "why", "with",
  ]

  /// At the beginning of what is told of a story: "Gaza border: what we know", never of somebody's words in the ticker
  /// form unless he is named by one word.
  private static let questions: Set<String> = [
    "here's", "how", "what", "what's", "when", "where", "which", "who", "why",
  ]

  /// At the end of a speaker who is named last: "Iran open to talks: US officials".
  private static let speakers: Set<String> = [
    "agency", "army", "diplomat", "diplomats", "media", "military", "minister", "ministry", "official", "officials",
    "police", "president", "report", "reports", "residents", "sources", "source", "spokesman", "spokesperson",
    "spokeswoman", "statement", "study", "witnesses",
  ]
  /// Words of a speaker who is named last.
  private static let mostSpeakerWords = 4
  /// Code points of them.
  private static let longestSpeaker = 80

  /// Small words of a clause, never of a name.
  private static let clauseWords: Set<String> = [
    "after", "amid", "are", "as", "be", "because", "been", "before", "but", "can", "could", "did", "do", "does", "had",
    "has", "have", "how", "if", "is", "may", "might", "not", "should", "since", "than", "that", "was", "were", "what",
    "when", "where", "which", "while", "who", "why", "will", "would",
  ]

  /// Whether `words` are a label: of words that tell what a line is, and numbers.
  static func isLabel(_ words: CodePoints) -> Bool {
    guard words.count <= longestLabel else { return false }
    return words.split { $0.isSpace || $0.isDash || $0 == "_" || $0 == "/" }.allSatisfy { word in
      let core = core(word)
      return core.allSatisfy(\.isDigit) || labels.contains(folded(core))
    }
  }

  /// `text` without the marks at its front: spaces, pictures, bars, bullets, a number sign.
  static func afterMarks(_ text: CodePoints) -> CodePoints {
    text.drop { !$0.isLetter && ($0.isSpace || $0.isDash || isBar($0) || $0 == "*" || $0 == "#" || $0.isPicture) }
  }

  /// What follows a label in brackets, or one that a bar, a bullet, a dash after a space or a picture sets apart; nil
  /// where none stands at the front of `text` before `end`.
  static func afterLabel(_ text: CodePoints, before end: Int) -> CodePoints? {
    let words = text[..<end]
    if let close = words.first.flatMap({ brackets[$0] }) {
      guard let closing = words.firstIndex(of: close), isLabel(words[..<closing].dropFirst()) else { return nil }
      return text[(closing + 1)...]
    }
    guard let separator = words.indices.first(where: { isSeparator(at: $0, in: words) }) else { return nil }
    return isLabel(words[..<separator]) ? text[(separator + 1)...] : nil
  }

  /// Whether `words` are the beginning of a sentence or the name of a story, no speaker's.
  static func opensOrEndsClause(_ words: [CodePoints]) -> Bool {
    guard words.count > 1, let first = words.first, let last = words.last else { return false }
    // WHO is an organization, and Will a first name.
    if first.contains(where: \.isSmallLetter), openings.contains(folded(core(first))) { return true }
    return endings.contains(folded(core(last))) || words.contains { clauseWords.contains(String(codePoints: $0)) }
  }

  /// Whether `words` before the colon are the news and the speaker, or a question, follows it: "Iran open to talks:
  /// Araghchi", "Gaza border: what we know". Told by capital letters, thus only in scripts that have them.
  static func isTold(_ words: [CodePoints], before rest: CodePoints) -> Bool {
    guard words.count > 1 else { return false }
    // More of them than a speaker has are not told apart.
    let after = rest.prefix(longestSpeaker).split(maxSplits: mostSpeakerWords, whereSeparator: \.isSpace)
    guard let first = after.first, let last = after.last else { return false }
    if questions.contains(folded(core(first))) { return true }
    guard words.count > 2, after.count < words.count, after.count <= mostSpeakerWords else { return false }
    return after.dropLast().allSatisfy { $0.first?.isCapital == true }
      && (last.first?.isCapital == true || speakers.contains(folded(core(last))))
  }
}

extension Headword {
  private static let brackets: [Unicode.Scalar: Unicode.Scalar] = [
    "[": "]", "(": ")", "【": "】", "（": "）", "{": "}", "［": "］",
  ]

  /// A word without the punctuation around it.
  private static func core(_ word: CodePoints) -> CodePoints {
    let isWord = { (scalar: Unicode.Scalar) in scalar.isLetter || scalar.isDigit }
    guard let first = word.firstIndex(where: isWord), let last = word.lastIndex(where: isWord) else { return [] }
    return word[first...last]
  }

  /// In the comparable form.
  private static func folded(_ word: CodePoints) -> String {
    if word.allSatisfy({ $0.isASCII && $0 != "`" }) { return String(smallLettersOf: word) }
    return String(decoding: Normalise.comparable(String(codePoints: word)), as: UTF8.self)
  }

  /// A dash separates after a space; inside a word it joins.
  private static func isSeparator(at index: Int, in words: CodePoints) -> Bool {
    let scalar = words[index]
    if scalar.isLetter || scalar.isSpace { return false }
    guard scalar.isDash else {
      return isBar(scalar) || !scalar.isASCII && scalar.properties.generalCategory == .otherSymbol
    }
    return scalar == "—" || index > words.startIndex && words[index - 1].isSpace
  }

  private static func isBar(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "|" || scalar == "｜" || scalar == "•" || scalar == "·"
  }
}
