#pragma once
#include <stddef.h>

/// The least that libxml2 can do with a document: SAX with three callbacks that copy a field's text. Returns the items.
long sax_limit(const char *bytes, size_t length);

/// Calls of malloc, calloc and realloc of the whole process so far.
unsigned long allocations(void);
