#include "ctoml.h"

// The distribution's shared library is linked, as `pkg-config --cflags tomlplusplus` says.
#define TOML_HEADER_ONLY 0
#define TOML_SHARED_LIB 1
#include <toml++/toml.h>

#include <deque>
#include <new>
#include <sstream>
#include <string>
#include <vector>

struct ctoml_document {
  std::vector<ctoml_node> nodes;
  std::deque<std::string> texts;  // a deque never moves what it holds
  bool faulty = false;
  std::string message;
  uint32_t line = 0, column = 0;
};

namespace {

// A configuration needs four levels; a bound keeps the recursion below small.
constexpr int deepest = 16;

class flattening {
 public:
  explicit flattening(ctoml_document &document) : document(document) {}

  void add(const toml::node &value, const toml::key *key = nullptr, int32_t parent = -1, int depth = 0) {
    if (depth > deepest) return refuse(value);
    ctoml_node node{};
    node.parent = parent;
    node.line = value.source().begin.line;
    node.column = value.source().begin.column;
    if (key) set_key(node, *key);
    const auto index = static_cast<int32_t>(document.nodes.size());
    value.visit([&](const auto &concrete) { set_value(node, concrete); });
    document.nodes.push_back(node);
    if (const auto *table = value.as_table()) {
      for (auto &&[name, child] : *table) add(child, &name, index, depth + 1);
    } else if (const auto *array = value.as_array()) {
      for (auto &&child : *array) add(child, nullptr, index, depth + 1);
    }
  }

 private:
  void refuse(const toml::node &value) {
    if (document.faulty) return;
    document.faulty = true;
    document.message = "values are nested deeper than " + std::to_string(deepest) + " levels";
    document.line = value.source().begin.line;
    document.column = value.source().begin.column;
  }

  void set_key(ctoml_node &node, const toml::key &key) {
    const std::string &text = keep(std::string(key.str()));
    node.key = text.data();
    node.key_length = text.size();
    node.key_line = key.source().begin.line;
    node.key_column = key.source().begin.column;
  }

  template <typename Value>
  void set_value(ctoml_node &node, const Value &value) {
    if constexpr (toml::is_table<Value>) {
      node.kind = ctoml_table;
    } else if constexpr (toml::is_array<Value>) {
      node.kind = ctoml_array;
    } else if constexpr (toml::is_string<Value>) {
      node.kind = ctoml_string;
      set_text(node, value.get());
    } else if constexpr (toml::is_integer<Value>) {
      node.kind = ctoml_integer;
      node.integer = value.get();
    } else if constexpr (toml::is_floating_point<Value>) {
      node.kind = ctoml_float;
      node.number = value.get();
    } else if constexpr (toml::is_boolean<Value>) {
      node.kind = ctoml_boolean;
      node.integer = value.get() ? 1 : 0;
    } else {
      std::ostringstream text;
      text << value.get();
      node.kind = ctoml_date;
      set_text(node, text.str());
    }
  }

  void set_text(ctoml_node &node, const std::string &text) {
    const std::string &kept = keep(std::string(text));
    node.text = kept.data();
    node.text_length = kept.size();
  }

  const std::string &keep(std::string &&text) {
    document.texts.push_back(std::move(text));
    return document.texts.back();
  }

  ctoml_document &document;
};

}  // namespace

ctoml_document *ctoml_parse(const char *bytes, size_t length) {
  auto *document = new (std::nothrow) ctoml_document;
  if (!document) return nullptr;
  try {
    flattening(*document).add(toml::parse(std::string_view(bytes, length)));
  } catch (const toml::parse_error &error) {
    document->faulty = true;
    document->message = error.description();
    document->line = error.source().begin.line;
    document->column = error.source().begin.column;
  } catch (...) {
    delete document;
    return nullptr;
  }
  return document;
}

void ctoml_free(ctoml_document *document) { delete document; }

const char *ctoml_fault(const ctoml_document *document, uint32_t *line, uint32_t *column) {
  if (!document->faulty) return nullptr;
  *line = document->line;
  *column = document->column;
  return document->message.c_str();
}

const ctoml_node *ctoml_nodes(const ctoml_document *document, size_t *count) {
  *count = document->nodes.size();
  return document->nodes.data();
}
