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
  void *view;  // the tree as libxml2 has it, once an XPath was asked
} cxml_page;

extern const char cxml_comment[];

/// Reads UTF-8 HTML; `page` is NULL unless the outcome is sound. Ends with cxml_close_page.
cxml_outcome cxml_open_page(const char *bytes, size_t length, cxml_page **page);
void cxml_close_page(cxml_page *page);

static inline bool cxml_is_element(const cxml_node *node) { return node->name && node->name != cxml_comment; }

/// The attribute of an element that is called `name`; NULL when it lacks it.
const cxml_attribute *cxml_find_attribute(const cxml_page *page, const cxml_node *node, const char *name);

typedef struct cxml_expression cxml_expression;
typedef struct cxml_selection cxml_selection;

/// An XPath 1.0 expression, NULL when it is written wrongly. Ends with cxml_close_expression. One thread at a time.
cxml_expression *cxml_compile(const char *xpath);
void cxml_close_expression(cxml_expression *expression);

/// The nodes an expression finds from the node `from` (0 is the document), in document order; NULL when it cannot be
/// evaluated, gives no nodes but a value, or all expressions of the page together take more than `steps` (`limited`
/// tells). Ends with cxml_close_selection, before its page.
cxml_selection *cxml_select(cxml_page *page, cxml_expression *expression, uint32_t from, unsigned long steps,
                            bool *limited);
void cxml_close_selection(cxml_selection *selection);
size_t cxml_count(const cxml_selection *selection);
/// The node's number; 0 for the document and for a namespace, which are no nodes of a page. An attribute becomes a text
/// in its element, which no other node leads to.
uint32_t cxml_at(cxml_page *page, const cxml_selection *selection, size_t index);

/// UTF-8 of a character entity that HTML 4 names (`nbsp`), 0-terminated in `utf8`; false when it names none.
bool cxml_html_entity(const char *name, char utf8[8]);

/// Whether `part` occurs in `bytes`, in linear time.
bool cxml_contains(const uint8_t *bytes, size_t count, const uint8_t *part, size_t length);
