/* What replaying a log over a Unix socket costs at least: replay-limit PATH FILE PAGE
   A connection that says anything gets all of FILE, in pages of PAGE lines, straight from the mapped file. */
#define _GNU_SOURCE
#include "../sockets/sockets.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { MOST = 20000 };
static const char *text;
static size_t size, *edges;
static int pages;
static struct { int page, began; size_t sent; } at[MOST];

/* One page a turn; 1 when there is more to write at once. */
static int turn(int fd) {
  if (!at[fd].began || at[fd].page == pages) return 0;
  size_t end = edges[at[fd].page + 1];
  ssize_t sent = send(fd, text + at[fd].sent, end - at[fd].sent, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0) return 0;
  at[fd].sent += (size_t)sent;
  if (at[fd].sent < end) return 0;
  return ++at[fd].page < pages;
}

int main(int argc, char **argv) {
  if (argc != 4) return 64;
  signal(SIGPIPE, SIG_IGN);
  raise_descriptors();
  int file = open(argv[2], O_RDONLY), lines_a_page = atoi(argv[3]), lines = 0;
  struct stat status;
  if (file < 0 || fstat(file, &status)) return 1;
  size = (size_t)status.st_size;
  text = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
  edges = calloc(size / 2 + 2, sizeof *edges);
  for (size_t i = 0; i < size; i++)
    if (text[i] == '\n' && (++lines % lines_a_page == 0 || i + 1 == size)) edges[++pages] = i + 1;
  int epoll = epoll_create1(0), listener = serve(argv[1], epoll);
  struct epoll_event events[256];
  static int queue[MOST], next[MOST];
  int queued = 0;
  for (;;) {
    int ready = epoll_wait(epoll, events, 256, queued ? 0 : -1), count = 0;
    int present = queued;
    memcpy(next, queue, sizeof *queue * (size_t)present);
    for (int i = 0; i < ready; i++) {
      int fd = events[i].data.fd;
      if (fd == listener) {
        while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
          memset(&at[fd], 0, sizeof at[fd]);
          watch(epoll, fd, EPOLLIN | EPOLLOUT | EPOLLET);
        }
        continue;
      }
      char word[64];
      ssize_t got = recv(fd, word, sizeof word, 0);
      if (got == 0) { close(fd), at[fd].began = 0; continue; }
      if (got > 0) at[fd].began = 1;
      if (turn(fd)) queue[count++] = fd;
    }
    /* Whoever could go on at once, each once a turn. */
    for (int i = 0; i < present; i++)
      if (turn(next[i])) queue[count++] = next[i];
    queued = count;
  }
}
