//===- SegEnums.td - closed choices of the seg dialect -------*- tablegen -*-===//
//
// The enumerations that ops, kernels and the interpreter share. They are kept
// apart from the ops so that code which knows nothing of MLIR's operations (the
// Halide kernels) can include the generated enums alone.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_SEG_ENUMS
#define SEGC_SEG_ENUMS

include "mlir/IR/EnumAttr.td"

class Seg_Enum<string name, string summary, list<I32EnumAttrCase> cases>
    : I32EnumAttr<name, summary, cases> {
  let cppNamespace = "::segc::seg";
  let genSpecializedAttr = 0;
}

// Names follow ONNX; alpha and beta are the operator's parameters of that name
// (for clip: the lower and the upper bound).
def Seg_UnaryKind : Seg_Enum<"UnaryKind", "function of one value", [
  I32EnumAttrCase<"Identity", 0, "identity">,
  I32EnumAttrCase<"Relu", 1, "relu">,
  I32EnumAttrCase<"Clip", 2, "clip">,
  I32EnumAttrCase<"LeakyRelu", 3, "leaky_relu">,
  I32EnumAttrCase<"HardSigmoid", 4, "hard_sigmoid">,
  I32EnumAttrCase<"HardSwish", 5, "hard_swish">,
  I32EnumAttrCase<"Sigmoid", 6, "sigmoid">,
  I32EnumAttrCase<"Tanh", 7, "tanh">,
  I32EnumAttrCase<"Exp", 8, "exp">,
  I32EnumAttrCase<"Log", 9, "log">,
  I32EnumAttrCase<"Sqrt", 10, "sqrt">,
  I32EnumAttrCase<"Abs", 11, "abs">,
  I32EnumAttrCase<"Neg", 12, "neg">,
  I32EnumAttrCase<"Reciprocal", 13, "reciprocal">,
  I32EnumAttrCase<"Floor", 14, "floor">,
  I32EnumAttrCase<"Ceil", 15, "ceil">,
  I32EnumAttrCase<"Round", 16, "round">,
  I32EnumAttrCase<"Erf", 17, "erf">,
  I32EnumAttrCase<"Elu", 18, "elu">,
  I32EnumAttrCase<"Selu", 19, "selu">,
  I32EnumAttrCase<"Celu", 20, "celu">,
  I32EnumAttrCase<"Softplus", 21, "softplus">,
  I32EnumAttrCase<"Softsign", 22, "softsign">,
  I32EnumAttrCase<"ThresholdedRelu", 23, "thresholded_relu">,
  I32EnumAttrCase<"Sin", 24, "sin">,
  I32EnumAttrCase<"Cos", 25, "cos">,
  I32EnumAttrCase<"Sign", 26, "sign">,
  // Truth values and integers; of integers every bit.
  I32EnumAttrCase<"Not", 27, "not">,
  // Whether a float is no number; is infinite (alpha: -infinity does not count, beta: +infinity
  // does not).
  I32EnumAttrCase<"IsNaN", 28, "is_nan">,
  I32EnumAttrCase<"IsInf", 29, "is_inf">,
  I32EnumAttrCase<"Tan", 30, "tan">,
  I32EnumAttrCase<"Asin", 31, "asin">,
  I32EnumAttrCase<"Acos", 32, "acos">,
  I32EnumAttrCase<"Atan", 33, "atan">,
  I32EnumAttrCase<"Sinh", 34, "sinh">,
  I32EnumAttrCase<"Cosh", 35, "cosh">,
  I32EnumAttrCase<"Asinh", 36, "asinh">,
  I32EnumAttrCase<"Acosh", 37, "acosh">,
  I32EnumAttrCase<"Atanh", 38, "atanh">,
  I32EnumAttrCase<"Affine", 40, "affine">,
  I32EnumAttrCase<"ScaledTanh", 41, "scaled_tanh">
]>;

def Seg_BinaryKind : Seg_Enum<"BinaryKind", "function of two values", [
  I32EnumAttrCase<"Add", 0, "add">,
  I32EnumAttrCase<"Sub", 1, "sub">,
  I32EnumAttrCase<"Mul", 2, "mul">,
  I32EnumAttrCase<"Div", 3, "div">,
  I32EnumAttrCase<"Max", 4, "max">,
  I32EnumAttrCase<"Min", 5, "min">,
  I32EnumAttrCase<"Pow", 6, "pow">,
  I32EnumAttrCase<"PRelu", 7, "prelu">,
  // The remainder with the sign of the divisor (mod, integers only) or the dividend (fmod).
  I32EnumAttrCase<"Mod", 8, "mod">,
  I32EnumAttrCase<"Fmod", 9, "fmod">,
  // Of truth values and integers; of integers every bit.
  I32EnumAttrCase<"And", 10, "and">,
  I32EnumAttrCase<"Or", 11, "or">,
  I32EnumAttrCase<"Xor", 12, "xor">,
  I32EnumAttrCase<"ShiftLeft", 13, "shift_left">,
  I32EnumAttrCase<"ShiftRight", 14, "shift_right">,
  // The result is a truth value.
  I32EnumAttrCase<"Equal", 15, "equal">,
  I32EnumAttrCase<"Less", 16, "less">,
  I32EnumAttrCase<"LessOrEqual", 17, "less_or_equal">
]>;

def Seg_ReduceKind : Seg_Enum<"ReduceKind", "how several values become one", [
  I32EnumAttrCase<"Sum", 0, "sum">,
  I32EnumAttrCase<"Mean", 1, "mean">,
  I32EnumAttrCase<"Max", 2, "max">,
  I32EnumAttrCase<"Min", 3, "min">,
  I32EnumAttrCase<"Prod", 4, "prod">,
  I32EnumAttrCase<"L1", 5, "l1">,
  I32EnumAttrCase<"L2", 6, "l2">,
  I32EnumAttrCase<"SumSquare", 7, "sum_square">
]>;

def Seg_ResizeMode : Seg_Enum<"ResizeMode", "interpolation", [
  I32EnumAttrCase<"Nearest", 0, "nearest">,
  I32EnumAttrCase<"Linear", 1, "linear">,
  I32EnumAttrCase<"Cubic", 2, "cubic">
]>;

def Seg_CoordinateMode : Seg_Enum<"CoordinateMode", "where an output pixel samples its input", [
  I32EnumAttrCase<"HalfPixel", 0, "half_pixel">,
  I32EnumAttrCase<"PytorchHalfPixel", 1, "pytorch_half_pixel">,
  I32EnumAttrCase<"AlignCorners", 2, "align_corners">,
  I32EnumAttrCase<"Asymmetric", 3, "asymmetric">,
  I32EnumAttrCase<"TfHalfPixelForNn", 4, "tf_half_pixel_for_nn">,
  I32EnumAttrCase<"TfCropAndResize", 5, "tf_crop_and_resize">,
  I32EnumAttrCase<"HalfPixelSymmetric", 6, "half_pixel_symmetric">
]>;

def Seg_NearestMode : Seg_Enum<"NearestMode", "how nearest rounds a coordinate", [
  I32EnumAttrCase<"RoundPreferFloor", 0, "round_prefer_floor">,
  I32EnumAttrCase<"RoundPreferCeil", 1, "round_prefer_ceil">,
  I32EnumAttrCase<"Floor", 2, "floor">,
  I32EnumAttrCase<"Ceil", 3, "ceil">
]>;

def Seg_PadMode : Seg_Enum<"PadMode", "what surrounds a tensor", [
  I32EnumAttrCase<"Constant", 0, "constant">,
  I32EnumAttrCase<"Reflect", 1, "reflect">,
  I32EnumAttrCase<"Edge", 2, "edge">
]>;

def Seg_SamplePadding : Seg_Enum<"SamplePadding", "what is read outside of an image", [
  I32EnumAttrCase<"Zeros", 0, "zeros">,
  I32EnumAttrCase<"Border", 1, "border">,
  I32EnumAttrCase<"Reflection", 2, "reflection">
]>;

def Seg_CellKind : Seg_Enum<"CellKind", "how a recurrent layer makes its next state", [
  I32EnumAttrCase<"Rnn", 0, "rnn">,
  I32EnumAttrCase<"Gru", 1, "gru">,
  I32EnumAttrCase<"Lstm", 2, "lstm">
]>;

#endif
