/* Subscribers and the publisher of a fan-out, in one process; prints one line of figures about the server.
     fanout-client tickerd|redis|limit SOCKET PID SUBSCRIBERS MESSAGES PER_ROUND RATE [FILTERED [PAGE]]
   A round publishes PER_ROUND messages of 600 bytes at once; the next follows when everybody has them, or, with a RATE
   (rounds a second), at its time. tickerd publishes what it polls: the lines are put on top of PAGE and the source is
   polled through its socket, so that the whole journey is measured. FILTERED 1 subscribes with a filter that all pass.
   Every message holds t=NANOSECONDS, the moment before it was published. What tickerd spends is less what the same
   rounds cost it without subscribers, half of them before and half after, in all of it and in the thread that writes to
   subscribers; a first subscriber has come and gone before its memory is looked at. */
#define _GNU_SOURCE
#include "../sockets/sockets.h"

enum { SIZE = 600, WINDOW = 120, ROOM = 1 << 18 };
static int kind, epoll, publisher = -1;
static long received, answered, replies, latencies;
static uint32_t *latency; /* microseconds */
static long most_latencies = 4000000;
static char *rest[30000];
static size_t rest_size[30000];
static char buffer[2 * ROOM];

static int join(const char *path) {
  int fd = dial(path);
  watch(epoll, fd, EPOLLIN);
  return fd;
}

/* A message is a line that holds t=; of redis, the payload is one. Other lines are answers. */
static void line(const char *start, const char *end) {
  const char *stamp = memmem(start, (size_t)(end - start), "t=1", 3);
  if (!stamp) {
    answered++;
    return;
  }
  received++;
  if (latencies < most_latencies) {
    uint64_t sent = strtoull(stamp + 2, NULL, 10), at = now(CLOCK_REALTIME);
    latency[latencies++] = at > sent ? (uint32_t)((at - sent) / 1000) : 0;
  }
}

static void take(int fd) {
  size_t size = rest_size[fd];
  if (size) memcpy(buffer, rest[fd], size);
  ssize_t got = recv(fd, buffer + size, ROOM, MSG_DONTWAIT);
  if (got == 0) fprintf(stderr, "the server closed a connection\n"), exit(1);
  if (got < 0) return;
  size += (size_t)got;
  char *start = buffer, *end;
  while ((end = memchr(start, '\n', (size_t)(buffer + size - start)))) {
    if (fd == publisher) replies++;
    else line(start, end);
    start = end + 1;
  }
  rest_size[fd] = (size_t)(buffer + size - start);
  if (rest_size[fd]) {
    rest[fd] = realloc(rest[fd], rest_size[fd]);
    memcpy(rest[fd], start, rest_size[fd]);
  }
}

static void look(int milliseconds) {
  struct epoll_event events[512];
  int ready = epoll_wait(epoll, events, 512, milliseconds);
  for (int i = 0; i < ready; i++) take(events[i].data.fd);
}

/* The last WINDOW lines of the page, newest first. */
static char page[WINDOW][SIZE];
static long published;

static int message(char *out, size_t size) {
  char text[SIZE * 2];
  int head = snprintf(text, sizeof text, "Number %ld t=%llu ", ++published, (unsigned long long)now(CLOCK_REALTIME));
  for (size_t i = (size_t)head; i < size; i++) text[i] = i % 8 == 7 ? ' ' : (char)('a' + (i * 7 + (size_t)published) % 26);
  memcpy(out, text, size);
  out[size] = 0;
  return (int)size;
}

static void write_page(const char *path) {
  char fresh[4096];
  snprintf(fresh, sizeof fresh, "%s.new", path);
  FILE *file = fopen(fresh, "w");
  if (!file) fail(fresh);
  fprintf(file, "BREAKING\n");
  for (long i = published; i > 0 && i > published - WINDOW; i--) fprintf(file, "%s\n", page[i % WINDOW]);
  fclose(file);
  rename(fresh, path);
}

static void publish(int fd, int count, const char *path) {
  static char out[1 << 20];
  size_t size = 0;
  for (int i = 0; i < count; i++) {
    if (kind == 't') {
      /* With what an event says besides, its line has SIZE bytes. */
      char text[SIZE];
      message(text, 286);
      memcpy(page[published % WINDOW], text, sizeof text);
    } else if (kind == 'r') {
      char text[SIZE + 1];
      int length = message(text, SIZE);
      size += (size_t)sprintf(out + size, "*3\r\n$7\r\nPUBLISH\r\n$4\r\nnews\r\n$%d\r\n%s\r\n", length, text);
    } else {
      size += (size_t)message(out + size, SIZE - 1);
      out[size++] = '\n';
    }
  }
  if (kind == 't') {
    write_page(path);
    size = (size_t)sprintf(out, "poll page\n");
  }
  say(fd, out, size);
}

/* Publishes round after round, each when everybody has the one before or, with a rate, at its time. */
static void play(long rounds, int per_round, double rate, int count, const char *file) {
  uint64_t begun = now(CLOCK_MONOTONIC), patience = begun + 120000000000ull;
  long wanted = received, told = replies;
  for (long round = 0; round < rounds; round++) {
    while (rate > 0 && now(CLOCK_MONOTONIC) < begun + (uint64_t)((double)round / rate * 1e9)) look(1);
    /* tickerd takes a hundred commands a second from a connection. */
    static uint64_t last;
    while (now(CLOCK_MONOTONIC) < last + 11000000) look(1);
    last = now(CLOCK_MONOTONIC);
    publish(publisher, per_round, file);
    wanted += (long)per_round * count;
    /* tickerd says when a poll is recorded; that ends a round without subscribers. */
    while ((rate <= 0 && received < wanted) || (kind == 't' && replies <= told + round)) {
      if (now(CLOCK_MONOTONIC) > patience) return;
      look(100);
    }
  }
  while (received < wanted && now(CLOCK_MONOTONIC) < patience) look(100);
}

/* CPU seconds of the server: of all of it, and of the thread that writes to subscribers. */
struct cost { double all, sockets; };

static struct cost spend(int pid) {
  double all = cpu(pid, NULL);
  return (struct cost){all, kind == 't' ? cpu(pid, "tickerd-loop") : all};
}

/* What the rounds cost. */
static struct cost rounds_cost(int pid, long rounds, int per_round, double rate, int count, const char *file) {
  struct cost before = spend(pid);
  play(rounds, per_round, rate, count, file);
  struct cost after = spend(pid);
  return (struct cost){after.all - before.all, after.sockets - before.sockets};
}

/* Connects so many subscribers and waits until each is told that it is live; the descriptors. */
static int *subscribe(const char *path, const char *hello, int count) {
  int *fds = malloc(sizeof *fds * (size_t)(count + 1));
  /* hello, ok and live of tickerd; six lines of redis. */
  long greetings = answered + (kind == 't' ? 3 : kind == 'r' ? 6 : 0) * (long)count;
  for (int i = 0; i < count; i++) {
    fds[i] = join(path);
    say(fds[i], hello, strlen(hello));
    if (i % 50 == 49) look(0);
  }
  uint64_t patience = now(CLOCK_MONOTONIC) + 60000000000ull;
  while (answered < greetings && now(CLOCK_MONOTONIC) < patience) look(10);
  if (answered < greetings) fprintf(stderr, "only %ld of %ld greetings\n", answered, greetings), exit(1);
  return fds;
}

static void leave(int *fds, int count) {
  for (int i = 0; i < count; i++) close(fds[i]), rest_size[fds[i]] = 0;
  free(fds);
  for (int i = 0; i < 20; i++) look(5);
}

static int by_size(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

int main(int argc, char **argv) {
  if (argc < 8) return 64;
  kind = argv[1][0];
  const char *path = argv[2], *file = argc > 9 ? argv[9] : "";
  int pid = atoi(argv[3]), count = atoi(argv[4]), per_round = atoi(argv[6]), filtered = argc > 8 && atoi(argv[8]);
  long messages = atol(argv[5]);
  double rate = atof(argv[7]);
  raise_descriptors();
  latency = malloc(sizeof *latency * (size_t)most_latencies);
  epoll = epoll_create1(0);
  const char *hello = kind == 'r' ? "*2\r\n$9\r\nSUBSCRIBE\r\n$4\r\nnews\r\n" : kind == 'l' ? "SUB\n"
                      : filtered ? "{\"op\":\"sub\",\"filter\":{\"source\":[\"page\",\"other\"],\"type\":[\"item.*\"],\"min_level\":\"routine\",\"text\":[\"Number\"]}}\n" : "sub\n";
  publisher = join(path);
  /* tickerd greets. */
  while (kind == 't' && replies == 0) look(10);
  if (kind == 'l') say(publisher, "PUB\n", 4), usleep(50000);
  long rounds = messages / per_round;
  struct cost polls = {0, 0};
  if (kind == 't') polls = rounds_cost(pid, rounds / 2, per_round, rate, 0, file);
  leave(subscribe(path, hello, 1), 1);
  long before = resident(pid);
  uint64_t begun = now(CLOCK_MONOTONIC);
  int *subscribers = subscribe(path, hello, count);
  double connected = (double)(now(CLOCK_MONOTONIC) - begun) / 1e9;
  for (int i = 0; i < 60; i++) look(5);
  long idle = resident(pid), wanted = rounds * per_round * count;
  begun = now(CLOCK_MONOTONIC);
  struct cost cost = rounds_cost(pid, rounds, per_round, rate, count, file);
  double wall = (double)(now(CLOCK_MONOTONIC) - begun) / 1e9;
  leave(subscribers, count);
  if (kind == 't') {
    struct cost later = rounds_cost(pid, rounds - rounds / 2, per_round, rate, 0, file);
    cost.all -= polls.all + later.all, cost.sockets -= polls.sockets + later.sockets;
  }
  qsort(latency, (size_t)latencies, sizeof *latency, by_size);
  printf("%ld %ld %.6f %.6f %.3f %ld %.3f %u %u\n", received, wanted, cost.all, cost.sockets, wall, idle - before, connected,
         latencies ? latency[latencies / 2] : 0, latencies ? latency[latencies * 99 / 100] : 0);
  return received == wanted ? 0 : 1;
}
