//===- SegTypes.cpp - text of the seg dialect's attributes and types -*- C++ -*-===//

#include "compiler/dialect/Dim.h"

#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"

#define GET_ATTRDEF_CLASSES
#include "compiler/dialect/SegAttrs.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "compiler/dialect/SegTypes.cpp.inc"

using namespace llvm;
using namespace mlir;

namespace segc::seg {

void SegDialect::registerAttributesAndTypes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "compiler/dialect/SegAttrs.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "compiler/dialect/SegTypes.cpp.inc"
      >();
}

/// An extent inside a list: 64, h, or "(h - 1) / 2 + 1".
static ParseResult parseExtent(AsmParser &parser, DimAttr &dim) {
  MLIRContext *context = parser.getContext();
  int64_t value;
  OptionalParseResult number = parser.parseOptionalInteger(value);
  if (number.has_value()) {
    if (failed(*number))
      return failure();
    dim = DimAttr::constant(context, value);
    return success();
  }
  SMLoc loc = parser.getCurrentLocation();
  StringRef symbol;
  if (succeeded(parser.parseOptionalKeyword(&symbol))) {
    dim = DimAttr::symbol(context, symbol);
    return success();
  }
  std::string text, error;
  if (parser.parseString(&text))
    return failure();
  dim = parseDim(context, text, error);
  if (!dim)
    return parser.emitError(loc) << "extent \"" << text << "\": " << error;
  return success();
}

static void printExtent(AsmPrinter &printer, DimAttr dim) {
  if (dim.isConstant() || dim.getKind() == DimKind::Symbol)
    printer << toString(dim);
  else
    printer << '"' << toString(dim) << '"';
}

Attribute DimAttr::parse(AsmParser &parser, Type) {
  DimAttr dim;
  if (parser.parseLess() || parseExtent(parser, dim) || parser.parseGreater())
    return {};
  return dim;
}

void DimAttr::print(AsmPrinter &printer) const {
  printer << '<';
  printExtent(printer, *this);
  printer << '>';
}

Attribute ActAttr::parse(AsmParser &parser, Type) {
  StringRef keyword;
  SMLoc loc = parser.getCurrentLocation();
  double parameters[2] = {0, 0};
  if (parser.parseLess() || parser.parseKeyword(&keyword))
    return {};
  auto kind = symbolizeUnaryKind(keyword);
  if (!kind) {
    parser.emitError(loc) << "unknown function '" << keyword << "'";
    return {};
  }
  for (double &parameter : parameters) {
    if (failed(parser.parseOptionalComma()))
      break;
    if (parser.parseFloat(parameter))
      return {};
  }
  if (parser.parseGreater())
    return {};
  return ActAttr::get(parser.getContext(), *kind, static_cast<float>(parameters[0]),
                      static_cast<float>(parameters[1]));
}

void ActAttr::print(AsmPrinter &printer) const {
  printer << '<' << stringifyUnaryKind(getKind());
  auto number = [&](float value) {
    printer << ", ";
    printer.printFloat(APFloat(value));
  };
  if (getAlpha() != 0 || getBeta() != 0)
    number(getAlpha());
  if (getBeta() != 0)
    number(getBeta());
  printer << '>';
}

/// What elements can be: floats, integers (those without a sign in the type's name are signed),
/// truth values.
static bool isElementType(Type type) {
  if (type.isF32() || type.isF16() || type.isBF16() || type.isF64() || type.isSignlessInteger(1))
    return true;
  return (type.isSignlessInteger() || type.isUnsignedInteger()) &&
         is_contained({8, 16, 32, 64}, type.getIntOrFloatBitWidth());
}

Type TensorType::parse(AsmParser &parser) {
  SmallVector<DimAttr> shape;
  Type elementType;
  LayoutAttr layout;
  if (parser.parseLess() ||
      parser.parseCommaSeparatedList(AsmParser::Delimiter::Square,
                                     [&] { return parseExtent(parser, shape.emplace_back()); }) ||
      parser.parseComma())
    return {};
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseType(elementType))
    return {};
  if (!isElementType(elementType)) {
    parser.emitError(loc) << "elements are floats, integers of 8 to 64 bits or i1, not "
                          << elementType;
    return {};
  }
  if (succeeded(parser.parseOptionalComma())) {
    layout = llvm::dyn_cast_or_null<LayoutAttr>(LayoutAttr::parse(parser, {}));
    if (!layout)
      return {};
  }
  if (parser.parseGreater())
    return {};
  return get(parser.getContext(), shape, elementType, layout);
}

void TensorType::print(AsmPrinter &printer) const {
  printer << "<[";
  interleaveComma(getShape(), printer, [&](DimAttr dim) { printExtent(printer, dim); });
  printer << "], " << getElementType();
  if (getLayout()) {
    printer << ", ";
    getLayout().print(printer);
  }
  printer << '>';
}

bool TensorType::hasStaticShape() const {
  return all_of(getShape(), [](DimAttr dim) { return dim.isConstant(); });
}

SmallVector<int64_t> TensorType::getStaticShape() const {
  SmallVector<int64_t> shape;
  for (DimAttr dim : getShape())
    shape.push_back(dim.isConstant() ? dim.getValue() : -1);
  return shape;
}

TensorType TensorType::withLayout(LayoutAttr layout) const {
  return get(getContext(), getShape(), getElementType(), layout);
}

bool TensorType::sameShapeAndType(TensorType other) const {
  return getShape() == other.getShape() && getElementType() == other.getElementType();
}

} // namespace segc::seg
