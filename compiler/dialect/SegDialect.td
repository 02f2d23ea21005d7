//===- SegDialect.td - the dialect, its attributes and types -*- tablegen -*-===//

#ifndef SEGC_SEG_DIALECT
#define SEGC_SEG_DIALECT

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/OpBase.td"
include "SegEnums.td"

def Seg_Dialect : Dialect {
  let name = "seg";
  let cppNamespace = "::segc::seg";
  let summary = "Networks that label pixels";
  let description = [{
    A network is one `func.func` whose arguments and results carry the names of
    the model's inputs and outputs (`seg.name`). Its values are `!seg.tensor`s,
    whose extents may be expressions over named symbols: `[1, 3, h, w]`. Ops are
    pure and carry, as location, the name of the model's node they came from.

    What an op means is said in its description and, to the last bit of doubt,
    by the reference interpreter (compiler/interpreter).
  }];
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
  // Attributes stay in the dictionary, so that an op can be inferred, and refused
  // with a diagnostic, before it exists.
  let usePropertiesForAttributes = 0;
  let dependentDialects = ["::mlir::func::FuncDialect"];
  let extraClassDeclaration = [{ void registerAttributesAndTypes(); }];
}

class Seg_Attr<string name, string attrMnemonic> : AttrDef<Seg_Dialect, name> {
  let mnemonic = attrMnemonic;
}

def Seg_DimAttr : Seg_Attr<"Dim", "dim"> {
  let summary = "an extent: a number or an expression over the input's extents";
  let description = [{
    Written `#seg.dim<"(h - 1) / 2 + 1">`. Division rounds down. Expressions are
    kept in a canonical form (a sum of products, see Dim.h), so that two extents
    which are equal for every input are mostly the same attribute.

    `count(boxes, 300 * n)` is an extent that the network computes when it runs: between 0 and
    its bound. The op that computes it has it as its attribute `count`.
  }];
  let parameters = (ins
    "::segc::seg::DimKind":$kind,
    "int64_t":$value,
    StringRefParameter<"the symbol's name">:$symbol,
    ArrayRefParameter<"::mlir::Attribute">:$operands
  );
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 0;
  let skipDefaultBuilders = 0;
  let extraClassDeclaration = [{
    static DimAttr constant(::mlir::MLIRContext *context, int64_t value);
    /// An extent that the caller chooses; at least 1.
    static DimAttr symbol(::mlir::MLIRContext *context, ::llvm::StringRef name);
    /// An extent that an op computes when the network runs: 0 <= count <= bound. Null if there is
    /// no bound. The name is that of no symbol and of no other count.
    static DimAttr count(::mlir::MLIRContext *context, ::llvm::StringRef name, DimAttr bound);
    bool isConstant() const { return getKind() == DimKind::Constant; }
    bool isConstant(int64_t value) const { return isConstant() && getValue() == value; }
    DimAttr operand(unsigned i) const;
  }];
}

def Seg_LayoutAttr : Seg_Attr<"Layout", "layout"> {
  let summary = "how a feature map [N, C, H, W] lies in the workspace";
  let description = [{
    Channels in blocks of `block` (1: planar), and `left` and `right` columns of
    zeros beside every row, followed by readable slack (lowering/Kernel.h). With a
    `block` of 0 the map lies as a dense [N, H, W, C], where callers hold it. A tensor
    type without a layout is dense and row-major, as callers hold it.
  }];
  let parameters = (ins "int64_t":$block, "int64_t":$left, "int64_t":$right);
  let assemblyFormat = "`<` struct(params) `>`";
}

def Seg_ActAttr : Seg_Attr<"Act", "act"> {
  let summary = "a function of one value, with its parameters";
  let description = [{
    `#seg.act<clip, 0.0, 6.0>`: kind, alpha, beta, as ONNX names them (for clip the
    lower and the upper bound). Parameters that a kind does not have are zero.
  }];
  let parameters = (ins "::segc::seg::UnaryKind":$kind,
                        APFloatParameter<"alpha">:$alphaBits,
                        APFloatParameter<"beta">:$betaBits);
  let hasCustomAssemblyFormat = 1;
  let builders = [
    AttrBuilder<(ins "::segc::seg::UnaryKind":$kind, CArg<"float", "0.0f">:$alpha,
                     CArg<"float", "0.0f">:$beta), [{
      return $_get($_ctxt, kind, ::llvm::APFloat(alpha), ::llvm::APFloat(beta));
    }]>
  ];
  let extraClassDeclaration = [{
    float getAlpha() const { return getAlphaBits().convertToFloat(); }
    float getBeta() const { return getBetaBits().convertToFloat(); }
  }];
}

def Seg_Tensor : TypeDef<Seg_Dialect, "Tensor"> {
  let mnemonic = "tensor";
  let summary = "an array with named extents";
  let description = [{
    `!seg.tensor<[1, 64, "h / 2", w], f32>`, or with a layout
    `!seg.tensor<[1, 64, h, w], f32, <block = 16, left = 1, right = 1>>`.
    Extents are written as a number, a symbol, or an expression in quotes.
  }];
  let parameters = (ins ArrayRefParameter<"::segc::seg::DimAttr">:$shape,
                        "::mlir::Type":$elementType,
                        "::segc::seg::LayoutAttr":$layout);
  let hasCustomAssemblyFormat = 1;
  let builders = [
    TypeBuilder<(ins "::llvm::ArrayRef<::segc::seg::DimAttr>":$shape, "::mlir::Type":$elementType), [{
      return $_get($_ctxt, shape, elementType, ::segc::seg::LayoutAttr());
    }]>
  ];
  let extraClassDeclaration = [{
    int64_t getRank() const { return getShape().size(); }
    DimAttr getDim(unsigned i) const { return getShape()[i]; }
    bool hasStaticShape() const;
    /// The extents of a static shape; -1 for symbolic ones.
    ::llvm::SmallVector<int64_t> getStaticShape() const;
    TensorType withLayout(LayoutAttr layout) const;
    /// Equal but for the layout.
    bool sameShapeAndType(TensorType other) const;
  }];
}

#endif
