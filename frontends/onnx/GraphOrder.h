//===- GraphOrder.h - which nodes are needed, and in which order -*- C++ -*-===//
//
// Files list the nodes of a graph in any order: converters to half precision put
// casts at the end. The nodes that the outputs need are sorted such that each
// follows those it reads, and otherwise as they are listed, so a sorted graph
// stays as it is. What no output needs is not looked at.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_FRONTENDS_ONNX_GRAPHORDER_H
#define SEGC_FRONTENDS_ONNX_GRAPHORDER_H

#include "frontends/onnx/OnnxProto.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/StringSet.h"

#include <string>
#include <vector>

namespace segc::onnximport {

using NodeList = google::protobuf::RepeatedPtrField<onnx::NodeProto>;

struct GraphOrder {
  std::vector<const onnx::NodeProto *> nodes;
  /// Names that those nodes read, and the outputs.
  llvm::StringSet<> used;
  /// Names that nodes read though nothing computes them, or nodes that read themselves.
  std::vector<std::string> broken;
};

/// What the order depends on besides the nodes.
struct GraphSurroundings {
  /// Whether a name is an input or a constant, here or around the graph.
  llvm::function_ref<bool(llvm::StringRef name)> exists;
  /// Whether it is one here; graphs inside others may use their names again.
  llvm::function_ref<bool(llvm::StringRef name)> isTaken;
  llvm::function_ref<std::string(const onnx::NodeProto &node)> describe;
  llvm::function_ref<void(const onnx::NodeProto &node, const std::string &message)> report;
};

/// Sorts what `outputs` need. Names that are computed twice or missing, and cycles, are reported.
GraphOrder orderNodes(const NodeList &nodes, const std::vector<std::string> &outputs,
                      const GraphSurroundings &surroundings);

/// The names that a graph gives: its inputs, its constants and what its nodes compute. They hide
/// those around it.
llvm::StringSet<> namesWithin(const onnx::GraphProto &graph);

/// Calls `visit` with every name that the node reads: its inputs, and what the graphs among its
/// attributes take from around them.
void forEachRead(const onnx::NodeProto &node, llvm::function_ref<void(llvm::StringRef)> visit);

/// The nodes of a list, those of graphs inside them included.
size_t countNodes(const NodeList &nodes);

} // namespace segc::onnximport

#endif // SEGC_FRONTENDS_ONNX_GRAPHORDER_H
