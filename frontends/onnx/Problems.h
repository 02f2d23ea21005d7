//===- Problems.h - what is wrong with a model ------------------*- C++ -*-===//
//
// Collects what the importer refuses. A network may have the same operator fifty
// times: nodes of one operator that are refused for one reason share a line,
// which names the first three.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_FRONTENDS_ONNX_PROBLEMS_H
#define SEGC_FRONTENDS_ONNX_PROBLEMS_H

#include "llvm/ADT/StringMap.h"

#include <string>
#include <vector>

namespace segc::onnximport {

class Problems {
public:
  /// `file` starts every line.
  explicit Problems(std::string file) : file(std::move(file)) {}

  /// `where` is `input "x"`, `output "y"`, ... or empty.
  void add(const std::string &where, const std::string &message);
  /// The same for a node.
  void addNode(const std::string &name, const std::string &op, const std::string &message);

  /// Grows with every problem.
  size_t count() const { return added; }
  /// In the order in which they were found first.
  std::vector<std::string> lines() const;

private:
  struct Problem {
    std::string where, op, message;
    std::vector<std::string> nodes;
    size_t nodeCount = 0;
  };
  std::string file;
  std::vector<Problem> problems;
  llvm::StringMap<size_t> byReason;
  size_t added = 0;
};

/// `"a", "b", "c" and 4 more`.
std::string quotedNames(const std::vector<std::string> &names);

} // namespace segc::onnximport

#endif // SEGC_FRONTENDS_ONNX_PROBLEMS_H
