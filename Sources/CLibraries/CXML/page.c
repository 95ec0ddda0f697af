#include "cxml.h"
#include "internal.h"

#include <libxml/HTMLparser.h>
#include <libxml/HTMLtree.h>
#include <libxml/parserInternals.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// Reads a page: libxml2 takes the tags apart and decides what is inside what, and tells it piece by piece. Its own tree
// is not built, which would take more time than all that is asked of it, and ten times the memory of the document.

// libxml2 compares each attribute of a tag with all before it. It counts in slots, two an attribute, and doubles their
// number: the reading stops beyond about a thousand attributes.
enum { most_attribute_slots = 8192 };

const char cxml_comment[] = "#comment";

// An element that is still open.
typedef struct {
  uint32_t node, last;
} level;

typedef struct {
  xmlParserCtxtPtr context;
  const char *bytes;
  size_t left;
  double deadline;
  cxml_outcome outcome;
  cxml_page *page;
  level *levels;  // the document first
  int depth;
  bool continues;    // what comes belongs to the text that came last
  bool has_doctype;
  bool is_reopened;  // the first element, after its end
  uint32_t node_room, attribute_room, text_room;
} reading;

static double processor_time(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec + now.tv_nsec * 1e-9;
}

// Gives libxml2 its next bytes. Being asked is the only moment inside a tag, so the bounds are checked here.
static int next_bytes(void *owner, char *buffer, int room) {
  reading *reading = owner;
  if (reading->context->maxatts > most_attribute_slots) {
    reading->outcome = CXML_TOO_MANY_ATTRIBUTES;
  } else if (processor_time() > reading->deadline) {
    reading->outcome = CXML_TOO_SLOW;
  }
  if (reading->outcome != CXML_SOUND || room <= 0) return 0;
  size_t count = reading->left < (size_t)room ? reading->left : (size_t)room;
  memcpy(buffer, reading->bytes, count);
  reading->bytes += count;
  reading->left -= count;
  return (int)count;
}

static void stop(reading *reading, cxml_outcome outcome) {
  if (reading->outcome != CXML_SOUND) return;
  reading->outcome = outcome;
  xmlStopParser(reading->context);
}

// Room for `more` pieces of `size` bytes behind `count` of them. Memory that is never written to costs nothing.
static bool make_room(void **memory, uint32_t *room, uint32_t count, size_t more, size_t size) {
  if (count + more <= *room) return true;
  size_t wanted = (count + more) * 2;
  if (wanted > UINT32_MAX) return false;
  void *larger = realloc(*memory, wanted * size);
  if (!larger) return false;
  *memory = larger;
  *room = (uint32_t)wanted;
  return true;
}

static bool append_text(reading *reading, const char *bytes, size_t length) {
  cxml_page *page = reading->page;
  if (!make_room((void **)&page->text, &reading->text_room, page->text_count, length + 1, 1)) return false;
  memcpy(page->text + page->text_count, bytes, length);
  page->text_count += (uint32_t)length;
  page->text[page->text_count++] = 0;
  return true;
}

static cxml_node *add_node(reading *reading, const char *name) {
  cxml_page *page = reading->page;
  if (page->count >= cxml_most_nodes) {
    stop(reading, CXML_TOO_MANY_NODES);
    return NULL;
  }
  if (!make_room((void **)&page->nodes, &reading->node_room, page->count, 1, sizeof(cxml_node))) {
    stop(reading, CXML_FAILED);
    return NULL;
  }
  level *level = &reading->levels[reading->depth];
  uint32_t number = page->count++;
  cxml_node *node = &page->nodes[number];
  *node = (cxml_node){.name = name, .parent = level->node, .previous = level->last};
  if (level->last) {
    page->nodes[level->last].next = number;
  } else {
    page->nodes[level->node].child = number;
  }
  level->last = number;
  reading->continues = false;
  return node;
}

// What follows the end of the last element goes into the first one, if the document begins with it, as libxml2 has it.
static void reopen(reading *reading) {
  const cxml_node *nodes = reading->page->nodes;
  uint32_t root = nodes[0].child;
  if (reading->depth > 0 || reading->has_doctype || !root || !cxml_is_element(&nodes[root])) return;
  uint32_t last = nodes[root].child;
  while (last && nodes[last].next) last = nodes[last].next;
  reading->levels[++reading->depth] = (level){.node = root, .last = last};
  reading->is_reopened = true;
}

static bool add_attributes(reading *reading, cxml_node *node, const xmlChar **attributes) {
  cxml_page *page = reading->page;
  node->first = page->attribute_count;
  for (; attributes && attributes[0]; attributes += 2) {
    const char *value = (const char *)attributes[1];
    if (!value) value = htmlIsBooleanAttr(attributes[0]) ? (const char *)attributes[0] : "";
    size_t length = strlen(value);
    bool room = make_room((void **)&page->attributes, &reading->attribute_room, page->attribute_count, 1,
                          sizeof(cxml_attribute));
    uint32_t start = page->text_count;
    if (!room || !append_text(reading, value, length)) return false;
    page->attributes[page->attribute_count++] =
        (cxml_attribute){.name = (const char *)attributes[0], .value = start, .length = (uint32_t)length};
    node->count++;
  }
  return true;
}

// An element's name without the prefix, which nobody declares in HTML (`svg:a`).
static const xmlChar *local_name(reading *reading, const xmlChar *name) {
  const char *colon = strchr((const char *)name, ':');
  if (!colon || colon == (const char *)name || !colon[1]) return name;
  return xmlDictLookup(reading->context->dict, (const xmlChar *)colon + 1, -1);
}

static void start_element(void *owner, const xmlChar *name, const xmlChar **attributes) {
  reading *reading = ((xmlParserCtxtPtr)owner)->_private;
  if (reading->outcome != CXML_SOUND) return;
  if (reading->depth >= cxml_deepest_page) return stop(reading, CXML_TOO_DEEP);
  reopen(reading);
  cxml_node *node = add_node(reading, (const char *)local_name(reading, name));
  if (!node) return;
  uint32_t number = (uint32_t)(node - reading->page->nodes);
  if (!add_attributes(reading, node, attributes)) return stop(reading, CXML_FAILED);
  if (reading->page->attribute_count > cxml_most_nodes) return stop(reading, CXML_TOO_MANY_NODES);
  reading->levels[++reading->depth] = (level){.node = number};
}

static void end_element(void *owner, const xmlChar *name) {
  (void)name;
  reading *reading = ((xmlParserCtxtPtr)owner)->_private;
  if (reading->outcome != CXML_SOUND) return;
  reading->continues = false;
  if (reading->depth > 0) reading->depth--;
  if (reading->depth == 1 && reading->is_reopened) {
    reading->depth = 0;
    reading->is_reopened = false;
  }
}

// libxml2 tells a text in pieces. The last one stands at the end of all text, so that it can grow.
static void take_text(void *owner, const xmlChar *bytes, int length) {
  reading *reading = ((xmlParserCtxtPtr)owner)->_private;
  if (reading->outcome != CXML_SOUND || reading->depth == 0) return;
  cxml_page *page = reading->page;
  if (reading->continues) {
    page->text_count--;
  } else {
    cxml_node *node = add_node(reading, NULL);
    if (!node) return;
    node->first = page->text_count;
    reading->continues = true;
  }
  if (!append_text(reading, (const char *)bytes, (size_t)length)) return stop(reading, CXML_FAILED);
  page->nodes[page->count - 1].count += (uint32_t)length;
}

static void take_comment(void *owner, const xmlChar *bytes) {
  reading *reading = ((xmlParserCtxtPtr)owner)->_private;
  if (reading->outcome != CXML_SOUND) return;
  cxml_node *node = add_node(reading, cxml_comment);
  if (!node) return;
  size_t length = strlen((const char *)bytes);
  node->first = reading->page->text_count;
  node->count = (uint32_t)length;
  if (!append_text(reading, (const char *)bytes, length)) stop(reading, CXML_FAILED);
}

static void take_doctype(void *owner, const xmlChar *name, const xmlChar *identity, const xmlChar *address) {
  (void)name, (void)identity, (void)address;
  reading *reading = ((xmlParserCtxtPtr)owner)->_private;
  reading->has_doctype = true;
}

static void listen(xmlSAXHandler *handler) {
  *handler = (xmlSAXHandler){.internalSubset = take_doctype, .startElement = start_element, .endElement = end_element,
                             .characters = take_text, .ignorableWhitespace = take_text, .cdataBlock = take_text,
                             .comment = take_comment, .initialized = 1};
}

static void read_page(reading *reading) {
  htmlParserCtxtPtr context = htmlNewParserCtxt();
  if (!context) {
    reading->outcome = CXML_FAILED;
    return;
  }
  reading->context = context;
  context->_private = reading;
  xmlParserInputBufferPtr buffer =
      xmlParserInputBufferCreateIO(next_bytes, NULL, reading, XML_CHAR_ENCODING_NONE);
  xmlParserInputPtr input = buffer ? xmlNewIOInputStream(context, buffer, XML_CHAR_ENCODING_NONE) : NULL;
  if (input) {
    inputPush(context, input);
    xmlSwitchEncoding(context, XML_CHAR_ENCODING_UTF8);
    htmlCtxtUseOptions(context, HTML_PARSE_RECOVER | HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC);
    context->options |= XML_PARSE_HUGE;  // start_element bounds the depth; libxml2's 256 would cut real pages short
    listen(context->sax);
    htmlParseDocument(context);
    reading->page->names = context->dict;
    xmlDictReference(context->dict);
  } else {
    reading->outcome = CXML_FAILED;
  }
  htmlFreeParserCtxt(context);
}

cxml_outcome cxml_open_page(const char *bytes, size_t length, cxml_page **page) {
  cxml_prepare();
  *page = NULL;
  level *levels = malloc(sizeof(level) * (size_t)(cxml_deepest_page + 2));
  cxml_page *opened = calloc(1, sizeof *opened);
  reading reading = {.bytes = bytes, .left = length, .deadline = processor_time() + cxml_longest_reading,
                     .page = opened, .levels = levels};
  // What most pages need, so that nothing is moved: a node for 24 bytes, an attribute for 48, half of it text.
  size_t guess = length / 48 + 64;
  bool room = opened && levels &&
              make_room((void **)&opened->nodes, &reading.node_room, 0, guess, sizeof(cxml_node)) &&
              make_room((void **)&opened->attributes, &reading.attribute_room, 0, guess / 2, sizeof(cxml_attribute)) &&
              make_room((void **)&opened->text, &reading.text_room, 0, length / 4 + 64, 1);
  if (room) {
    opened->nodes[0] = (cxml_node){0};
    opened->count = 1;
    levels[0] = (level){0};
    read_page(&reading);
  }
  free(levels);
  if (room && reading.outcome == CXML_SOUND) {
    *page = opened;
  } else if (opened) {
    cxml_close_page(opened);
  }
  return room ? reading.outcome : CXML_FAILED;
}

void cxml_close_page(cxml_page *page) {
  if (page->names) xmlDictFree(page->names);
  free(page->nodes);
  free(page->attributes);
  free(page->text);
  free(page);
}

const cxml_attribute *cxml_find_attribute(const cxml_page *page, const cxml_node *node, const char *name) {
  if (!cxml_is_element(node)) return NULL;
  const cxml_attribute *attribute = page->attributes + node->first;
  for (uint32_t left = node->count; left > 0; left--, attribute++) {
    if (strcmp(attribute->name, name) == 0) return attribute;
  }
  return NULL;
}

uint32_t cxml_text_of_attribute(cxml_page *page, uint32_t element, uint32_t place) {
  cxml_node *larger = realloc(page->nodes, sizeof(cxml_node) * (page->count + 1));
  if (!larger) return 0;
  page->nodes = larger;
  const cxml_attribute *source = &page->attributes[place];
  page->nodes[page->count] =
      (cxml_node){.parent = element, .previous = place, .first = source->value, .count = source->length};
  return page->count++;
}
