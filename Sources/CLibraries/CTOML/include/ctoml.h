// toml++ 3.3 behind C, for TickerConfig only: a document as a flat list of nodes, every key and value with its place.
// The API as documented at https://marzer.github.io/tomlplusplus/.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum ctoml_kind {
  ctoml_table,
  ctoml_array,
  ctoml_string,
  ctoml_integer,
  ctoml_float,
  ctoml_boolean,
  ctoml_date  // date, time or both; `text` as TOML writes it
};

// Lines and columns count from 1; columns are Unicode code points. Texts are UTF-8 of the given length, which may
// hold NUL, and live as long as the document.
typedef struct {
  enum ctoml_kind kind;
  int32_t parent;  // index of the table or array around it, always smaller than the own index; -1 for the root
  const char *key;  // NULL for the root and for elements of arrays
  size_t key_length;
  uint32_t key_line, key_column;
  uint32_t line, column;
  const char *text;  // of a string or date, else NULL
  size_t text_length;
  int64_t integer;  // also 0 and 1 of a boolean
  double number;
} ctoml_node;

typedef struct ctoml_document ctoml_document;

// Parses `length` bytes. NULL only when memory ran out. Any thread; the document belongs to the caller.
// toml++ 3.3 bounds brackets (256 levels) but not dotted keys, and recurses over both: refuse endless lines before.
ctoml_document *ctoml_parse(const char *bytes, size_t length);
void ctoml_free(ctoml_document *document);

// What is wrong and where, or NULL when the document was parsed. NUL-terminated, lives as long as the document.
const char *ctoml_fault(const ctoml_document *document, uint32_t *line, uint32_t *column);

// The nodes, the root table first, a table's entries in no particular order. Meaningless after a fault.
const ctoml_node *ctoml_nodes(const ctoml_document *document, size_t *count);

#ifdef __cplusplus
}
#endif
