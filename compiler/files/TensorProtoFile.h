//===- TensorProtoFile.h - ONNX tensors on disk ------------------*- C++ -*-===//
//
// Reads a serialized ONNX TensorProto: input_0.pb and output_0.pb of ONNX's
// backend tests, and inputs of `segc run`.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_FILES_TENSORPROTOFILE_H
#define SEGC_FILES_TENSORPROTOFILE_H

#include "compiler/files/Tensor.h"

#include <llvm/ADT/StringRef.h>
#include <llvm/Support/Error.h>

namespace segc {

/// Reads a tensor from raw_data or from the typed fields. Strings, complex numbers and
/// external data are refused.
llvm::Expected<HostTensor> readTensorProto(llvm::StringRef path);

/// The same from memory; `name` stands for the file in messages.
llvm::Expected<HostTensor> parseTensorProto(llvm::StringRef bytes, llvm::StringRef name);

} // namespace segc

#endif // SEGC_FILES_TENSORPROTOFILE_H
