/* What the clients and the servers of the socket benches share. Included once, behind _GNU_SOURCE. */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
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

static inline uint64_t now(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static inline void fail(const char *what) { perror(what), exit(1); }

/* Thousands of subscribers need as many descriptors. */
static inline void raise_descriptors(void) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

static inline struct sockaddr_un address(const char *path) {
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  strncpy(name.sun_path, path, sizeof name.sun_path - 1);
  return name;
}

static inline void watch(int epoll, int fd, uint32_t events) {
  struct epoll_event event = {.events = events, .data.fd = fd};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event)) fail("epoll_ctl");
}

static inline int dial(const char *path) {
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  struct sockaddr_un name = address(path);
  if (connect(fd, (void *)&name, sizeof name)) fail(path);
  return fd;
}

static inline void say(int fd, const char *text, size_t size) {
  while (size) {
    ssize_t sent = send(fd, text, size, MSG_NOSIGNAL);
    if (sent < 0) fail("send");
    text += sent, size -= (size_t)sent;
  }
}

/* Listens, and watches for connections; the descriptor. */
static inline int serve(const char *path, int epoll) {
  int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
  struct sockaddr_un name = address(path);
  unlink(path);
  if (bind(listener, (void *)&name, sizeof name) || listen(listener, 4096)) fail(path);
  watch(epoll, listener, EPOLLIN);
  return listener;
}

/* Nanoseconds of CPU that a thread has spent, 0 when it is gone. */
static inline unsigned long long spent(int pid, const char *thread) {
  char path[300];
  snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", pid, thread);
  FILE *file = fopen(path, "r");
  unsigned long long nanoseconds = 0;
  if (!file) return 0;
  if (fscanf(file, "%llu", &nanoseconds) != 1) nanoseconds = 0;
  fclose(file);
  return nanoseconds;
}

static inline int is_named(int pid, const char *thread, const char *name) {
  char path[300], text[32] = "";
  snprintf(path, sizeof path, "/proc/%d/task/%s/comm", pid, thread);
  FILE *file = fopen(path, "r");
  if (!file) return 0;
  if (!fgets(text, sizeof text, file)) text[0] = 0;
  fclose(file);
  text[strcspn(text, "\n")] = 0;
  return strcmp(text, name) == 0;
}

/* CPU seconds of a process, to the nanosecond: of all its threads, or of those of one name. */
static inline double cpu(int pid, const char *name) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/task", pid);
  DIR *tasks = opendir(path);
  if (!tasks) fail(path);
  unsigned long long total = 0;
  for (struct dirent *task; (task = readdir(tasks));)
    if (task->d_name[0] != '.' && (!name || is_named(pid, task->d_name, name))) total += spent(pid, task->d_name);
  closedir(tasks);
  return (double)total / 1e9;
}

/* Resident KB. Counted page by page: the kernel's own count in `status` is put together from its processors' now and then,
   and a hundred subscribers are fewer pages than it may be off. */
static inline long resident(int pid) {
  char path[64], text[256];
  long kilobytes = 0;
  snprintf(path, sizeof path, "/proc/%d/smaps_rollup", pid);
  FILE *file = fopen(path, "r");
  if (!file) fail(path);
  while (fgets(text, sizeof text, file))
    if (sscanf(text, "Rss: %ld", &kilobytes) == 1) break;
  fclose(file);
  return kilobytes;
}
