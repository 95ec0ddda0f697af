/// The tables, as an append-only list of migrations: an entry is never changed once it was released.
enum Schema {
  /// What this program reads and writes; stored as SQLite's `user_version`.
  static let version = migrations.count

  /// Brings a database from any earlier version to a later one, by default this program's. The caller holds a transaction.
  static func migrate(_ connection: Connection, from version: Int, to later: Int = Schema.version) throws(StoreError) {
    for migration in migrations[version..<later] { try connection.execute(migration) }
    try connection.execute("PRAGMA user_version = \(later)")
  }

  private static let migrations = [
    """
    CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

    -- The log. `body` is the event's JSON without braces, type and cursor, so that a sink puts its own head before it.
    CREATE TABLE event(
      seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, type TEXT NOT NULL, source TEXT, item TEXT,
      level TEXT, tags TEXT NOT NULL, also TEXT, body BLOB NOT NULL) STRICT;
    CREATE INDEX event_source ON event(source, seq);
    CREATE INDEX event_at ON event(at);
    CREATE INDEX event_item ON event(item);

    CREATE TABLE item(
      row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, hash BLOB NOT NULL, owner TEXT NOT NULL, title TEXT NOT NULL,
      text TEXT, link TEXT, published INTEGER, updated INTEGER, level TEXT NOT NULL, tags TEXT NOT NULL,
      seen INTEGER NOT NULL, seen_after INTEGER, revision INTEGER NOT NULL, occurrence INTEGER NOT NULL,
      baseline INTEGER NOT NULL, withdrawn INTEGER NOT NULL DEFAULT 0, jitters INTEGER NOT NULL DEFAULT 0) STRICT;
    CREATE INDEX item_jitters ON item(owner) WHERE jitters = 1;

    -- Every hash an item ever had, with the rule that made it and what it was made of, so that another rule can map it:
    -- scope is the source's name where duplicates are judged per source; title and link are null while they are the
    -- item's present ones. A rowid table: random keys move no rows.
    CREATE TABLE fingerprint(
      hash BLOB NOT NULL, rule INTEGER NOT NULL, item INTEGER NOT NULL REFERENCES item(row), form TEXT NOT NULL,
      scope TEXT, title TEXT, link TEXT) STRICT;
    CREATE UNIQUE INDEX fingerprint_hash ON fingerprint(hash);
    CREATE INDEX fingerprint_item ON fingerprint(item);

    -- Which source saw an item, the event that told it, where there is one, and when the source last saw it before it
    -- left the window.
    CREATE TABLE sighting(
      item INTEGER NOT NULL REFERENCES item(row), source TEXT NOT NULL, seq INTEGER, level TEXT NOT NULL,
      tags TEXT NOT NULL, at INTEGER NOT NULL, last_seen INTEGER) STRICT;
    CREATE UNIQUE INDEX sighting_item ON sighting(item, source);
    CREATE INDEX sighting_source ON sighting(source);

    -- Why an item was judged as it was, for `why`.
    CREATE TABLE trace(
      item INTEGER NOT NULL REFERENCES item(row), seq INTEGER, at INTEGER NOT NULL, source TEXT NOT NULL,
      verdict TEXT NOT NULL, above TEXT, below TEXT, closest TEXT, similarity REAL) STRICT;
    CREATE INDEX trace_item ON trace(item);

    CREATE TABLE alias(source TEXT NOT NULL, key TEXT NOT NULL, item INTEGER NOT NULL REFERENCES item(row)) STRICT;
    CREATE UNIQUE INDEX alias_key ON alias(source, key);

    -- The lines of the last successful poll, or the items of a feed's last document, packed (WindowCodec).
    CREATE TABLE window(
      source TEXT PRIMARY KEY, lines BLOB NOT NULL, absent BLOB NOT NULL, lengths BLOB NOT NULL) STRICT;

    CREATE TABLE source(
      name TEXT PRIMARY KEY, rules BLOB NOT NULL, identity BLOB, etag BLOB, last_modified BLOB, body_hash BLOB, last_poll INTEGER,
      last_success INTEGER, failures INTEGER NOT NULL DEFAULT 0, failing_since INTEGER, fault_stage TEXT,
      fault_class TEXT, fault_reason TEXT) STRICT;

    CREATE TABLE endpoint(name TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT;

    -- The duty to bring one event to one endpoint, only where an attempt failed; without next_at it is dead.
    CREATE TABLE delivery(
      endpoint TEXT NOT NULL, seq INTEGER NOT NULL, message TEXT NOT NULL, type TEXT NOT NULL, body BLOB NOT NULL,
      attempts INTEGER NOT NULL, next_at INTEGER, last_status INTEGER, reason TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
    CREATE UNIQUE INDEX delivery_event ON delivery(endpoint, seq);
    CREATE INDEX delivery_due ON delivery(endpoint, next_at);
    """ + archive,
    """
    -- Where connections stand that the service manager keeps over a restart, in the sockets' own encoding; exact after
    -- an orderly stop.
    CREATE TABLE subscriber(name TEXT PRIMARY KEY, state BLOB NOT NULL, exact INTEGER NOT NULL) STRICT;
    """,
    """
    -- What was learned of a source's pace, what its server asked for, and what an operator said. Durations and times are
    -- milliseconds; moved_from is a hash of the URL that was configured then.
    CREATE TABLE pacing(
      source TEXT PRIMARY KEY, pace BLOB NOT NULL, ttl INTEGER, updates INTEGER, skipped_hours INTEGER NOT NULL,
      skipped_days INTEGER NOT NULL, full_at INTEGER, moved_from TEXT, moved_to TEXT, moved_whole INTEGER NOT NULL,
      paused_at INTEGER, gone_at INTEGER, held_until INTEGER) STRICT;
    CREATE TABLE host_group(name TEXT PRIMARY KEY, held_until INTEGER, pace REAL, ceiling REAL) STRICT;
    """,
    """
    -- What is known of an endpoint beside its position: until when it asked for quiet, since when its circuit is open and
    -- when it is tried next, and whether a person or the daemon disabled it. Times in milliseconds since 1970.
    ALTER TABLE endpoint ADD COLUMN paused_until INTEGER;
    ALTER TABLE endpoint ADD COLUMN failing_since INTEGER;
    ALTER TABLE endpoint ADD COLUMN failing_reason TEXT;
    ALTER TABLE endpoint ADD COLUMN probe_at INTEGER;
    ALTER TABLE endpoint ADD COLUMN probe_wait INTEGER;
    ALTER TABLE endpoint ADD COLUMN disabled_since INTEGER;
    ALTER TABLE endpoint ADD COLUMN disabled_reason TEXT;
    ALTER TABLE endpoint ADD COLUMN disabled_by TEXT;

    -- source orders deliveries where that was promised ("*" for several events in one); event_at is the event's own time.
    ALTER TABLE delivery ADD COLUMN content_type TEXT NOT NULL DEFAULT 'application/json';
    ALTER TABLE delivery ADD COLUMN source TEXT;
    ALTER TABLE delivery ADD COLUMN event_at INTEGER;
    CREATE INDEX delivery_message ON delivery(message);
    CREATE INDEX delivery_dead ON delivery(endpoint, at) WHERE next_at IS NULL;
    """,
    """
    -- The entries of a feed's last document that need no second judgement (FeedMemory); null where that is not known.
    ALTER TABLE window ADD COLUMN settled BLOB;
    """,
    """
    -- What of an endpoint is settled behind its position, while something in front of it is under way (DeliveryPosition).
    ALTER TABLE endpoint ADD COLUMN ahead TEXT;
    """,
    """
    -- The index is merged by those who write to it, a little each time (SearchIndex.merge). By itself it merges at times
    -- of its own choosing, for ten milliseconds at once.
    INSERT INTO search(search, rank) VALUES ('automerge', 0);
    INSERT INTO search(search, rank) VALUES ('crisismerge', 1000);
    """,
    """
    -- The numbers of the configured rules that fitted, separated by spaces, and whether the last of them dropped the item.
    ALTER TABLE trace ADD COLUMN rules TEXT;
    ALTER TABLE trace ADD COLUMN dropped INTEGER NOT NULL DEFAULT 0;
    """,
    """
    -- The sequences of the events in a message, separated by blanks, where they are several: it may have to be split.
    ALTER TABLE delivery ADD COLUMN members TEXT;
    """,
    """
    -- The row up to which all items are in the full-text index: it is written after they were announced (SearchIndex).
    INSERT INTO meta SELECT 'indexed', coalesce(max(row), 0) FROM item;

    -- Rows that come in the order of their keys, or few of a kind, are their own index. The steps of an item name its
    -- events: each has one, and keeps it as long.
    DROP INDEX event_item;
    ALTER TABLE sighting RENAME TO former_sighting;
    CREATE TABLE sighting(
      item INTEGER NOT NULL REFERENCES item(row), source TEXT NOT NULL, seq INTEGER, level TEXT NOT NULL,
      tags TEXT NOT NULL, at INTEGER NOT NULL, last_seen INTEGER, PRIMARY KEY(item, source)) STRICT, WITHOUT ROWID;
    INSERT INTO sighting SELECT item, source, seq, level, tags, at, last_seen FROM former_sighting;
    DROP TABLE former_sighting;
    CREATE INDEX sighting_source ON sighting(source);
    ALTER TABLE trace RENAME TO former_trace;
    CREATE TABLE trace(
      item INTEGER NOT NULL REFERENCES item(row), step INTEGER NOT NULL, seq INTEGER, at INTEGER NOT NULL,
      source TEXT NOT NULL, verdict TEXT NOT NULL, above TEXT, below TEXT, closest TEXT, similarity REAL, rules TEXT,
      dropped INTEGER NOT NULL DEFAULT 0, PRIMARY KEY(item, step)) STRICT, WITHOUT ROWID;
    INSERT INTO trace SELECT item, row_number() OVER (PARTITION BY item ORDER BY rowid), seq, at, source, verdict, above,
      below, closest, similarity, rules, dropped FROM former_trace;
    DROP TABLE former_trace;
    ALTER TABLE alias RENAME TO former_alias;
    CREATE TABLE alias(
      source TEXT NOT NULL, key TEXT NOT NULL, item INTEGER NOT NULL REFERENCES item(row),
      PRIMARY KEY(source, key)) STRICT, WITHOUT ROWID;
    INSERT INTO alias SELECT source, key, item FROM former_alias;
    DROP TABLE former_alias;
    CREATE INDEX alias_item ON alias(item);
    """,
  ]

  /// The full-text index; ``Archive`` has one of its own too, for what is not in that of the database yet.
  static let searchTable = """
    CREATE VIRTUAL TABLE search USING fts5(
      title, text, content = '', columnsize = 0,
      tokenize = "unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'");
    """

  /// What is kept to look back: the full-text index, documents, and what retention needs to find its work.
  private static let archive = """

    -- A pruned item keeps its row, without text, for its hashes: until then (milliseconds since 1970).
    ALTER TABLE item ADD COLUMN tombstone_until INTEGER;
    CREATE INDEX item_age ON item(owner, seen) WHERE tombstone_until IS NULL;
    CREATE INDEX item_tombstone ON item(tombstone_until) WHERE tombstone_until IS NOT NULL;
    CREATE INDEX alias_item ON alias(item);

    -- Over SearchText.indexed of title and text, by the item's row. Marks are parts of words: in the scripts of India
    -- vowels are marks. Without the sizes of columns, which only ranking would need.
    \(searchTable)

    -- The last documents of each source, compressed; size is that of the document itself.
    CREATE TABLE document(
      row INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, at INTEGER NOT NULL, status INTEGER, content_type TEXT,
      url TEXT NOT NULL, kind TEXT NOT NULL, hash BLOB NOT NULL, fault TEXT, size INTEGER NOT NULL,
      body BLOB NOT NULL) STRICT;
    CREATE INDEX document_source ON document(source, row);
    -- Their compressed bytes together, so that no poll has to add them up.
    CREATE TABLE document_bytes(total INTEGER NOT NULL) STRICT;
    INSERT INTO document_bytes VALUES (0);
    CREATE TRIGGER document_kept AFTER INSERT ON document BEGIN
      UPDATE document_bytes SET total = total + length(NEW.body);
    END;
    CREATE TRIGGER document_dropped AFTER DELETE ON document BEGIN
      UPDATE document_bytes SET total = total - length(OLD.body);
    END;
    """
}
