//===- SparseTensor.h - a SparseTensorProto, made dense ---------*- C++ -*-===//
//
// Sparse initialisers and constants are filled up with zeros: nothing behind the
// importer knows of sparseness.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_FRONTENDS_ONNX_SPARSETENSOR_H
#define SEGC_FRONTENDS_ONNX_SPARSETENSOR_H

#include "frontends/onnx/ConstantTensor.h"

namespace segc::onnximport {

/// Nothing, with the reason in `error`, if the tensor is unsound or too large.
std::optional<ConstantTensor>
readSparseTensor(ModelFile &file, const onnx::SparseTensorProto &tensor, std::string &error);

} // namespace segc::onnximport

#endif // SEGC_FRONTENDS_ONNX_SPARSETENSOR_H
