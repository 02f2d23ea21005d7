//===- Problems.cpp - what is wrong with a model --------------------------===//

#include "frontends/onnx/Problems.h"
#include "frontends/onnx/ModelFile.h"

#include <fmt/format.h>

#include <algorithm>

namespace segc::onnximport {

/// Some of `count` names.
static std::string quoted(const std::vector<std::string> &names, size_t count) {
  std::string text;
  for (const std::string &name : names)
    text += fmt::format("{}\"{}\"", text.empty() ? "" : ", ", escaped(name));
  return count > names.size() ? text + fmt::format(" and {} more", count - names.size()) : text;
}

std::string quotedNames(const std::vector<std::string> &names) {
  constexpr size_t kMostNamed = 16;
  std::vector<std::string> first(names.begin(), names.begin() + std::min(names.size(), kMostNamed));
  return quoted(first, names.size());
}

void Problems::add(const std::string &where, const std::string &message) {
  ++added;
  problems.push_back({where, "", message, {}, 0});
}

void Problems::addNode(const std::string &name, const std::string &op, const std::string &message) {
  constexpr size_t kMostNamed = 3;
  ++added;
  auto [entry, isNew] = byReason.try_emplace(op + '\0' + message, problems.size());
  if (isNew)
    problems.push_back({"", op, message, {}, 0});
  Problem &problem = problems[entry->second];
  ++problem.nodeCount;
  if (problem.nodes.size() < kMostNamed)
    problem.nodes.push_back(name);
}

std::vector<std::string> Problems::lines() const {
  std::vector<std::string> lines;
  lines.reserve(problems.size());
  for (const Problem &problem : problems) {
    std::string where = problem.where;
    if (!problem.nodes.empty())
      where = fmt::format("{} {} ({})", problem.nodeCount == 1 ? "node" : "nodes",
                          quoted(problem.nodes, problem.nodeCount), escaped(problem.op));
    lines.push_back(where.empty()
                        ? fmt::format("{}: {}", escaped(file), problem.message)
                        : fmt::format("{}: {}: {}", escaped(file), where, problem.message));
  }
  return lines;
}

} // namespace segc::onnximport
