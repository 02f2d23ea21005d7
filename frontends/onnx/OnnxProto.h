//===- OnnxProto.h - the generated classes of onnx.proto --------*- C++ -*-===//
//
// Debian's onnx_pb.h picks the variant by macros that its users must define.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_FRONTENDS_ONNX_ONNXPROTO_H
#define SEGC_FRONTENDS_ONNX_ONNXPROTO_H

#ifndef ONNX_ML
#define ONNX_ML 1
#endif
#ifndef ONNX_NAMESPACE
#define ONNX_NAMESPACE onnx
#endif

#include <onnx/onnx_pb.h>

#endif // SEGC_FRONTENDS_ONNX_ONNXPROTO_H
