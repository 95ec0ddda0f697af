#pragma once
// libxml2 for TickerParse, its only importer. libxml2's headers bring in ICU's, which clash with Foundation's: they are
// included in the .c files alone. Nothing here ever opens a file or a connection. Any thread; no value is shared by two.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
  CXML_SOUND,
  CXML_TOO_DEEP,             // more nested elements than cxml_deepest_page
  CXML_TOO_MANY_ATTRIBUTES,  // one tag with more than a thousand attributes
  CXML_TOO_MANY_NODES,       // more than cxml_most_nodes, or as many attributes
  CXML_TOO_SLOW,             // more CPU time than cxml_longest_reading
  CXML_FAILED                // out of memory
} cxml_outcome;

/// Nested elements in a page. Browsers stop at 512; pages with tags left open reach some hundred.
static const int cxml_deepest_page = 1000;
/// Elements, texts and comments of a page: the largest honest ones have some ten thousand.
static const uint32_t cxml_most_nodes = 1 << 20;
/// Seconds of CPU time for one document: a hundred times what the largest honest one needs.
static const int cxml_longest_reading = 5;

/// An element, a text or a comment. Numbers are places in `nodes`, 0 is none; as a parent, 0 is the document.
typedef struct {
  const char *name;  // an element's, in lower case, cxml_comment for a comment; NULL for a text
  uint32_t parent, next, previous, child;
  uint32_t first;  // an element's first attribute; where a text begins
  uint32_t count;  // an element's attributes; bytes of a text
} cxml_node;

typedef struct {
  const char *name;
  uint32_t value, length;  // where the value begins, and its bytes
} cxml_attribute;

/// A page as a tree in four pieces of memory, a third of what libxml2's own takes. Nodes stand in the order of the
/// document: what an element holds follows it. `nodes[0]` is the document. Texts and values end with a zero byte.
typedef struct {
  cxml_node *nodes;
  uint32_t count;
  cxml_attribute *attributes;
  uint32_t attribute_count;
  char *text;
  uint32_t text_count;
  void *names;
} cxml_page;

extern const char cxml_comment[];

/// Reads UTF-8 HTML; `page` is NULL unless the outcome is sound. Ends with cxml_close_page.
cxml_outcome cxml_open_page(const char *bytes, size_t length, cxml_page **page);
void cxml_close_page(cxml_page *page);

static inline bool cxml_is_element(const cxml_node *node) { return node->name && node->name != cxml_comment; }

/// The attribute of an element that is called `name`; NULL when it lacks it.
const cxml_attribute *cxml_find_attribute(const cxml_page *page, const cxml_node *node, const char *name);

/// Adds a text that holds the value of attribute `place` of an element, and that no other node leads to; `previous` is the
/// place. Its number, 0 when memory ran out.
uint32_t cxml_text_of_attribute(cxml_page *page, uint32_t element, uint32_t place);

/// UTF-8 of a character entity that HTML 4 names (`nbsp`), 0-terminated in `utf8`; false when it names none.
bool cxml_html_entity(const char *name, char utf8[8]);

/// Where `part` occurs first in `bytes`, -1 when it does not; in linear time.
ptrdiff_t cxml_find(const uint8_t *bytes, size_t count, const uint8_t *part, size_t length);
