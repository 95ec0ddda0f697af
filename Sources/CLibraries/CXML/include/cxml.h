#pragma once
// libxml2 for TickerParse, its only importer. libxml2's headers bring in ICU's, which clash with Foundation's: they are
// included in cxml.c alone. Nothing here ever opens a file or a connection. Any thread; no value is shared by two.
#include <stdbool.h>
#include <stddef.h>

typedef enum {
  CXML_SOUND,
  CXML_TOO_DEEP,             // more nested elements than cxml_deepest_page
  CXML_TOO_MANY_ATTRIBUTES,  // one tag with more than a thousand attributes
  CXML_TOO_SLOW,             // more CPU time than cxml_longest_reading
  CXML_FAILED                // out of memory
} cxml_outcome;

/// Nested elements in a page. Browsers stop at 512; pages with tags left open reach some hundred.
static const int cxml_deepest_page = 1000;
/// Seconds of CPU time for one document: a hundred times what the largest honest one needs.
static const int cxml_longest_reading = 5;

typedef struct cxml_page cxml_page;
typedef struct cxml_node cxml_node;
typedef struct cxml_selection cxml_selection;
typedef struct cxml_expression cxml_expression;

/// Reads UTF-8 HTML; `page` is NULL unless the outcome is sound. All selections of the page together may take
/// `steps` evaluation steps. Ends with cxml_close_page.
cxml_outcome cxml_open_page(const char *bytes, size_t length, unsigned long steps, cxml_page **page);
void cxml_close_page(cxml_page *page);

/// An XPath 1.0 expression, NULL when it is written wrongly. Ends with cxml_close_expression. One thread at a time.
cxml_expression *cxml_compile(const char *xpath);
void cxml_close_expression(cxml_expression *expression);

/// The nodes an expression finds from `from` (NULL is the document), in document order; NULL when it cannot be evaluated,
/// gives no nodes but a value, or exceeds the page's steps (`limited` tells). Ends with cxml_close_selection, before its
/// page.
cxml_selection *cxml_select(cxml_page *page, cxml_expression *expression, const cxml_node *from, bool *limited);
void cxml_close_selection(cxml_selection *selection);
size_t cxml_count(const cxml_selection *selection);
/// NULL for a namespace, which is no node.
const cxml_node *cxml_at(const cxml_selection *selection, size_t index);

const cxml_node *cxml_first_child(const cxml_node *node);
const cxml_node *cxml_next(const cxml_node *node);
const cxml_node *cxml_parent(const cxml_node *node);
/// An element's name; NULL for any other node.
const char *cxml_name(const cxml_node *node);
/// A text node's text or an attribute's value; NULL for any other node.
const char *cxml_text(const cxml_node *node);
/// An attribute's value, "" when it has none; NULL when the element lacks it.
const char *cxml_attribute(const cxml_node *element, const char *name);

/// UTF-8 of a character entity that HTML 4 names (`nbsp`), 0-terminated in `utf8`; false when it names none.
bool cxml_html_entity(const char *name, char utf8[8]);
