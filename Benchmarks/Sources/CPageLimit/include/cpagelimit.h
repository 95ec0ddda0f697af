#pragma once
#include <stddef.h>

/// Reads an HTML page with libxml2 as a C program would, and throws the tree away; the number of its top elements.
int cpagelimit_parse(const char *bytes, size_t length);
