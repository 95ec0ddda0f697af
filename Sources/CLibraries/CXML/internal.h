#pragma once
// What the files of this target share.

/// Before any call of libxml2 on a thread: it opens nothing, and says nothing on stderr.
void cxml_prepare(void);
