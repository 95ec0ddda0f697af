#pragma once
// A page as libxml2's XPath sees it.

void cxml_close_view(void *view);
