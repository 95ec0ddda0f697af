/* What fan-out over a Unix socket costs at least: fanout-limit PATH
   The first line of a connection makes it a subscriber (SUB), or the publisher (PUB). What one read of the publisher
   brings is one send per subscriber, straight from the buffer: no filters, no cursors, no memory of what was sent. */
#define _GNU_SOURCE
#include "../sockets/sockets.h"

enum { MOST = 20000, ROOM = 1 << 20 };
static int role[MOST]; /* by descriptor: 0 unknown, 1 subscriber, 2 publisher */
static int subscribers[MOST], count;
static char buffer[ROOM];
static size_t filled;

static void deliver(int fd, const char *bytes, size_t left) {
  while (left) {
    ssize_t sent = send(fd, bytes, left, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
      if (errno != EAGAIN) return;
      struct timespec moment = {0, 20000};
      nanosleep(&moment, NULL);
      continue;
    }
    bytes += sent, left -= (size_t)sent;
  }
}

static void drop(int fd) {
  for (int i = 0; i < count; i++)
    if (subscribers[i] == fd) subscribers[i--] = subscribers[--count];
  role[fd] = 0;
  close(fd);
}

static void take(int fd) {
  char word[8];
  if (role[fd] != 2) {
    ssize_t got = recv(fd, word, 4, 0);
    if (got <= 0) return drop(fd);
    if (role[fd] == 1) return;
    role[fd] = memcmp(word, "PUB", 3) == 0 ? 2 : 1;
    if (role[fd] == 1) subscribers[count++] = fd;
    return;
  }
  ssize_t got = recv(fd, buffer + filled, sizeof buffer - filled, 0);
  if (got <= 0) return drop(fd);
  filled += (size_t)got;
  char *end = memrchr(buffer, '\n', filled);
  if (!end) return;
  size_t whole = (size_t)(end + 1 - buffer);
  for (int i = 0; i < count; i++) deliver(subscribers[i], buffer, whole);
  memmove(buffer, buffer + whole, filled - whole);
  filled -= whole;
}

int main(int argc, char **argv) {
  if (argc != 2) return 64;
  signal(SIGPIPE, SIG_IGN);
  raise_descriptors();
  int epoll = epoll_create1(0), listener = serve(argv[1], epoll);
  struct epoll_event events[256];
  for (;;) {
    int ready = epoll_wait(epoll, events, 256, -1);
    for (int i = 0; i < ready; i++) {
      if (events[i].data.fd != listener) {
        take(events[i].data.fd);
        continue;
      }
      int fd;
      while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        if (fd >= MOST) { close(fd); continue; }
        watch(epoll, fd, EPOLLIN);
      }
    }
  }
}
