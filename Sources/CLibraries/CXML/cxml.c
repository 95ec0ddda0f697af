#define _GNU_SOURCE  // memmem(3)
#include "cxml.h"
#include "internal.h"

#include <libxml/HTMLparser.h>
#include <libxml/parserInternals.h>
#include <pthread.h>
#include <string.h>

static xmlParserInputPtr open_nothing(const char *address, const char *identity, xmlParserCtxtPtr context) {
  (void)address, (void)identity, (void)context;
  return NULL;
}

static void say_nothing(void *owner, xmlErrorPtr error) { (void)owner, (void)error; }

static void initialize(void) {
  xmlInitParser();
  xmlSetExternalEntityLoader(open_nothing);
}

void cxml_prepare(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, initialize);
  xmlSetStructuredErrorFunc(NULL, say_nothing);  // kept per thread by libxml2, which writes to stderr by default
}

bool cxml_html_entity(const char *name, char utf8[8]) {
  const htmlEntityDesc *entity = htmlEntityLookup((const xmlChar *)name);
  if (!entity) return false;
  utf8[xmlCopyChar(0, (xmlChar *)utf8, (int)entity->value)] = 0;
  return true;
}

ptrdiff_t cxml_find(const uint8_t *bytes, size_t count, const uint8_t *part, size_t length) {
  if (length == 0) return 0;
  const uint8_t *found = count >= length ? memmem(bytes, count, part, length) : NULL;
  return found ? found - bytes : -1;
}
