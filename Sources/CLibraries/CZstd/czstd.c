/* zstd's own functions need no wrapper; a target needs a source file. */
#include "czstd.h"
