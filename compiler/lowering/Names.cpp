//===- Names.cpp - what a model's names become in the source ----*- C++ -*-===//

#include "compiler/lowering/Names.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace llvm;

namespace segc {

static StringSet<> wordsOf(StringRef text) {
  SmallVector<StringRef> words;
  SplitString(text, words);
  StringSet<> set;
  set.insert(words.begin(), words.end());
  return set;
}

/// What NAME.cpp has outside of its functions.
static bool isOfTheFile(StringRef word) {
  static const StringSet<> words = wordsOf(R"(
Buffer Extents extentsOf kBuffers kInputCount kInputs kLives kOutputs kOutputCount kPieces Plan
kPreparation planFor kStoredBytes kPreparedBytes)");
  return words.contains(word);
}

/// Words that the functions of NAME.cpp use.
static bool isOfAFunction(StringRef word) {
  static const StringSet<> words = wordsOf(R"(
batch block buffer bytes c count d e context counts stream h elementBytes i inputs k left map
memory n offsets order outputs packed parallel plan prepared results right shapes sizes status
step w weights workspace workspaceBytes)");
  return words.contains(word);
}

/// What a network called `network` has in the global namespace.
static bool isOfTheNetwork(StringRef word, StringRef network) {
  static const StringSet<> endings = wordsOf(R"(
_allocate _context _context_create _context_destroy _context_result_shapes _context_run
_context_run_device _context_wait _enqueue _input_count _inputs _kernels _network _on_step
_output_count _output_shapes _outputs _preparation _prepare _prepare_mapped _prepared_size
_release _result_shapes _run _run_device _shape_problem _status_text _step_count _step_name
_step_operator _weights_data _workspace_size)");
  return word.consume_front(network) && (word.empty() || endings.contains(word));
}

std::string toIdentifier(StringRef text) {
  std::string name;
  for (char c : text)
    if (isAlnum(c))
      name += c;
    else if (!name.empty() && name.back() != '_')
      name += '_';
  while (!name.empty() && name.back() == '_')
    name.pop_back();
  if (name.size() > 60)
    name = name.substr(name.size() - 60);
  while (!name.empty() && name.front() == '_')
    name.erase(0, 1);
  if (name.empty() || isDigit(name.front()))
    name = "t" + name;
  return name;
}

bool isNetworkName(StringRef name) {
  // Targets that every build system of CMake's has.
  static const StringSet<> targets = {"all",  "ALL_BUILD", "clean",   "edit_cache", "rebuild_cache",
                                      "help", "install",   "INSTALL", "preinstall", "ZERO_CHECK"};
  return !name.empty() && name.size() <= 100 && !isDigit(name.front()) &&
         all_of(name, [](char c) { return isAlnum(c) || c == '_'; }) && !isReservedName(name) &&
         !isOfTheFile(name) && !targets.contains(name);
}

std::string toNetworkName(StringRef text) {
  const std::string name = toIdentifier(text);
  for (const std::string &free : {name, name + "_net"})
    if (isNetworkName(free))
      return free;
  return "net_" + name + "_net";
}

std::string toBufferName(StringRef text, StringRef network) {
  std::string name = toIdentifier(text);
  // ProgramBuilder calls scratch memory so.
  const bool isScratch =
      StringRef(name).starts_with("scratch") && name.size() > 7 && isDigit(name[7]);
  if (isReservedName(name) || isOfTheFile(name) || isOfAFunction(name) ||
      isOfTheNetwork(name, network) || isScratch)
    name += '_'; // no other identifier ends so
  return name;
}

} // namespace segc
