#include "cpagelimit.h"

#include <libxml/HTMLparser.h>

int cpagelimit_parse(const char *bytes, size_t length) {
  int options = HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET | HTML_PARSE_COMPACT;
  htmlDocPtr page = htmlReadMemory(bytes, (int)length, NULL, "UTF-8", options);
  int count = page ? (int)xmlChildElementCount((xmlNodePtr)page) : 0;
  xmlFreeDoc(page);
  return count;
}
