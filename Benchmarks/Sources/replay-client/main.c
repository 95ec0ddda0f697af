/* Subscribers that come back: replay-client SOCKET PID SUBSCRIBERS EVENTS STALLED COMMAND
   Each says COMMAND and reads EVENTS lines that are longer than 200 bytes; STALLED more say it and read nothing. Prints
   seconds, the server's CPU seconds, and its resident KB before, at most and after. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static char buffer[1 << 18];
static long lines[30000], length[30000];

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void fail(const char *what) { perror(what), exit(1); }

static int dial(const char *path, const char *command) {
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  strncpy(name.sun_path, path, sizeof name.sun_path - 1);
  if (connect(fd, (void *)&name, sizeof name)) fail(path);
  if (send(fd, command, strlen(command), MSG_NOSIGNAL) < 0) fail("send");
  return fd;
}

static double cpu(int pid) {
  char path[300];
  snprintf(path, sizeof path, "/proc/%d/task", pid);
  DIR *tasks = opendir(path);
  if (!tasks) fail(path);
  double total = 0;
  for (struct dirent *task; (task = readdir(tasks));) {
    if (task->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", pid, task->d_name);
    FILE *file = fopen(path, "r");
    unsigned long long spent = 0;
    if (file && fscanf(file, "%llu", &spent) == 1) total += (double)spent / 1e9;
    if (file) fclose(file);
  }
  closedir(tasks);
  return total;
}

static long resident(int pid) {
  char path[64], text[256];
  long kilobytes = 0;
  snprintf(path, sizeof path, "/proc/%d/status", pid);
  FILE *file = fopen(path, "r");
  if (!file) fail(path);
  while (fgets(text, sizeof text, file))
    if (sscanf(text, "VmRSS: %ld", &kilobytes) == 1) break;
  fclose(file);
  return kilobytes;
}

int main(int argc, char **argv) {
  if (argc != 7) return 64;
  const char *path = argv[1];
  int pid = atoi(argv[2]), count = atoi(argv[3]), stalled = atoi(argv[5]), done = 0;
  long events = atol(argv[4]), most = 0;
  char command[256];
  snprintf(command, sizeof command, "%s\n", argv[6]);
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  int epoll = epoll_create1(0);
  long before = resident(pid);
  for (int i = 0; i < stalled; i++) dial(path, command);
  double spent = cpu(pid), begun = now(), looked = begun;
  for (int i = 0; i < count; i++) {
    int fd = dial(path, command);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
  }
  while (done < count && now() < begun + 120) {
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
    if (now() > looked + 0.05) {
      long kilobytes = resident(pid);
      if (kilobytes > most) most = kilobytes;
      looked = now();
    }
  }
  double wall = now() - begun;
  spent = cpu(pid) - spent;
  printf("%.3f %.4f %ld %ld %ld\n", wall, spent, before, most, resident(pid));
  return done == count ? 0 : 1;
}
