//===- ConstantTensor.h - a checked TensorProto -----------------*- C++ -*-===//
//
// The numbers of an initialiser or a Constant node: shape, element type and raw
// little-endian bytes, with the object that keeps those bytes alive (the parsed
// model or a mapped file), so that half a gigabyte of weights is never copied.
// Half, bfloat16 and double become float, as which everything is computed.
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
enum class Element { Float, Int64, Int32, Int16, Int8, UInt64, UInt32, UInt16, UInt8, Bool };

/// The element type for an ONNX data type; nothing for types that no value may have. All
/// floating-point types are Float.
std::optional<Element> elementOf(int32_t dataType);
/// The element type of a value of the dialect.
Element elementOf(mlir::Type type);
/// Bytes of one element in a ConstantTensor.
size_t elementSize(Element element);
/// "float16", "string", ... for messages.
std::string dataTypeName(int32_t dataType);
mlir::Type mlirType(mlir::MLIRContext *context, Element element);
/// The type of an input or output of the network: halves and doubles stay what they are.
mlir::Type interfaceType(mlir::MLIRContext *context, int32_t dataType);

struct ConstantTensor {
  Element element = Element::Float;
  llvm::SmallVector<int64_t> shape;
  /// Elements row-major, aligned. A Bool is a byte, 0 or 1.
  OwnedBytes data;

  int64_t count() const;
  template <typename T> llvm::ArrayRef<T> as() const {
    return llvm::ArrayRef<T>(reinterpret_cast<const T *>(data.bytes.data()),
                             data.bytes.size() / sizeof(T));
  }
  /// The numbers as floats; shares the bytes if they are floats already.
  ConstantTensor toFloat() const;
  /// Element i of a tensor of integers or truth values. One that int64_t does not hold is wrapped.
  int64_t integerAt(size_t i) const;
};

/// Checks `tensor` and finds its data. Nothing, with the reason in `error`, if it is unsound.
std::optional<ConstantTensor> readTensor(ModelFile &file, const onnx::TensorProto &tensor,
                                         std::string &error);

ConstantTensor makeConstant(Element element, llvm::ArrayRef<int64_t> shape,
                            std::vector<char> bytes);
/// Integers, which are wrapped to the element type.
ConstantTensor integerTensor(Element element, llvm::ArrayRef<int64_t> shape,
                             llvm::ArrayRef<int64_t> values);
ConstantTensor floatTensor(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<float> values);

/// The tensor as an attribute: a resource blob that points at the bytes, called `name`, or for a
/// few numbers a dense attribute.
mlir::ElementsAttr toAttribute(mlir::MLIRContext *context, const ConstantTensor &tensor,
                               llvm::StringRef name);

} // namespace segc::onnximport

#endif // SEGC_FRONTENDS_ONNX_CONSTANTTENSOR_H
