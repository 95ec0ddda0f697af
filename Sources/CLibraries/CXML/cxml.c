#include "cxml.h"
#include "selectors.h"

#include <libxml/HTMLparser.h>
#include <libxml/SAX2.h>
#include <libxml/entities.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

// libxml2 compares each attribute of a tag with all before it. It counts in slots, two an attribute, and doubles their
// number: the reading stops beyond about a thousand attributes.
enum { most_attribute_slots = 8192, most_namespaces = 2048 };

typedef struct {
  xmlParserCtxtPtr context;
  const char *bytes;
  size_t left;
  double deadline;
  cxml_outcome outcome;
  bool stopped;
} reading;

static xmlParserInputPtr open_nothing(const char *address, const char *identity, xmlParserCtxtPtr context) {
  (void)address, (void)identity, (void)context;
  return NULL;
}

static void say_nothing(void *owner, xmlErrorPtr error) { (void)owner, (void)error; }

static void initialize(void) {
  xmlInitParser();
  xmlSetExternalEntityLoader(open_nothing);
}

static void prepare(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, initialize);
  xmlSetStructuredErrorFunc(NULL, say_nothing);  // kept per thread by libxml2, which writes to stderr by default
}

static double processor_time(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec + now.tv_nsec * 1e-9;
}

// Gives libxml2 its next bytes. Being asked is the only moment inside a tag, so the bounds are checked here.
static int next_bytes(void *owner, char *buffer, int room) {
  reading *reading = owner;
  if (reading->context->maxatts > most_attribute_slots || reading->context->nsMax > most_namespaces) {
    reading->outcome = CXML_TOO_MANY_ATTRIBUTES;
  } else if (processor_time() > reading->deadline) {
    reading->outcome = CXML_TOO_SLOW;
  }
  if (reading->outcome != CXML_SOUND || reading->stopped || room <= 0) return 0;
  size_t count = reading->left < (size_t)room ? reading->left : (size_t)room;
  memcpy(buffer, reading->bytes, count);
  reading->bytes += count;
  reading->left -= count;
  return (int)count;
}

static void go_on(reading *reading, bool wanted) {
  if (wanted || reading->stopped) return;
  reading->stopped = true;
  xmlStopParser(reading->context);
}

struct cxml_page {
  htmlDocPtr document;
  xmlXPathContextPtr context;
  cxml_memory memory;
};

static void page_start(void *owner, const xmlChar *name, const xmlChar **attributes) {
  xmlParserCtxtPtr context = owner;
  reading *reading = context->_private;
  if (context->nodeNr < cxml_deepest_page) {
    xmlSAX2StartElement(owner, name, attributes);
  } else if (!reading->stopped) {
    reading->outcome = CXML_TOO_DEEP;
    go_on(reading, false);
  }
}

static cxml_outcome read_page(reading *reading, htmlDocPtr *document) {
  htmlParserCtxtPtr context = htmlNewParserCtxt();
  if (!context) return CXML_FAILED;
  reading->context = context;
  context->_private = reading;
  xmlParserInputBufferPtr buffer =
      xmlParserInputBufferCreateIO(next_bytes, NULL, reading, XML_CHAR_ENCODING_NONE);
  xmlParserInputPtr input = buffer ? xmlNewIOInputStream(context, buffer, XML_CHAR_ENCODING_NONE) : NULL;
  if (!input) {
    htmlFreeParserCtxt(context);
    return CXML_FAILED;
  }
  inputPush(context, input);
  xmlSwitchEncoding(context, XML_CHAR_ENCODING_UTF8);
  htmlCtxtUseOptions(context, HTML_PARSE_RECOVER | HTML_PARSE_NONET | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                                  HTML_PARSE_IGNORE_ENC | HTML_PARSE_COMPACT);
  context->options |= XML_PARSE_HUGE;  // page_start bounds the depth; libxml2's 256 would cut real pages short
  context->sax->startElement = page_start;
  context->sax->serror = say_nothing;
  htmlParseDocument(context);
  *document = context->myDoc;
  htmlFreeParserCtxt(context);
  return reading->outcome;
}

cxml_outcome cxml_open_page(const char *bytes, size_t length, unsigned long steps, cxml_page **page) {
  prepare();
  *page = NULL;
  reading reading = {.bytes = bytes, .left = length, .deadline = processor_time() + cxml_longest_reading};
  cxml_page opened = {0};
  cxml_outcome outcome = read_page(&reading, &opened.document);
  if (outcome == CXML_SOUND) {
    opened.context = opened.document ? xmlXPathNewContext(opened.document) : NULL;
    *page = opened.context ? malloc(sizeof opened) : NULL;
    if (*page) {
      opened.context->error = say_nothing;
      cxml_register_functions(opened.context);
      opened.context->opLimit = steps;
      **page = opened;
      opened.context->extra = &(*page)->memory;
      return outcome;
    }
    outcome = CXML_FAILED;
  }
  if (opened.context) xmlXPathFreeContext(opened.context);
  if (opened.document) xmlFreeDoc(opened.document);
  return outcome;
}

void cxml_close_page(cxml_page *page) {
  xmlXPathFreeContext(page->context);
  xmlFreeDoc(page->document);
  free(page);
}

cxml_expression *cxml_compile(const char *xpath) {
  prepare();
  return (cxml_expression *)xmlXPathCompile((const xmlChar *)xpath);
}

void cxml_close_expression(cxml_expression *expression) { xmlXPathFreeCompExpr((xmlXPathCompExprPtr)expression); }

cxml_selection *cxml_select(cxml_page *page, cxml_expression *expression, const cxml_node *from, bool *limited) {
  prepare();
  xmlXPathContextPtr context = page->context;
  context->node = from ? (xmlNodePtr)from : (xmlNodePtr)page->document;
  xmlXPathObjectPtr found = xmlXPathCompiledEval((xmlXPathCompExprPtr)expression, context);
  *limited = !found && context->opCount >= context->opLimit;
  if (found && found->type != XPATH_NODESET) {
    xmlXPathFreeObject(found);
    return NULL;
  }
  return (cxml_selection *)found;
}

static const xmlNodeSet *nodes(const cxml_selection *selection) {
  return ((const xmlXPathObject *)selection)->nodesetval;
}

void cxml_close_selection(cxml_selection *selection) { xmlXPathFreeObject((xmlXPathObjectPtr)selection); }

size_t cxml_count(const cxml_selection *selection) {
  return nodes(selection) ? (size_t)nodes(selection)->nodeNr : 0;
}

const cxml_node *cxml_at(const cxml_selection *selection, size_t index) {
  const xmlNode *node = nodes(selection)->nodeTab[index];
  return node->type == XML_NAMESPACE_DECL ? NULL : (const cxml_node *)node;
}

const cxml_node *cxml_first_child(const cxml_node *node) {
  const xmlNode *inner = (const xmlNode *)node;
  return (const cxml_node *)(inner->type == XML_ELEMENT_NODE ? inner->children : NULL);
}

const cxml_node *cxml_next(const cxml_node *node) { return (const cxml_node *)((const xmlNode *)node)->next; }

const cxml_node *cxml_parent(const cxml_node *node) { return (const cxml_node *)((const xmlNode *)node)->parent; }

const char *cxml_name(const cxml_node *node) {
  const xmlNode *inner = (const xmlNode *)node;
  return inner->type == XML_ELEMENT_NODE ? (const char *)inner->name : NULL;
}

const char *cxml_text(const cxml_node *node) {
  const xmlNode *inner = (const xmlNode *)node;
  if (inner->type == XML_ATTRIBUTE_NODE) inner = inner->children;
  bool text = inner && (inner->type == XML_TEXT_NODE || inner->type == XML_CDATA_SECTION_NODE);
  return text ? (const char *)inner->content : NULL;
}

const char *cxml_attribute(const cxml_node *element, const char *name) {
  for (const xmlAttr *attribute = ((const xmlNode *)element)->properties; attribute; attribute = attribute->next) {
    if (strcmp((const char *)attribute->name, name) != 0) continue;
    const xmlNode *value = attribute->children;
    return value && value->content ? (const char *)value->content : "";
  }
  return NULL;
}

bool cxml_html_entity(const char *name, char utf8[8]) {
  const htmlEntityDesc *entity = htmlEntityLookup((const xmlChar *)name);
  if (!entity) return false;
  utf8[xmlCopyChar(0, (xmlChar *)utf8, (int)entity->value)] = 0;
  return true;
}
