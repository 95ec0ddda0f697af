// sink PORT : an HTTP/1.1 receiver for measurements. Answers every POST with 204, keeps connections alive, counts.
// GET /stats answers {"requests":N,"p50_us":A,"p99_us":B}: how long requests took from the "seen" of their event to here.
// Ends after 300 s without a request. One thread, epoll.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 4096, BUFFER = 1 << 17, KEPT = 1 << 20 };
static struct connection { char bytes[BUFFER]; size_t used; } *connections[MOST];
static long requests, latencies[KEPT];

static long long now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static int ascending(const void *one, const void *other) {
  long a = *(const long *)one, b = *(const long *)other;
  return (a > b) - (a < b);
}

static void note(const char *body) {
  const char *seen = strstr(body, ",\"seen\":\"");
  struct tm fields = {0};
  int milliseconds = 0;
  if (!seen || !strptime(seen + 9, "%Y-%m-%dT%H:%M:%S", &fields)) return;
  sscanf(seen + 9 + 20, "%3d", &milliseconds);
  latencies[requests % KEPT] = now_us() - (timegm(&fields) * 1000000LL + milliseconds * 1000LL);
}

static void answer(int fd, const char *request) {
  static const char done[] = "HTTP/1.1 204 No Content\r\n\r\n";
  if (strncmp(request, "GET", 3)) { send(fd, done, sizeof done - 1, MSG_NOSIGNAL); return; }
  long count = requests < KEPT ? requests : KEPT;
  long *sorted = malloc((count + 1) * sizeof *sorted);
  memcpy(sorted, latencies, count * sizeof *sorted);
  qsort(sorted, count, sizeof *sorted, ascending);
  char body[128], text[256];
  int length = snprintf(body, sizeof body, "{\"requests\":%ld,\"p50_us\":%ld,\"p99_us\":%ld}\n", requests,
                        count ? sorted[count / 2] : 0, count ? sorted[count * 99 / 100] : 0);
  int size = snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", length, body);
  send(fd, text, size, MSG_NOSIGNAL);
  free(sorted);
}

// Every whole request in the buffer; -1 when the connection is to be closed.
static int serve(int fd, struct connection *c) {
  for (;;) {
    c->bytes[c->used] = 0;
    char *end = strstr(c->bytes, "\r\n\r\n");
    if (!end) return c->used < BUFFER - 1 ? 0 : -1;
    const char *length = strcasestr(c->bytes, "\r\ncontent-length:");
    size_t body = length && length < end ? strtoul(length + 17, 0, 10) : 0, whole = end + 4 - c->bytes + body;
    if (whole >= BUFFER) return -1;
    if (c->used < whole) return 0;
    char kept = c->bytes[whole];
    c->bytes[whole] = 0;
    if (c->bytes[0] == 'P') { note(end + 4); requests++; }
    answer(fd, c->bytes);
    c->bytes[whole] = kept;
    memmove(c->bytes, c->bytes + whole, c->used -= whole);
  }
}

int main(int count, char **words) {
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(count > 1 ? atoi(words[1]) : 0),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 4096)) { perror("sink"); return 1; }
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[256];
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  for (;;) {
    int ready = epoll_wait(epoll, events, 256, 300000);
    if (ready == 0) return 0;
    for (int i = 0; i < ready; i++) {
      int fd = events[i].data.fd;
      if (fd == listener) {
        int client = accept4(listener, 0, 0, SOCK_CLOEXEC);
        if (client < 0) continue;
        if (client >= MOST) { close(client); continue; }
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        connections[client] = calloc(1, sizeof **connections);
        event = (struct epoll_event){.events = EPOLLIN, .data.fd = client};
        epoll_ctl(epoll, EPOLL_CTL_ADD, client, &event);
        continue;
      }
      struct connection *c = connections[fd];
      ssize_t got = recv(fd, c->bytes + c->used, BUFFER - 1 - c->used, 0);
      if (got > 0) c->used += got;
      if (got <= 0 || serve(fd, c)) { close(fd); free(c); connections[fd] = 0; }
    }
  }
}
