#define _GNU_SOURCE
#include "clinux.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

int clinux_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

int clinux_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int clinux_timerfd_monotonic(void) { return timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK); }

int clinux_timerfd_after(int fd, int64_t nanoseconds) {
  struct itimerspec when = {.it_value = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000}};
  return timerfd_settime(fd, 0, &when, NULL);
}

static void handled_signals(sigset_t *set) {
  sigemptyset(set);
  sigaddset(set, SIGTERM);
  sigaddset(set, SIGINT);
  sigaddset(set, SIGHUP);
}

int clinux_block_signals(void) {
  sigset_t set;
  handled_signals(&set);
  return pthread_sigmask(SIG_BLOCK, &set, NULL);
}

int clinux_signalfd(void) {
  sigset_t set;
  handled_signals(&set);
  return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int clinux_signalfd_read(int fd) {
  struct signalfd_siginfo info;
  ssize_t count = read(fd, &info, sizeof info);
  if (count == (ssize_t)sizeof info) return (int)info.ssi_signo;
  return count < 0 && errno == EAGAIN ? 0 : -1;
}

void clinux_ignore_signals(void) {
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
}

int clinux_accept(int listener) { return accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK); }

int clinux_peer(int fd, uint32_t *pid, uint32_t *uid, uint32_t *gid) {
  struct ucred credentials;
  socklen_t length = sizeof credentials;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) return -1;
  *pid = (uint32_t)credentials.pid;
  *uid = credentials.uid;
  *gid = credentials.gid;
  return 0;
}

int clinux_peer_in_group(int fd, uint32_t gid) {
  struct ucred credentials;
  socklen_t length = sizeof credentials;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) return -1;
  if (credentials.gid == gid) return 1;
  /* NGROUPS_MAX is 65536; ERANGE would tell a longer list, which the kernel does not make. */
  gid_t *groups = malloc(65536 * sizeof *groups);
  if (!groups) return -1;
  length = 65536 * sizeof *groups;
  int found = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &length) == 0 ? 0 : -1;
  for (size_t i = 0; found == 0 && i < length / sizeof *groups; i++)
    if (groups[i] == gid) found = 1;
  free(groups);
  return found;
}

int clinux_set_nonblocking(int fd) {
  int flags = fcntl(fd, F_GETFL);
  return flags < 0 ? -1 : fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

void clinux_name_thread(const char *name) {
  char short_name[16] = {0};
  for (int i = 0; i < 15 && name[i]; i++) short_name[i] = name[i];
  pthread_setname_np(pthread_self(), short_name);
}

struct start {
  void (*body)(void *);
  void *context;
};

static void *run(void *argument) {
  struct start start = *(struct start *)argument;
  free(argument);
  start.body(start.context);
  return NULL;
}

int clinux_thread_start(size_t stack, void (*body)(void *), void *context) {
  struct start *start = malloc(sizeof *start);
  if (!start) return ENOMEM;
  *start = (struct start){body, context};
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, stack);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t thread;
  int error = pthread_create(&thread, &attributes, run, start);
  pthread_attr_destroy(&attributes);
  if (error) free(start);
  return error;
}

static int64_t now(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

void clinux_share_memory(void) { mallopt(M_ARENA_MAX, 2); }

void clinux_trim_memory(void) { malloc_trim(0); }

int64_t clinux_monotonic(void) { return now(CLOCK_MONOTONIC); }
int64_t clinux_realtime(void) { return now(CLOCK_REALTIME); }

int clinux_lock(int fd) { return flock(fd, LOCK_EX | LOCK_NB); }

ssize_t clinux_send(int fd, struct iovec *pieces, size_t count) {
  struct msghdr message = {.msg_iov = pieces, .msg_iovlen = count};
  return sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

int clinux_unix_socket(void) { return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); }

int clinux_file_identity(const char *path, uint64_t *inode, int64_t *born) {
  struct statx file;
  if (statx(AT_FDCWD, path, 0, STATX_INO | STATX_BTIME, &file) != 0) return -1;
  *inode = file.stx_ino;
  int told = file.stx_mask & STATX_BTIME;
  *born = told ? (int64_t)file.stx_btime.tv_sec * 1000000000 + file.stx_btime.tv_nsec : 0;
  return 0;
}

ssize_t clinux_send_datagram(int socket, const void *bytes, size_t count, int descriptor) {
  union {
    struct cmsghdr header;
    char space[CMSG_SPACE(sizeof(int))];
  } control = {0};
  struct iovec piece = {.iov_base = (void *)bytes, .iov_len = count};
  struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
  if (descriptor >= 0) {
    message.msg_control = &control;
    message.msg_controllen = sizeof control.space;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof descriptor);
    memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  }
  return sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

int clinux_datagram_socket(void) { return socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); }

int clinux_set_cloexec(int fd) {
  int flags = fcntl(fd, F_GETFD);
  return flags < 0 ? -1 : fcntl(fd, F_SETFD, flags | FD_CLOEXEC);
}

int clinux_unix_stream_kind(int fd) {
  int domain, type, listens;
  socklen_t length = sizeof(int);
  if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) != 0 || domain != AF_UNIX) return 0;
  if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) != 0 || type != SOCK_STREAM) return 0;
  if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length) != 0) return 0;
  return listens ? 2 : 1;
}
