#pragma once
/* What Swift's Glibc module leaves out, as plain prototypes: the definitions need _GNU_SOURCE, which a module header cannot set. */
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/un.h>

/* Event masks: the C macros hide behind an enum that Swift imports without its values. */
static const uint32_t CLINUX_EPOLLIN = EPOLLIN;
static const uint32_t CLINUX_EPOLLOUT = EPOLLOUT;
static const uint32_t CLINUX_EPOLLHUP = EPOLLHUP;
static const uint32_t CLINUX_EPOLLERR = EPOLLERR;
static const uint32_t CLINUX_EPOLLRDHUP = EPOLLRDHUP;
static const uint32_t CLINUX_EPOLLET = EPOLLET;

/* All return a descriptor with CLOEXEC (and non-blocking where that makes sense), or -1 with errno. */
int clinux_epoll_create(void);
int clinux_eventfd(void);
int clinux_timerfd_monotonic(void);
/* Arms a timerfd to fire once after the given nanoseconds (0 disarms). 0 or -1. */
int clinux_timerfd_after(int fd, int64_t nanoseconds);
/* Blocks SIGTERM, SIGINT and SIGHUP in the calling thread (and those it starts later). */
int clinux_block_signals(void);
/* A descriptor that delivers SIGTERM, SIGINT and SIGHUP. */
int clinux_signalfd(void);
/* The next pending signal number, 0 when none waits, -1 on error. */
int clinux_signalfd_read(int fd);
/* Ignores SIGPIPE and SIGXFSZ: a closed reader and a full file are errors of one call, not the end of the process. */
void clinux_ignore_signals(void);
int clinux_accept(int listener);
/* Peer of a connected Unix socket: 0 or -1. */
int clinux_peer(int fd, uint32_t *pid, uint32_t *uid, uint32_t *gid);
/* Whether the peer of a connected Unix socket belonged to a group, by any of its groups, when it connected: 1, 0 or -1. */
int clinux_peer_in_group(int fd, uint32_t gid);
int clinux_set_nonblocking(int fd);
/* Names the calling thread; at most 15 bytes are kept. */
void clinux_name_thread(const char *name);
/* Starts a detached thread with the given stack size in bytes; 0 or an errno. */
int clinux_thread_start(size_t stack, void (*body)(void *), void *context);
/* Has all threads share two arenas of malloc's (mallopt(3)); before the first of them starts. */
void clinux_share_memory(void);
/* Gives memory back to the system that was freed and is still kept, in every arena (malloc_trim(3)). */
void clinux_trim_memory(void);
/* Nanoseconds of CLOCK_MONOTONIC / CLOCK_REALTIME. */
int64_t clinux_monotonic(void);
int64_t clinux_realtime(void);
/* Takes the whole-file lock without waiting: 0, or -1 with errno EWOULDBLOCK when another process has it. */
int clinux_lock(int fd);
/* Sends what a stream socket takes at once, without waiting and without SIGPIPE: bytes taken, or -1 with errno. */
ssize_t clinux_send(int fd, struct iovec *pieces, size_t count);
/* A non-blocking stream socket of the Unix domain, CLOEXEC. */
int clinux_unix_socket(void);
/* What stays with a file when it is renamed and no copy of it has: its inode and the time it was made, in nanoseconds
   since 1970 (0 where the file system does not tell, statx(2)). 0 or -1 with errno. */
int clinux_file_identity(const char *path, uint64_t *inode, int64_t *born);
/* Sends one datagram, with a copy of `descriptor` unless that is negative (SCM_RIGHTS), without waiting: bytes, or -1 with errno. */
ssize_t clinux_send_datagram(int socket, const void *bytes, size_t count, int descriptor);
/* A non-blocking datagram socket of the Unix domain, CLOEXEC. */
int clinux_datagram_socket(void);
/* Marks a descriptor that was handed in as this program's own: CLOEXEC. 0 or -1. */
int clinux_set_cloexec(int fd);
/* What a descriptor that was handed in is: 2 a listening stream socket of the Unix domain, 1 a connected one, 0 anything else. */
int clinux_unix_stream_kind(int fd);
