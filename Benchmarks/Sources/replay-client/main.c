/* Subscribers that come back: replay-client SOCKET PID SUBSCRIBERS EVENTS STALLED COMMAND
   Each says COMMAND and reads EVENTS lines that are longer than 200 bytes; STALLED more say it and read nothing. Prints
   seconds, the server's CPU seconds, and its resident KB before, at most and after. */
#define _GNU_SOURCE
#include "../sockets/sockets.h"

static char buffer[1 << 18];
static long lines[30000], length[30000];

static double seconds(void) { return (double)now(CLOCK_MONOTONIC) / 1e9; }

static int ask(const char *path, const char *command) {
  int fd = dial(path);
  say(fd, command, strlen(command));
  return fd;
}

int main(int argc, char **argv) {
  if (argc != 7) return 64;
  const char *path = argv[1];
  int pid = atoi(argv[2]), count = atoi(argv[3]), stalled = atoi(argv[5]), done = 0;
  long events = atol(argv[4]), most = 0;
  char command[256];
  snprintf(command, sizeof command, "%s\n", argv[6]);
  raise_descriptors();
  int epoll = epoll_create1(0);
  long before = resident(pid);
  for (int i = 0; i < stalled; i++) ask(path, command);
  double before_all = cpu(pid, NULL), begun = seconds(), looked = begun;
  for (int i = 0; i < count; i++) {
    int fd = ask(path, command);
    watch(epoll, fd, EPOLLIN);
  }
  while (done < count && seconds() < begun + 120) {
    struct epoll_event ready[256];
    int found = epoll_wait(epoll, ready, 256, 100);
    for (int i = 0; i < found; i++) {
      int fd = ready[i].data.fd;
      ssize_t got = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
      if (got <= 0) { if (got == 0) fprintf(stderr, "closed\n"), exit(1); continue; }
      long was = lines[fd];
      for (char *at = buffer, *end = buffer + got; at < end;) {
        char *feed = memchr(at, '\n', (size_t)(end - at));
        length[fd] += (feed ? feed : end) - at;
        if (!feed) break;
        if (length[fd] > 200) lines[fd]++;
        length[fd] = 0, at = feed + 1;
      }
      if (was < events && lines[fd] >= events) done++;
    }
    if (seconds() > looked + 0.05) {
      long kilobytes = resident(pid);
      if (kilobytes > most) most = kilobytes;
      looked = seconds();
    }
  }
  double wall = seconds() - begun;
  printf("%.3f %.4f %ld %ld %ld\n", wall, cpu(pid, NULL) - before_all, before, most, resident(pid));
  return done == count ? 0 : 1;
}
