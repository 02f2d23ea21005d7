//===- GraphInputs.h - shapes and symbols of the inputs ---------*- C++ -*-===//
//
// Decides each input's type. An extent is a number, or a symbol: the model's
// dim_param made an identifier, or for nameless ones n, h, w of [N, C, H, W] where
// C is fixed and input_d1 elsewhere. `--shape` overrides the model, in both directions.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_FRONTENDS_ONNX_GRAPHINPUTS_H
#define SEGC_FRONTENDS_ONNX_GRAPHINPUTS_H

#include "frontends/onnx/Importer.h"

namespace segc::onnximport {

struct GraphInput {
  std::string name;
  Element element = Element::Float;
  /// Null if the input has no shape.
  seg::TensorType type;
  /// Something was wrong with it, so the type may be.
  bool failed = false;
};

/// The network's inputs (initialisers are none); with options.outputs only those that are used.
/// Problems are reported to the importer.
std::vector<GraphInput> readInputs(Importer &importer, const onnx::GraphProto &graph,
                                   const ImportOptions &options,
                                   llvm::function_ref<bool(llvm::StringRef)> isUsed);

} // namespace segc::onnximport

#endif // SEGC_FRONTENDS_ONNX_GRAPHINPUTS_H
