//===- GraphOrder.cpp - which nodes are needed, and in which order --------===//
//
// 1. Find who computes each name.
// 2. Walk back from the outputs to the nodes that they need.
// 3. Take, again and again, the first node in the list that has all it reads.
// 4. Nodes that are left read each other, or something that does. One cycle is
//    reported, its nodes are taken for done, and 3 goes on.
//
//===----------------------------------------------------------------------===//

#include "frontends/onnx/GraphOrder.h"
#include "frontends/onnx/ModelFile.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"

#include <fmt/format.h>

#include <algorithm>
#include <queue>

namespace segc::onnximport {

using llvm::StringRef;

llvm::StringSet<> namesWithin(const onnx::GraphProto &graph) {
  llvm::StringSet<> own;
  for (const onnx::ValueInfoProto &input : graph.input())
    own.insert(input.name());
  for (const onnx::TensorProto &tensor : graph.initializer())
    own.insert(tensor.name());
  for (const onnx::SparseTensorProto &tensor : graph.sparse_initializer())
    own.insert(tensor.values().name());
  for (const onnx::NodeProto &node : graph.node())
    for (const std::string &output : node.output())
      own.insert(output);
  return own;
}

/// Names that a graph takes from around it.
static void forEachCapture(const onnx::GraphProto &graph,
                           llvm::function_ref<void(StringRef)> visit) {
  const llvm::StringSet<> own = namesWithin(graph);
  auto visitOuter = [&](StringRef name) {
    if (!own.contains(name))
      visit(name);
  };
  for (const onnx::NodeProto &node : graph.node())
    forEachRead(node, visitOuter);
  for (const onnx::ValueInfoProto &output : graph.output())
    visitOuter(output.name());
}

void forEachRead(const onnx::NodeProto &node, llvm::function_ref<void(StringRef)> visit) {
  for (const std::string &input : node.input())
    if (!input.empty())
      visit(input);
  for (const onnx::AttributeProto &attribute : node.attribute()) {
    if (attribute.has_g())
      forEachCapture(attribute.g(), visit);
    for (const onnx::GraphProto &graph : attribute.graphs())
      forEachCapture(graph, visit);
  }
}

size_t countNodes(const NodeList &nodes) {
  size_t count = static_cast<size_t>(nodes.size());
  for (const onnx::NodeProto &node : nodes)
    for (const onnx::AttributeProto &attribute : node.attribute()) {
      if (attribute.has_g())
        count += countNodes(attribute.g().node());
      for (const onnx::GraphProto &graph : attribute.graphs())
        count += countNodes(graph.node());
    }
  return count;
}

namespace {

class Sorter {
public:
  Sorter(const NodeList &nodes, const GraphSurroundings &surroundings)
      : nodes(nodes), around(surroundings), needed(nodes.size()), reads(nodes.size()) {}

  GraphOrder run(const std::vector<std::string> &outputs) {
    findProducers();
    findNeeded(outputs);
    sort();
    return std::move(order);
  }

private:
  /// A name that a node reads, and the node that computes it.
  struct Read {
    int producer;
    std::string name;
  };

  void findProducers() {
    for (int i = 0; i != nodes.size(); ++i)
      for (const std::string &output : nodes[i].output()) {
        if (output.empty())
          continue;
        if (around.isTaken(output))
          around.report(nodes[i],
                        fmt::format("its output \"{}\" is already the name of an input or a "
                                    "constant",
                                    escaped(output)));
        else if (!producers.try_emplace(output, i).second)
          around.report(nodes[i], fmt::format("its output \"{}\" is another node's output too",
                                              escaped(output)));
      }
  }

  void findNeeded(const std::vector<std::string> &outputs) {
    std::vector<int> pending;
    auto need = [&](int node) {
      if (!needed[node])
        pending.push_back(node);
      needed[node] = true;
    };
    for (const std::string &output : outputs) {
      order.used.insert(output);
      if (auto found = producers.find(output); found != producers.end())
        need(found->second);
    }
    while (!pending.empty()) {
      int reader = pending.back();
      pending.pop_back();
      forEachRead(nodes[reader], [&](StringRef name) {
        order.used.insert(name);
        if (auto found = producers.find(name); found != producers.end()) {
          reads[reader].push_back({found->second, name.str()});
          need(found->second);
        }
      });
    }
    // In the order of the file.
    llvm::StringSet<> missing;
    for (int i = 0; i != nodes.size(); ++i)
      if (needed[i])
        forEachRead(nodes[i], [&](StringRef name) {
          if (producers.contains(name) || around.exists(name) || !missing.insert(name).second)
            return;
          around.report(nodes[i], fmt::format("its input \"{}\" does not exist", escaped(name)));
          order.broken.push_back(name.str());
        });
  }

  void sort() {
    std::vector<int> waitsFor(nodes.size(), 0);
    std::vector<std::vector<int>> readers(nodes.size());
    size_t left = 0;
    std::priority_queue<int, std::vector<int>, std::greater<>> ready;
    for (int i = 0; i != nodes.size(); ++i) {
      if (!needed[i])
        continue;
      ++left;
      for (const Read &read : reads[i])
        readers[read.producer].push_back(i);
      waitsFor[i] = static_cast<int>(reads[i].size());
      if (waitsFor[i] == 0)
        ready.push(i);
    }
    std::vector<bool> done(nodes.size(), false);
    int firstLeft = 0;
    // Hostile files could have any number.
    constexpr int kMostCycles = 16;
    int cycles = 0;
    auto finish = [&](int node) {
      done[node] = true;
      --left;
      for (int reader : readers[node])
        if (--waitsFor[reader] == 0 && !done[reader])
          ready.push(reader);
    };
    while (left != 0) {
      if (ready.empty()) {
        while (done[firstLeft] || !needed[firstLeft])
          ++firstLeft;
        std::vector<int> cycle = cycleBehind(firstLeft, done);
        reportCycle(cycle, done);
        if (++cycles == kMostCycles)
          return breakAll(done);
        for (int node : cycle)
          done[node] = true;
        for (int node : cycle)
          finish(node);
        continue;
      }
      int node = ready.top();
      ready.pop();
      order.nodes.push_back(&nodes[node]);
      finish(node);
    }
  }

  /// The first thing that `reader` waits for.
  const Read &sourceOf(int reader, const std::vector<bool> &done) const {
    return *llvm::find_if(reads[reader], [&](const Read &read) { return !done[read.producer]; });
  }

  /// Follows `node`, which waits, back to a cycle: each of its nodes reads the next.
  std::vector<int> cycleBehind(int node, const std::vector<bool> &done) const {
    std::vector<int> path;
    llvm::DenseSet<int> visited;
    while (visited.insert(node).second) {
      path.push_back(node);
      node = sourceOf(node, done).producer;
    }
    path.erase(path.begin(), llvm::find(path, node));
    std::rotate(path.begin(), std::min_element(path.begin(), path.end()), path.end());
    return path;
  }

  void reportCycle(const std::vector<int> &cycle, const std::vector<bool> &done) {
    constexpr size_t kMostNamed = 8;
    std::string text;
    for (size_t i = 0; i != cycle.size() && i != kMostNamed; ++i) {
      const Read &read = sourceOf(cycle[i], done);
      text += fmt::format("{}\"{}\" of {}", i == 0 ? "" : ", which reads ", escaped(read.name),
                          i + 1 == cycle.size() ? i == 0 ? "its own" : "the first"
                                                : around.describe(nodes[read.producer]));
    }
    if (cycle.size() > kMostNamed)
      text += fmt::format(", and so on over {} nodes", cycle.size());
    around.report(nodes[cycle.front()], "it is part of a cycle: it reads " + text);
    for (int node : cycle)
      breakOutputs(node);
  }

  void breakOutputs(int node) {
    for (const std::string &output : nodes[node].output())
      if (!output.empty())
        order.broken.push_back(output);
  }

  void breakAll(const std::vector<bool> &done) {
    for (int i = 0; i != nodes.size(); ++i)
      if (needed[i] && !done[i])
        breakOutputs(i);
  }

  const NodeList &nodes;
  const GraphSurroundings &around;
  llvm::StringMap<int> producers;
  std::vector<bool> needed;
  std::vector<std::vector<Read>> reads;
  GraphOrder order;
};

} // namespace

GraphOrder orderNodes(const NodeList &nodes, const std::vector<std::string> &outputs,
                      const GraphSurroundings &surroundings) {
  return Sorter(nodes, surroundings).run(outputs);
}

} // namespace segc::onnximport
