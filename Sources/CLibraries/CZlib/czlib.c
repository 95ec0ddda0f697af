/* zlib's own functions need no wrapper; a target needs a source file. */
#include "czlib.h"
