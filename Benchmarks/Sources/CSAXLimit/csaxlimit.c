#include "csaxlimit.h"

#include <libxml/parser.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  long items;
  char text[8192];
  size_t count;
} limit;

static void begin(void *owner, const xmlChar *name, const xmlChar *prefix, const xmlChar *space, int namespaces,
                  const xmlChar **declared, int count, int defaulted, const xmlChar **attributes) {
  (void)prefix, (void)space, (void)namespaces, (void)declared, (void)count, (void)defaulted, (void)attributes;
  limit *limit = owner;
  limit->count = 0;
  if (!strcmp((const char *)name, "item") || !strcmp((const char *)name, "entry")) limit->items++;
}

static void end(void *owner, const xmlChar *name, const xmlChar *prefix, const xmlChar *space) {
  (void)owner, (void)name, (void)prefix, (void)space;
}

static void text(void *owner, const xmlChar *bytes, int length) {
  limit *limit = owner;
  if (limit->count + length > sizeof limit->text) return;
  memcpy(limit->text + limit->count, bytes, length);
  limit->count += length;
}

long sax_limit(const char *bytes, size_t length) {
  limit limit = {0};
  xmlSAXHandler handler = {.initialized = XML_SAX2_MAGIC, .startElementNs = begin, .endElementNs = end,
                           .characters = text, .cdataBlock = text};
  xmlSAXUserParseMemory(&handler, &limit, bytes, (int)length);
  return limit.items;
}

// glibc's own functions under its own names; defining malloc in the program puts the counter in front of them.
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
static atomic_ulong calls;

void *malloc(size_t size) {
  atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed);
  return __libc_malloc(size);
}
void *calloc(size_t count, size_t size) {
  atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed);
  return __libc_calloc(count, size);
}
void *realloc(void *memory, size_t size) {
  atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed);
  return __libc_realloc(memory, size);
}
unsigned long allocations(void) { return atomic_load(&calls); }
