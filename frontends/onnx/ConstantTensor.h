//===- ConstantTensor.h - a checked TensorProto -----------------*- C++ -*-===//
//
// The numbers of an initialiser or a Constant node: shape, element type and raw
// little-endian bytes, with the object that keeps those bytes alive (the parsed
// model or a mapped file), so that half a gigabyte of weights is never copied.
// Types are narrowed to what the seg dialect holds: half, bfloat16 and double
// become float; small and unsigned integers become int64.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_FRONTENDS_ONNX_CONSTANTTENSOR_H
#define SEGC_FRONTENDS_ONNX_CONSTANTTENSOR_H

#include "frontends/onnx/ModelFile.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/SmallVector.h"

namespace segc::onnximport {

/// The element types that values may have after import.
enum class Element { Float, Int64, Int32, Bool };

/// The element type for an ONNX data type; nothing for types that no constant may have. All
/// floating-point types are Float, all integers but int32 are Int64.
std::optional<Element> elementOf(int32_t dataType);
/// "float16", "string", ... for messages.
std::string dataTypeName(int32_t dataType);
mlir::Type mlirType(mlir::MLIRContext *context, Element element);
/// Bytes of one element in a ConstantTensor.
size_t elementSize(Element element);

struct ConstantTensor {
  Element element = Element::Float;
  llvm::SmallVector<int64_t> shape;
  /// Elements of 4 (Float, Int32), 8 (Int64) or 1 (Bool) bytes, row-major, aligned.
  OwnedBytes data;

  int64_t count() const;
  template <typename T> llvm::ArrayRef<T> as() const {
    return llvm::ArrayRef<T>(reinterpret_cast<const T *>(data.bytes.data()),
                             data.bytes.size() / sizeof(T));
  }
  /// The numbers as floats; shares the bytes if they are floats already.
  ConstantTensor toFloat() const;
};

/// Checks `tensor` and finds its data. Nothing, with the reason in `error`, if it is unsound.
std::optional<ConstantTensor> readTensor(ModelFile &file, const onnx::TensorProto &tensor,
                                         std::string &error);

ConstantTensor makeConstant(Element element, llvm::ArrayRef<int64_t> shape,
                            std::vector<char> bytes);
ConstantTensor floatTensor(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<float> values);

/// The tensor as an attribute: a resource blob that points at the bytes, called `name`, or for a
/// few numbers a dense attribute.
mlir::ElementsAttr toAttribute(mlir::MLIRContext *context, const ConstantTensor &tensor,
                               llvm::StringRef name);

} // namespace segc::onnximport

#endif // SEGC_FRONTENDS_ONNX_CONSTANTTENSOR_H
