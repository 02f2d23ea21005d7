//===- Identifiers.cpp - C++ names for Halide's variables -------*- C++ -*-===//

#include "compiler/codegen/Identifiers.h"

#include <cctype>

namespace segc {
namespace {

bool isDigits(const std::string &text) {
  if (text.empty())
    return false;
  for (char c : text)
    if (!std::isdigit(static_cast<unsigned char>(c)))
      return false;
  return true;
}

/// Halide's own temporaries: t17, _23.
bool isTemporary(const std::string &name) {
  return name.size() > 1 && (name[0] == 't' || name[0] == '_') && isDigits(name.substr(1));
}

std::vector<std::string> split(const std::string &text, char separator) {
  std::vector<std::string> parts(1);
  for (char c : text)
    if (c == separator)
      parts.emplace_back();
    else
      parts.back() += c;
  return parts;
}

const std::set<std::string> &reservedWords() {
  static const std::set<std::string> words{
      "auto",   "break",  "case",   "char",    "const", "continue", "default", "do",     "double",
      "else",   "float",  "for",    "if",      "int",   "long",     "new",     "return", "short",
      "signed", "static", "switch", "this",    "void",  "while",    "load",    "store",  "select",
      "min",    "max",    "fma",    "floor",   "ceil",  "round",    "sqrt",    "ramp",   "mask",
      "modulo", "divide", "gather", "scatter", "trunc", "convert"};
  return words;
}

} // namespace

std::string Identifiers::stem(const std::string &halideName) {
  // FUNC$2.s1.VARIABLE$3.SUFFIX: numbers go first, they say nothing.
  std::vector<std::string> parts;
  for (const std::string &part : split(halideName, '.')) {
    std::string words;
    for (const std::string &piece : split(part, '$'))
      if (!isDigits(piece) && !piece.empty())
        words += (words.empty() ? "" : "_") + piece;
    if (!words.empty() && !isDigits(words))
      parts.push_back(words);
  }
  // Suffixes that lowering appends to a variable of the same meaning.
  while (parts.size() > 1 &&
         (parts.back() == "rebased" || parts.back() == "s" || parts.back() == "base"))
    parts.pop_back();
  if (parts.empty())
    return "v";
  // The variable alone. Splits nest: cb.cbo.task is task.
  std::string text = parts.back();
  static const std::set<std::string> bounds{
      "new_max",     "new_min", "loop_max",        "loop_min", "min",         "max",
      "loop_extent", "extent",  "extent_realized", "stride",   "min_realized"};
  if (parts.size() > 1 && bounds.count(text))
    text = parts[parts.size() - 2] + "_" + text;
  for (char &c : text)
    if (!std::isalnum(static_cast<unsigned char>(c)))
      c = '_';
  if (std::isdigit(static_cast<unsigned char>(text[0])))
    text = "v" + text;
  return text;
}

std::string Identifiers::reserve(const std::string &wish) {
  std::string name = wish;
  for (int i = 1; taken.count(name) || reservedWords().count(name); ++i)
    name = wish + "_" + std::to_string(i);
  taken.insert(name);
  return name;
}

std::string Identifiers::declareAs(const std::string &halideName, const std::string &wish) {
  std::string name = reserve(wish);
  scopes[halideName].push_back(name);
  return name;
}

std::string Identifiers::declare(const std::string &halideName) {
  std::string wish = stem(halideName);
  if (isTemporary(wish))
    wish = "t" + std::to_string(temporaries++);
  return declareAs(halideName, wish);
}

void Identifiers::forget(const std::string &halideName) {
  auto scope = scopes.find(halideName);
  taken.erase(scope->second.back());
  scope->second.pop_back();
}

std::string Identifiers::find(const std::string &halideName) const {
  auto scope = scopes.find(halideName);
  return scope == scopes.end() || scope->second.empty() ? std::string() : scope->second.back();
}

} // namespace segc
