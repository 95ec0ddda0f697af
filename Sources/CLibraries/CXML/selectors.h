#pragma once
// The XPath functions that CSS selectors need, for cxml.c.
#include <libxml/xpath.h>

/// Where the last call of place() stood: siblings are asked about one after another.
typedef struct {
  const xmlNode *node;
  double place;
} cxml_place;

/// What the functions remember about one page; `context->extra` points to it.
typedef struct {
  cxml_place children, named;
} cxml_memory;

/// Registers `has-class(word)`, `has-text(text)`, `in-language(range)` and `place(n)`, which judge the context node. They
/// count their steps against the context's operation limit.
void cxml_register_functions(xmlXPathContextPtr context);
