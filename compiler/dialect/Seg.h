//===- Seg.h - the seg dialect in C++ ---------------------------*- C++ -*-===//
//
// What SegDialect.td and Seg.td generate, and the few functions around it that
// passes, importers and the code generator need.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_DIALECT_SEG_H
#define SEGC_DIALECT_SEG_H

#include "compiler/dialect/SegEnums.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace segc::seg {

enum class DimKind { Constant, Symbol, Count, Sum, Product, Quotient, Minimum, Maximum };

inline llvm::hash_code hash_value(DimKind kind) { return llvm::hash_value(static_cast<int>(kind)); }

/// Whether two lists of tensor types agree in shape and element type.
bool equalButForLayout(mlir::TypeRange a, mlir::TypeRange b);

} // namespace segc::seg

#include "compiler/dialect/SegDialect.h.inc"
#define GET_ATTRDEF_CLASSES
#include "compiler/dialect/SegAttrs.h.inc"
#define GET_TYPEDEF_CLASSES
#include "compiler/dialect/SegTypes.h.inc"
#define GET_OP_CLASSES
#include "compiler/dialect/Seg.h.inc"

namespace segc::seg {

/// Name of the argument and result attribute that holds the model's own name of an
/// input or output.
constexpr llvm::StringLiteral kNameAttr = "seg.name";

/// Attribute of a concat whose operands' makers store into its result (place-concats): one
/// flag an operand.
constexpr llvm::StringLiteral kPlacedAttr = "seg.placed";

/// A tensor type from plain extents.
TensorType tensorType(mlir::MLIRContext *context, llvm::ArrayRef<int64_t> shape,
                      mlir::Type elementType);
/// Extents as the array attribute that ops take.
mlir::ArrayAttr dimArray(mlir::MLIRContext *context, llvm::ArrayRef<DimAttr> dims);
/// The extents in such an attribute.
llvm::SmallVector<DimAttr> dims(mlir::ArrayAttr array);
/// The shape of two operands broadcast as ONNX does; null where they cannot be. Of two
/// expressions that are not the same, the one with fewer operands is taken.
std::optional<llvm::SmallVector<DimAttr>> broadcastShapes(llvm::ArrayRef<DimAttr> a,
                                                          llvm::ArrayRef<DimAttr> b);

/// Whether a function is defined on elements of a type.
bool takes(UnaryKind kind, mlir::Type element);
bool takes(BinaryKind kind, mlir::Type element);

/// The name of the model's node an op came from, and the operator's name there: what messages
/// and comments quote. Locations are NameLoc("node name", NameLoc("Operator", ...)).
std::string nodeName(mlir::Location loc);
std::string nodeOperator(mlir::Location loc);
mlir::Location nodeLocation(mlir::MLIRContext *context, llvm::StringRef name,
                            llvm::StringRef operatorName);

/// Builds `OpTy` if its operands and attributes are sound, else emits the reason at `loc` and
/// fails. Operands that are optional may be null.
template <typename OpTy>
mlir::FailureOr<OpTy> tryCreate(mlir::OpBuilder &builder, mlir::Location loc,
                                llvm::ArrayRef<mlir::Value> operands,
                                llvm::ArrayRef<mlir::NamedAttribute> attributes) {
  mlir::OperationState state(loc, OpTy::getOperationName());
  llvm::SmallVector<int32_t> segments;
  for (mlir::Value operand : operands) {
    segments.push_back(operand ? 1 : 0);
    if (operand)
      state.operands.push_back(operand);
  }
  state.addAttributes(attributes);
  if constexpr (OpTy::template hasTrait<mlir::OpTrait::AttrSizedOperandSegments>())
    state.addAttribute("operandSegmentSizes", builder.getDenseI32ArrayAttr(segments));
  auto *context = builder.getContext();
  if (mlir::failed(OpTy::inferReturnTypes(context, loc, state.operands,
                                          state.attributes.getDictionary(context),
                                          mlir::OpaqueProperties(nullptr), {}, state.types)))
    return mlir::failure();
  return llvm::cast<OpTy>(builder.create(state));
}

/// Constant weights as floats, whatever attribute holds them. `owned` is filled only where the
/// attribute has no such array (splats); nothing if the value is not a constant of floats.
struct FloatConstant {
  llvm::ArrayRef<float> values;
  llvm::SmallVector<int64_t> shape;
  std::vector<float> owned;
};
std::optional<FloatConstant> floatConstant(mlir::Value value);
/// A constant op that owns a copy of `values` (as a resource blob, so that text stays short).
ConstantOp createFloatConstant(mlir::OpBuilder &builder, mlir::Location loc,
                               llvm::ArrayRef<int64_t> shape, std::vector<float> values);

} // namespace segc::seg

#endif // SEGC_DIALECT_SEG_H
