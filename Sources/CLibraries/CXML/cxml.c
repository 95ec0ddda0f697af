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

// libxml2 compares each attribute of a tag with all before it. It counts in slots, five an attribute in XML and two in
// HTML, and doubles their number: the reading stops beyond about a thousand attributes.
enum { most_attribute_slots = 8192, most_namespaces = 2048 };
// Bytes of an entity's replacement that a document declares itself; a character or a word, not a bomb.
enum { longest_replacement = 64 };
enum { longest_reference = 256 };

typedef struct {
  xmlParserCtxtPtr context;
  const char *bytes;
  size_t left;
  double deadline;
  cxml_outcome outcome;
  cxml_fault *fault;
  const cxml_events *events;
  void *owner;
  bool stopped;
  xmlEntity entity;
  char written[longest_reference];
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
  if (reading->outcome > CXML_BROKEN || reading->stopped || room <= 0) return 0;
  size_t count = reading->left < (size_t)room ? reading->left : (size_t)room;
  memcpy(buffer, reading->bytes, count);
  reading->bytes += count;
  reading->left -= count;
  return (int)count;
}

static void note_fault(void *owner, xmlErrorPtr error) {
  reading *reading = owner;
  if (error->level < XML_ERR_ERROR || reading->stopped || reading->outcome != CXML_SOUND) return;
  reading->outcome = CXML_BROKEN;
  reading->fault->line = error->line;
  strncpy(reading->fault->message, error->message ? error->message : "", sizeof reading->fault->message - 1);
}

static void go_on(reading *reading, bool wanted) {
  if (wanted || reading->stopped) return;
  reading->stopped = true;
  xmlStopParser(reading->context);
}

static void feed_start(void *owner, const xmlChar *name, const xmlChar *prefix, const xmlChar *space, int namespaces,
                       const xmlChar **declared, int count, int defaulted, const xmlChar **attributes) {
  (void)namespaces, (void)declared, (void)defaulted;
  reading *reading = owner;
  if (reading->stopped) return;
  go_on(reading, reading->events->start(reading->owner, (const char *)name, (const char *)prefix, (const char *)space,
                                        (const char *const *)attributes, count));
}

static void feed_end(void *owner, const xmlChar *name, const xmlChar *prefix, const xmlChar *space) {
  (void)prefix, (void)space;
  reading *reading = owner;
  if (!reading->stopped) go_on(reading, reading->events->end(reading->owner, (const char *)name));
}

static void feed_text(void *owner, const xmlChar *bytes, int length) {
  reading *reading = owner;
  if (!reading->stopped) go_on(reading, reading->events->text(reading->owner, (const char *)bytes, length));
}

// What the document declared for `name`, if it is plain text: replacements are never looked into, so nothing grows.
static const char *declared(reading *reading, const xmlChar *name) {
  xmlEntityPtr entity = reading->context->myDoc ? xmlGetDocEntity(reading->context->myDoc, name) : NULL;
  if (!entity || entity->etype != XML_INTERNAL_GENERAL_ENTITY || !entity->content) return NULL;
  const char *content = (const char *)entity->content;
  return strlen(content) < longest_replacement && !strpbrk(content, "&<") ? content : NULL;
}

// In text the replacement is given as if XML predefined it, which libxml2 passes on untouched. In an attribute it would
// take only its first byte, so the reference stays as written and whoever reads the value resolves it.
static xmlEntityPtr feed_entity(void *owner, const xmlChar *name) {
  reading *reading = owner;
  // While it reads declarations libxml2 asks in order to hang the entity's source onto the answer, which would leak.
  if (reading->context->inSubset != 0) return NULL;
  bool in_attribute = reading->context->instate == XML_PARSER_ATTRIBUTE_VALUE;
  const char *content = declared(reading, name);
  if (!content) {
    content = reading->written;
    if (!cxml_html_entity((const char *)name, reading->written)) {
      snprintf(reading->written, sizeof reading->written, "&%.200s;", (const char *)name);
    }
  }
  xmlEntityPtr entity = &reading->entity;
  memset(entity, 0, sizeof *entity);
  entity->type = XML_ENTITY_DECL;
  entity->etype = in_attribute ? XML_INTERNAL_GENERAL_ENTITY : XML_INTERNAL_PREDEFINED_ENTITY;
  entity->name = name;
  entity->content = in_attribute ? NULL : (xmlChar *)content;
  entity->length = in_attribute ? 0 : (int)strlen(content);
  return entity;
}

cxml_outcome cxml_read_feed(const char *bytes, size_t length, const cxml_events *events, void *owner, cxml_fault *fault) {
  prepare();
  memset(fault, 0, sizeof *fault);
  reading reading = {.bytes = bytes, .left = length, .deadline = processor_time() + cxml_longest_reading,
                     .fault = fault, .events = events, .owner = owner};
  reading.context = xmlNewParserCtxt();
  if (!reading.context) return CXML_FAILED;
  *reading.context->sax = (xmlSAXHandler){.initialized = XML_SAX2_MAGIC, .startElementNs = feed_start,
                                          .endElementNs = feed_end, .characters = feed_text,
                                          .ignorableWhitespace = feed_text, .getEntity = feed_entity,
                                          .serror = note_fault};
  reading.context->userData = &reading;
  // The text is UTF-8 whatever its declaration says (IGNORE_ENC). Neither NOENT nor HUGE: libxml2's own bounds stand.
  int options = XML_PARSE_RECOVER | XML_PARSE_NONET | XML_PARSE_IGNORE_ENC;
  xmlDocPtr document = xmlCtxtReadIO(reading.context, next_bytes, NULL, &reading, NULL, NULL, options);
  if (document) xmlFreeDoc(document);
  xmlFreeParserCtxt(reading.context);
  return reading.outcome;
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
