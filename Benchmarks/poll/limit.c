// limit PORT SOURCES fetch|record one|many DATABASE : the same polls from plain C with libcurl's multi interface, 50 at
// once over kept connections. `record` also reads the items (libxml2 SAX), hashes each (SHA-256) and keeps what is new in
// one SQLite table (WAL, synchronous=FULL, a transaction for a thousand items). `many` gives each source an address of its
// own. Prints "round microseconds-of-CPU-a-poll": cold, warm, paced (the same a thousand a second, as the daemon asks: 15 at
// once every 15 ms) and changed after one item more in each tenth source.
#include <curl/curl.h>
#include <libxml/parser.h>
#include <openssl/sha.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { at_once = 50, paced_at_once = 15, pace_microseconds = 15000, items_a_commit = 1000, longest_text = 4096 };

struct slot {
  CURL *easy;
  struct curl_slist *headers;
  char *body, tag[80];
  size_t length, room;
  long source;
};

static struct slot slots[at_once];
static char (*tags)[80];
static long sources, next, port, failed;
static int records, has_many, is_paced;
static CURLM *multi;
static sqlite3 *database;
static sqlite3_stmt *insert;
static int waiting;
static char text[longest_text];
static size_t text_length;
static int in_item;
static long present;

static void must(int code, int wanted, const char *what) {
  if (code != wanted) { fprintf(stderr, "limit: %s: %s\n", what, database ? sqlite3_errmsg(database) : "failed"); exit(1); }
}

static void run(const char *statement) { must(sqlite3_exec(database, statement, 0, 0, 0), SQLITE_OK, statement); }

static size_t take_body(char *bytes, size_t one, size_t count, void *context) {
  struct slot *slot = context;
  count *= one;
  if (!records) return count;
  if (slot->length + count > slot->room) slot->body = realloc(slot->body, slot->room = (slot->length + count) * 2);
  memcpy(slot->body + slot->length, bytes, count);
  slot->length += count;
  return count;
}

static size_t take_header(char *bytes, size_t one, size_t count, void *context) {
  struct slot *slot = context;
  count *= one;
  if (count > 6 && count < sizeof slot->tag && !strncasecmp(bytes, "etag: ", 6)) {
    memcpy(slot->tag, bytes + 6, count - 8);
    slot->tag[count - 8] = 0;
  }
  return count;
}

static void begin(void *context, const xmlChar *name, const xmlChar **attributes) {
  (void)context, (void)attributes;
  if (!strcmp((const char *)name, "item")) in_item = 1, text_length = 0;
}

static void characters(void *context, const xmlChar *bytes, int length) {
  (void)context;
  if (!in_item || text_length + length > sizeof text) return;
  memcpy(text + text_length, bytes, length);
  text_length += length;
}

static void end(void *context, const xmlChar *name) {
  (void)context;
  if (strcmp((const char *)name, "item")) return;
  in_item = 0;
  unsigned char digest[32];
  SHA256((unsigned char *)text, text_length, digest);
  if (!waiting++) run("BEGIN IMMEDIATE");
  sqlite3_bind_blob(insert, 1, digest, sizeof digest, SQLITE_STATIC);
  sqlite3_bind_int64(insert, 2, present);
  sqlite3_bind_text(insert, 3, text, text_length, SQLITE_STATIC);
  must(sqlite3_step(insert), SQLITE_DONE, "insert");
  sqlite3_reset(insert);
}

static void read_items(struct slot *slot) {
  static xmlSAXHandler handler = {.startElement = begin, .endElement = end, .characters = characters};
  present = slot->source;
  must(xmlSAXUserParseMemory(&handler, 0, slot->body, slot->length), 0, "the feed cannot be read");
  if (waiting >= items_a_commit) run("COMMIT"), waiting = 0;
}

static void start(struct slot *slot) {
  if (next >= sources) return;
  char url[128], header[128];
  slot->source = next++;
  slot->length = 0;
  if (has_many)
    snprintf(url, sizeof url, "http://127.1.%ld.%ld:%ld/%ld", slot->source / 250, slot->source % 250 + 1, port, slot->source);
  else
    snprintf(url, sizeof url, "http://127.0.0.1:%ld/%ld", port, slot->source);
  curl_easy_setopt(slot->easy, CURLOPT_URL, url);
  curl_slist_free_all(slot->headers);
  slot->headers = 0;
  if (tags[slot->source][0]) {
    snprintf(header, sizeof header, "If-None-Match: %s", tags[slot->source]);
    slot->headers = curl_slist_append(0, header);
  }
  curl_easy_setopt(slot->easy, CURLOPT_HTTPHEADER, slot->headers);
  curl_multi_add_handle(multi, slot->easy);
}

static void finish(CURLMsg *message) {
  struct slot *slot;
  long status = 0;
  curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &slot);
  curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &status);
  if (message->data.result || (status != 200 && status != 304)) failed++;
  if (status == 200) {
    strcpy(tags[slot->source], slot->tag);
    if (records) read_items(slot);
  }
  curl_multi_remove_handle(multi, slot->easy);
  if (!is_paced) start(slot);
}

static double cpu(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void ask(int count) {
  int running;
  for (int i = 0; i < count; i++) start(&slots[i]);
  do {
    curl_multi_perform(multi, &running);
    CURLMsg *message;
    int left, finished = 0;
    while ((message = curl_multi_info_read(multi, &left)))
      if (message->msg == CURLMSG_DONE) finish(message), finished = 1;
    if (finished) { running = 1; continue; }
    if (running) curl_multi_poll(multi, 0, 0, 100, 0);
  } while (running);
}

static void poll_all(const char *round) {
  double before = cpu();
  next = 0;
  while (next < sources) {
    if (is_paced) usleep(pace_microseconds);
    ask(is_paced ? paced_at_once : at_once);
  }
  if (waiting) run("COMMIT"), waiting = 0;
  printf("%s %.2f\n", round, (cpu() - before) * 1e6 / sources);
}

int main(int words, char **word) {
  if (words < 6) return 64;
  port = atol(word[1]);
  sources = atol(word[2]);
  records = !strcmp(word[3], "record");
  has_many = !strcmp(word[4], "many");
  tags = calloc(sources, sizeof *tags);
  if (records) {
    must(sqlite3_open(word[5], &database), SQLITE_OK, "open");
    run("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16384;"
        "CREATE TABLE item(row INTEGER PRIMARY KEY, hash BLOB NOT NULL, source INTEGER, text TEXT);"
        "CREATE UNIQUE INDEX item_hash ON item(hash)");
    must(sqlite3_prepare_v2(database, "INSERT OR IGNORE INTO item(hash, source, text) VALUES (?,?,?)", -1, &insert, 0),
         SQLITE_OK, "prepare");
  }
  curl_global_init(CURL_GLOBAL_ALL);
  multi = curl_multi_init();
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, has_many ? sources + at_once : (long)at_once);
  for (int i = 0; i < at_once; i++) {
    CURL *easy = slots[i].easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &slots[i]);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &slots[i]);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, &slots[i]);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT, 20L);
  }
  poll_all("cold");
  poll_all("warm");
  is_paced = 1;
  poll_all("paced");
  is_paced = 0;
  char url[128];
  snprintf(url, sizeof url, "http://127.0.0.1:%ld/publish?step=10", port);
  CURL *publish = curl_easy_init();
  curl_easy_setopt(publish, CURLOPT_URL, url);
  if (curl_easy_perform(publish)) failed++;
  poll_all("changed");
  return failed > 0;
}
