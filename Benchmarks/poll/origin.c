// origin PORT SOURCES ITEMS : feeds to poll. GET /N is source N's RSS of some 20 KB, with an ETag; the same ETag gets 304.
// Loopback only, on every address of 127.0.0.0/8, one thread, connections kept.
//   GET /publish?from=A&to=B&step=S   one new item in each of these sources
//   GET /stats                        requests, full answers and 304s so far
//   GET /served                       "source item published served", nanoseconds, for every published item asked for
//   GET /asked?to=B                   "source nanoseconds" for each request of the sources below B
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { most_connections = 65536, most_request = 8192, most_records = 1 << 20 };

struct source { long newest; long long published, served; };
struct connection { char request[most_request]; size_t length; };
struct record { int source; long item; long long published, at; };

static struct source *sources;
static struct connection *connections[most_connections];
static struct record *served, *asked;
static long source_count, item_count, served_count, asked_count, requests, full, unchanged, watched;
static char *page;
static size_t page_size, page_room;

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void put(const char *format, ...) __attribute__((format(printf, 1, 2)));
#include <stdarg.h>
static void put(const char *format, ...) {
  va_list arguments;
  for (;;) {
    va_start(arguments, format);
    int length = vsnprintf(page + page_size, page_room - page_size, format, arguments);
    va_end(arguments);
    if (page_size + length < page_room) { page_size += length; return; }
    page = realloc(page, page_room = page_room * 2 + length);
    if (!page) abort();
  }
}

// Words that depend on source and item alone.
static void put_words(long source, long item, int count) {
  static const char *words[] = {"minister", "storm", "talks", "harbour", "market", "border", "election", "bank", "power",
    "court", "river", "strike", "airport", "union", "report", "city", "energy", "summit", "police", "season", "budget",
    "rescue", "island", "railway", "hospital", "treaty", "senate", "bridge", "grain", "satellite", "coast", "parliament"};
  unsigned long state = source * 2654435761UL + item * 40503UL + 12345;
  for (int i = 0; i < count; i++) {
    state = state * 6364136223846793005UL + 1442695040888963407UL;
    put("%s ", words[state >> 59]);
  }
}

static void put_feed(long source) {
  put("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\"><channel><title>Source %ld</title>"
      "<link>http://127.0.0.1/%ld</link><description>Made-up news</description>\n", source, source);
  for (long item = sources[source].newest; item > sources[source].newest - item_count; item--) {
    put("<item><title>S%ld item %ld ", source, item);
    put_words(source, item, 6);
    put("</title><link>http://127.0.0.1/%ld/%ld</link><guid isPermaLink=\"false\">bench:%ld:%ld</guid>"
        "<pubDate>Mon, 23 Nov 2026 %02ld:%02ld:00 GMT</pubDate><description>", source, item, source, item,
        item / 60 % 24, item % 60);
    put_words(source, item + 7, 58);
    put("</description></item>\n");
  }
  put("</channel></rss>\n");
}

static int reply(int descriptor, const char *status, const char *headers) {
  static char answer[1 << 20];
  int length = snprintf(answer, sizeof answer, "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\n\r\n", status, headers, page_size);
  if (length + page_size <= sizeof answer) memcpy(answer + length, page, page_size), length += page_size, page_size = 0;
  if (send(descriptor, answer, length, MSG_NOSIGNAL) != length) return -1;
  // Longer answers are the bench's own questions.
  for (size_t sent = 0; sent < page_size;) {
    ssize_t count = send(descriptor, page + sent, page_size - sent, MSG_NOSIGNAL);
    if (count < 0 && errno == EAGAIN) { usleep(1000); continue; }
    if (count <= 0) return -1;
    sent += count;
  }
  return 0;
}

static int reply_feed(int descriptor, long source, const char *request) {
  struct source *from = &sources[source];
  char tag[64], headers[256];
  snprintf(tag, sizeof tag, "\"%ld-%ld\"", source, from->newest);
  requests++;
  if (source < watched && asked_count < most_records) asked[asked_count++] = (struct record){.source = source, .at = now()};
  const char *known = strcasestr(request, "\nif-none-match: ");
  if (known && !strncmp(known + 16, tag, strlen(tag))) {
    unchanged++;
    snprintf(headers, sizeof headers, "ETag: %s\r\n", tag);
    // RFC 9110 §8.6: a length here would be that of the document.
    char answer[512];
    int length = snprintf(answer, sizeof answer, "HTTP/1.1 304 Not Modified\r\n%s\r\n", headers);
    return send(descriptor, answer, length, MSG_NOSIGNAL) == length ? 0 : -1;
  }
  full++;
  put_feed(source);
  if (from->published && !from->served) {
    from->served = now();
    if (served_count < most_records)
      served[served_count++] = (struct record){source, from->newest, from->published, from->served};
  }
  snprintf(headers, sizeof headers, "Content-Type: application/rss+xml\r\nETag: %s\r\n", tag);
  return reply(descriptor, "200 OK", headers);
}

static long number(const char *request, const char *name, long otherwise) {
  const char *end = strchr(request, '\n'), *found = strstr(request, name);
  return found && found < end ? atol(found + strlen(name)) : otherwise;
}

static int answer(int descriptor, const char *request) {
  page_size = 0;
  if (!strncmp(request, "GET /publish", 12)) {
    long step = number(request, "step=", 1), to = number(request, "to=", source_count);
    for (long i = number(request, "from=", 0); i < to && i < source_count; i += step > 0 ? step : 1)
      sources[i] = (struct source){sources[i].newest + 1, now(), 0};
  } else if (!strncmp(request, "GET /stats", 10)) {
    put("{\"requests\":%ld,\"full\":%ld,\"unchanged\":%ld}\n", requests, full, unchanged);
  } else if (!strncmp(request, "GET /served", 11)) {
    for (long i = 0; i < served_count; i++)
      put("%d %ld %lld %lld\n", served[i].source, served[i].item, served[i].published, served[i].at);
  } else if (!strncmp(request, "GET /asked", 10)) {
    for (long i = 0; i < asked_count; i++) put("%d %lld\n", asked[i].source, asked[i].at);
    asked_count = 0;
    watched = number(request, "to=", 0);
  } else {
    char *end;
    long source = strncmp(request, "GET /", 5) ? -1 : strtol(request + 5, &end, 10);
    if (source >= 0 && source < source_count && *end == ' ') return reply_feed(descriptor, source, request);
    return reply(descriptor, "404 Not Found", "");
  }
  return reply(descriptor, "200 OK", "");
}

static int receive(int descriptor, struct connection *from) {
  ssize_t count = recv(descriptor, from->request + from->length, most_request - 1 - from->length, 0);
  if (count < 0 && errno == EAGAIN) return 0;
  if (count <= 0) return -1;
  from->length += count;
  from->request[from->length] = 0;
  char *end;
  while ((end = strstr(from->request, "\r\n\r\n"))) {
    *end = 0;
    if (answer(descriptor, from->request)) return -1;
    size_t used = end + 4 - from->request;
    memmove(from->request, end + 4, from->length - used + 1);
    from->length -= used;
  }
  return from->length < most_request - 1 ? 0 : -1;
}

// Every address of 127.0.0.0/8 takes a socket that is bound to all addresses; nobody else's does.
static int is_loopback(int descriptor) {
  struct sockaddr_in own;
  socklen_t size = sizeof own;
  return !getsockname(descriptor, (struct sockaddr *)&own, &size) && ntohl(own.sin_addr.s_addr) >> 24 == 127;
}

static void accept_all(int listener, int epoll) {
  for (;;) {
    int descriptor = accept4(listener, 0, 0, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) return;
    if (descriptor >= most_connections || !is_loopback(descriptor)) { close(descriptor); continue; }
    int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connections[descriptor] = calloc(1, sizeof(struct connection));
    epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &(struct epoll_event){.events = EPOLLIN, .data.fd = descriptor});
  }
}

int main(int words, char **word) {
  if (words < 4) return 64;
  source_count = atol(word[2]);
  item_count = atol(word[3]);
  sources = calloc(source_count, sizeof *sources);
  served = calloc(most_records, sizeof *served);
  asked = calloc(most_records, sizeof *asked);
  page = malloc(page_room = 1 << 16);
  for (long i = 0; i < source_count; i++) sources[i].newest = item_count;
  alarm(3600);  // whoever started it may have gone
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(atoi(word[1]))};
  if (bind(listener, (struct sockaddr *)&any, sizeof any) || listen(listener, 4096)) return perror("origin"), 1;
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &(struct epoll_event){.events = EPOLLIN, .data.fd = listener});
  for (;;) {
    struct epoll_event events[256];
    int count = epoll_wait(epoll, events, 256, -1);
    for (int i = 0; i < count; i++) {
      int descriptor = events[i].data.fd;
      if (descriptor == listener) { accept_all(listener, epoll); continue; }
      if (receive(descriptor, connections[descriptor])) {
        close(descriptor);
        free(connections[descriptor]);
        connections[descriptor] = 0;
      }
    }
  }
}
