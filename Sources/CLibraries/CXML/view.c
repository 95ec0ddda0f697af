#include "view.h"
#include "cxml.h"
#include "internal.h"

#include <libxml/parserInternals.h>
#include <libxml/valid.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>
#include <stdlib.h>
#include <string.h>

// libxml2's XPath walks over libxml2's own tree. It is made from the page's when an XPath is asked, in one piece of
// memory for each kind of node, with the texts where they are: nothing in it is freed by itself.

typedef struct {
  cxml_page *page;
  xmlDoc document;
  xmlNode *nodes;   // by the page's numbers
  xmlAttr *attributes;
  xmlNode *values;  // the attributes' texts
  uint32_t count;
  xmlXPathContextPtr context;
  bool has_ids;
} view;

static void fill_attributes(view *view, xmlNode *element, const cxml_node *node) {
  for (uint32_t index = 0; index < node->count; index++) {
    uint32_t place = node->first + index;
    const cxml_attribute *source = &view->page->attributes[place];
    xmlAttr *attribute = &view->attributes[place];
    xmlNode *value = &view->values[place];
    *attribute = (xmlAttr){.type = XML_ATTRIBUTE_NODE, .name = (const xmlChar *)source->name, .children = value,
                           .last = value, .parent = element, .doc = &view->document};
    *value = (xmlNode){.type = XML_TEXT_NODE, .name = xmlStringText, .parent = (xmlNode *)attribute,
                       .doc = &view->document, .content = (xmlChar *)view->page->text + source->value};
    if (index == 0) {
      element->properties = attribute;
    } else {
      attribute->prev = &view->attributes[place - 1];
      attribute->prev->next = attribute;
    }
  }
}

static void fill_node(view *view, uint32_t number) {
  const cxml_node *node = &view->page->nodes[number];
  xmlNode *made = &view->nodes[number];
  *made = (xmlNode){.doc = &view->document, .parent = node->parent ? &view->nodes[node->parent] : (xmlNode *)&view->document};
  if (node->next) made->next = &view->nodes[node->next];
  if (node->previous) made->prev = &view->nodes[node->previous];
  if (!node->next) made->parent->last = made;  // the parent stands before it
  if (!node->previous) made->parent->children = made;
  if (cxml_is_element(node)) {
    made->type = XML_ELEMENT_NODE;
    made->name = (const xmlChar *)node->name;
    made->content = (xmlChar *)(-(ptrdiff_t)number);  // as xmlXPathOrderDocElems would: its place in the document
    fill_attributes(view, made, node);
  } else {
    made->type = node->name ? XML_COMMENT_NODE : XML_TEXT_NODE;
    made->name = node->name ? xmlStringComment : xmlStringText;
    made->content = (xmlChar *)view->page->text + node->first;
  }
}

static view *view_of(xmlXPathParserContextPtr parser) { return parser->context->extra; }

// The `id()` of XPath asks libxml2's table of ids, which is filled when it is needed first.
static void find_id(xmlXPathParserContextPtr parser, int count) {
  view *view = view_of(parser);
  if (!view->has_ids) {
    view->has_ids = true;
    for (uint32_t index = 0; index < view->page->attribute_count; index++) {
      xmlAttr *attribute = &view->attributes[index];
      if (xmlIsID(&view->document, attribute->parent, attribute) != 1) continue;
      if (xmlGetID(&view->document, attribute->children->content)) continue;  // the first of several counts
      xmlAddID(NULL, &view->document, attribute->children->content, attribute);
    }
  }
  xmlXPathIdFunction(parser, count);
}

static view *make_view(cxml_page *page) {
  view *made = calloc(1, sizeof *made);
  if (!made) return NULL;
  made->page = page;
  made->count = page->count;
  made->document = (xmlDoc){.type = XML_HTML_DOCUMENT_NODE, .doc = &made->document, .dict = page->names,
                            .charset = XML_CHAR_ENCODING_UTF8, .properties = XML_DOC_HTML};
  made->nodes = malloc(sizeof(xmlNode) * page->count);
  made->attributes = malloc(sizeof(xmlAttr) * (page->attribute_count + 1));
  made->values = malloc(sizeof(xmlNode) * (page->attribute_count + 1));
  made->context = xmlXPathNewContext(&made->document);
  if (!made->nodes || !made->attributes || !made->values || !made->context) {
    cxml_close_view(made);
    return NULL;
  }
  for (uint32_t number = 1; number < page->count; number++) fill_node(made, number);
  made->context->extra = made;
  xmlXPathRegisterFunc(made->context, (const xmlChar *)"id", NULL);  // a name that is taken is not given again
  xmlXPathRegisterFunc(made->context, (const xmlChar *)"id", find_id);
  return made;
}

void cxml_close_view(void *closed) {
  view *view = closed;
  if (view->context) xmlXPathFreeContext(view->context);
  if (view->document.ids) xmlFreeIDTable(view->document.ids);
  if (view->document.oldNs) xmlFreeNsList(view->document.oldNs);
  free(view->nodes);
  free(view->attributes);
  free(view->values);
  free(view);
}

cxml_expression *cxml_compile(const char *xpath) {
  cxml_prepare();
  return (cxml_expression *)xmlXPathCompile((const xmlChar *)xpath);
}

void cxml_close_expression(cxml_expression *expression) { xmlXPathFreeCompExpr((xmlXPathCompExprPtr)expression); }

cxml_selection *cxml_select(cxml_page *page, cxml_expression *expression, uint32_t from, unsigned long steps,
                            bool *limited) {
  cxml_prepare();
  *limited = false;
  if (!page->view) page->view = make_view(page);
  view *view = page->view;
  if (!view) return NULL;
  xmlXPathContextPtr context = view->context;
  context->opLimit = steps;
  context->node = !from                ? (xmlNode *)&view->document
                  : from < view->count ? &view->nodes[from]
                                       : (xmlNode *)&view->attributes[page->nodes[from].previous];
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

static uint32_t text_of(cxml_page *page, const view *view, const xmlAttr *attribute) {
  cxml_node *larger = realloc(page->nodes, sizeof(cxml_node) * (page->count + 1));
  if (!larger) return 0;
  page->nodes = larger;
  uint32_t place = (uint32_t)(attribute - view->attributes);
  const cxml_attribute *source = &page->attributes[place];
  // Such a text has nothing before it: where it came from stands there.
  page->nodes[page->count] = (cxml_node){.parent = (uint32_t)(attribute->parent - view->nodes), .previous = place,
                                         .first = source->value, .count = source->length};
  return page->count++;
}

uint32_t cxml_at(cxml_page *page, const cxml_selection *selection, size_t index) {
  const view *view = page->view;
  const xmlNode *node = nodes(selection)->nodeTab[index];
  switch (node->type) {
    case XML_ELEMENT_NODE:
    case XML_TEXT_NODE:
    case XML_COMMENT_NODE: return (uint32_t)(node - view->nodes);
    case XML_ATTRIBUTE_NODE: return text_of(page, view, (const xmlAttr *)node);
    default: return 0;
  }
}
