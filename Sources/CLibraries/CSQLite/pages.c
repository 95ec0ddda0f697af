#define _GNU_SOURCE
#include "csqlite.h"

#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* SQLite's memory (https://www.sqlite.org/malloc.html), from malloc but for the pages of its caches. Those are thousands after a
   burst, and live among the blocks of everything else that the burst made: freed, each leaves a hole too small to be given back to
   the system. Here they lie together, in a piece of address space of their own. */

enum {
  page = 4096,        /* SQLite's own size of a page */
  slot = 4480,        /* with what its cache keeps beside each */
  words = 224,        /* of 64 slots: 61 MiB, more than the caches of all connections may hold; beyond that malloc serves */
  system_page = 4096,
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *slots;           /* NULL where the system gave no address space; set before the first connection */
static uint64_t used[words];
static int first_free;        /* no word before it has a free slot */

static int is_slot(const void *block) {
  const char *place = block;
  return slots && place >= slots && place < slots + (size_t)slot * 64 * words;
}

/* The lowest free one, so that the others can be given back in long runs; NULL where none is. */
static void *take_slot(void) {
  void *taken = NULL;
  pthread_mutex_lock(&lock);
  while (first_free < words && !~used[first_free]) first_free++;
  if (slots && first_free < words) {
    int bit = __builtin_ctzll(~used[first_free]);
    used[first_free] |= UINT64_C(1) << bit;
    taken = slots + (size_t)slot * (64 * first_free + bit);
  }
  pthread_mutex_unlock(&lock);
  return taken;
}

static void free_slot(const void *block) {
  size_t number = (size_t)((const char *)block - slots) / slot;
  pthread_mutex_lock(&lock);
  used[number / 64] &= ~(UINT64_C(1) << number % 64);
  if ((int)(number / 64) < first_free) first_free = (int)(number / 64);
  pthread_mutex_unlock(&lock);
}

static void *take(int size) {
  void *taken = size > page && size <= slot ? take_slot() : NULL;
  return taken ? taken : malloc((size_t)size);
}

static void give(void *block) {
  if (is_slot(block)) free_slot(block); else free(block);
}

static void *resize(void *block, int size) {
  if (!is_slot(block)) return realloc(block, (size_t)size);
  if (size <= slot) return block;
  void *larger = malloc((size_t)size);
  if (!larger) return NULL;
  memcpy(larger, block, slot);
  free_slot(block);
  return larger;
}

static int size_of(void *block) { return is_slot(block) ? slot : (int)malloc_usable_size(block); }
static int rounded(int size) { return (size + 7) & ~7; }
static int begin(void *unused) { (void)unused; return SQLITE_OK; }
static void end(void *unused) { (void)unused; }

int csqlite_configure(void) {
  static const sqlite3_mem_methods methods = {take, give, resize, size_of, rounded, begin, end, NULL};
  void *space = mmap(NULL, (size_t)slot * 64 * words, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  slots = space == MAP_FAILED ? NULL : space;
  int code = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  return code ? code : sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
}

static void give_back_run(size_t from, size_t to) {
  uintptr_t start = ((uintptr_t)slots + from * slot + system_page - 1) & ~(uintptr_t)(system_page - 1);
  uintptr_t stop = ((uintptr_t)slots + to * slot) & ~(uintptr_t)(system_page - 1);
  if (stop > start) madvise((void *)start, stop - start, MADV_DONTNEED);
}

void csqlite_give_back(void) {
  pthread_mutex_lock(&lock);
  size_t from = 0;
  for (size_t number = 0; slots && number <= 64 * words; number++) {
    if (number < 64 * words && !(used[number / 64] >> number % 64 & 1)) continue;
    give_back_run(from, number);
    from = number + 1;
  }
  pthread_mutex_unlock(&lock);
}
