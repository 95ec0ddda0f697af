#include "selectors.h"

#include <libxml/HTMLparser.h>
#include <libxml/xpathInternals.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

// `ctxt` and `nargs` are the names that CHECK_ARITY and its like of libxml2 expect.

// Bytes looked at that count as one operation of libxml2.
enum { bytes_per_step = 16 };

// Counts `steps` against the operation limit; false when it is reached, the evaluation then ends.
static bool charge(xmlXPathParserContextPtr parser, unsigned long steps) {
  xmlXPathContextPtr context = parser->context;
  if (context->opLimit == 0) return true;
  if (steps <= context->opLimit && context->opCount <= context->opLimit - steps) {
    context->opCount += steps;
    return true;
  }
  context->opCount = context->opLimit;
  xmlXPathErr(parser, XPATH_OP_LIMIT_EXCEEDED);
  return false;
}

static bool is_space(char byte) {
  return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r' || byte == '\f';
}

static const char *attribute(const xmlNode *node, const char *name) {
  if (node->type != XML_ELEMENT_NODE) return NULL;
  for (const xmlAttr *each = node->properties; each; each = each->next) {
    if (strcmp((const char *)each->name, name) != 0) continue;
    return each->children && each->children->content ? (const char *)each->children->content : "";
  }
  return NULL;
}

static bool has_word(const char *words, const char *word) {
  size_t length = strlen(word);
  if (length == 0) return false;
  for (const char *at = words; (at = strstr(at, word)); at++) {
    if ((at == words || is_space(at[-1])) && (at[length] == 0 || is_space(at[length]))) return true;
  }
  return false;
}

static void has_class(xmlXPathParserContextPtr ctxt, int nargs) {
  CHECK_ARITY(1);
  xmlChar *word = xmlXPathPopString(ctxt);
  CHECK_ERROR;
  const char *words = attribute(ctxt->context->node, "class");
  valuePush(ctxt, xmlXPathNewBoolean(words && has_word(words, (const char *)word)));
  if (words) charge(ctxt, strlen(words) / bytes_per_step);
  xmlFree(word);
}

static void has_text(xmlXPathParserContextPtr ctxt, int nargs) {
  CHECK_ARITY(1);
  xmlChar *part = xmlXPathPopString(ctxt);
  CHECK_ERROR;
  xmlChar *text = xmlNodeGetContent(ctxt->context->node);
  valuePush(ctxt, xmlXPathNewBoolean(text && strstr((const char *)text, (const char *)part)));
  if (text) charge(ctxt, strlen((const char *)text) / bytes_per_step + 1);
  xmlFree(text);
  xmlFree(part);
}

// Extended filtering of RFC 4647 §3.3.2, which :lang() asks for: subtags of the range appear in the tag in this order;
// "*" stands for any, and only singletons (x, u, …) end the search.
static bool in_range(const char *range, const char *tag) {
  if (*range == 0) return *tag == 0;
  bool first = true;
  while (*range) {
    size_t wanted = strcspn(range, "-");
    if (wanted == 1 && *range == '*') {
      if (first && *tag == 0) return false;
      if (first) tag += strcspn(tag, "-");
    } else {
      for (;;) {
        if (!first && *tag == '-') tag++;
        size_t found = strcspn(tag, "-");
        if (found == 0) return false;
        if (found == wanted && strncasecmp(range, tag, wanted) == 0) {
          tag += found;
          break;
        }
        if (first || found == 1) return false;
        tag += found;
      }
    }
    first = false;
    range += wanted;
    if (*range == '-') range++;
    if (*range == '-') return false;
  }
  return true;
}

// The document's own language where no element says one (HTML, "pragma-set default language").
static const char *default_language(const xmlNode *node) {
  for (; node; node = node->next) {
    if (node->type != XML_ELEMENT_NODE) continue;
    if (strcmp((const char *)node->name, "meta") == 0) {
      const char *pragma = attribute(node, "http-equiv");
      if (pragma && strcasecmp(pragma, "content-language") == 0) return attribute(node, "content");
    } else if (strcmp((const char *)node->name, "html") == 0 || strcmp((const char *)node->name, "head") == 0) {
      const char *found = default_language(node->children);
      if (found) return found;
    }
  }
  return NULL;
}

static void in_language(xmlXPathParserContextPtr ctxt, int nargs) {
  CHECK_ARITY(1);
  xmlChar *range = xmlXPathPopString(ctxt);
  CHECK_ERROR;
  const char *tag = NULL;
  unsigned long steps = 1;
  for (const xmlNode *node = ctxt->context->node; node && !tag; node = node->parent, steps++) {
    tag = attribute(node, "lang");
    if (!tag) tag = attribute(node, "xml:lang");
  }
  if (!tag) tag = default_language(ctxt->context->doc->children);
  valuePush(ctxt, xmlXPathNewBoolean(tag && in_range((const char *)range, tag)));
  charge(ctxt, steps);
  xmlFree(range);
}

static const xmlNode *neighbour(const xmlNode *node, bool backwards, bool named) {
  const xmlNode *other = backwards ? node->prev : node->next;
  while (other && (other->type != XML_ELEMENT_NODE || (named && !xmlStrEqual(other->name, node->name)))) {
    other = backwards ? other->prev : other->next;
  }
  return other;
}

// place(1) is the element's place among its siblings, place(3) among those of its name; 2 and 4 count from the last one.
// A selector asks about one sibling after another, so the last answer is most often one step away.
static void place(xmlXPathParserContextPtr ctxt, int nargs) {
  CHECK_ARITY(1);
  int kind = (int)xmlXPathPopNumber(ctxt);
  CHECK_ERROR;
  bool named = kind >= 3, from_end = kind % 2 == 0;
  cxml_memory *memory = ctxt->context->extra;
  cxml_place *last = named ? &memory->named : &memory->children;
  const xmlNode *node = ctxt->context->node;
  double place = 1;
  unsigned long steps = 1;
  for (const xmlNode *other = neighbour(node, !from_end, named); other; other = neighbour(other, !from_end, named)) {
    steps++;
    if (!from_end && other == last->node) {
      place += last->place;
      break;
    }
    place += 1;
  }
  if (!from_end) *last = (cxml_place){.node = node, .place = place};
  valuePush(ctxt, xmlXPathNewFloat(place));
  charge(ctxt, steps);
}

void cxml_register_functions(xmlXPathContextPtr context) {
  xmlXPathRegisterFunc(context, (const xmlChar *)"has-class", has_class);
  xmlXPathRegisterFunc(context, (const xmlChar *)"has-text", has_text);
  xmlXPathRegisterFunc(context, (const xmlChar *)"in-language", in_language);
  xmlXPathRegisterFunc(context, (const xmlChar *)"place", place);
}
