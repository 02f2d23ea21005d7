//===- ProgramBuilder.h - from laid-out ops to a program --------*- C++ -*-===//
//
// Walks a function whose layouts are assigned and asks, op by op, the lowering of its
// family (Lower*.cpp) for kernels and calls. The functions here are what lowerings use.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_LOWERING_PROGRAMBUILDER_H
#define SEGC_LOWERING_PROGRAMBUILDER_H

#include "compiler/kernels/Target.h"
#include "compiler/lowering/KernelMaker.h"
#include "compiler/lowering/Program.h"
#include "compiler/lowering/Storage.h"
#include "compiler/lowering/Weights.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/raw_ostream.h"

namespace segc {

struct LoweringOptions {
  Target target;
  /// The size that schedules are chosen for, where the model leaves it free.
  int64_t nominalExtent = 512;
  /// Only direct convolutions: smaller weights and finer rounding than Winograd's, less speed.
  bool directConvolutions = false;
  /// Weights are stored as kernels read them, and there is nothing to prepare.
  bool packWeights = false;
  /// Called before each op, with how many there are: progress.
  std::function<void(size_t done, size_t total, llvm::StringRef node)> progress;
};

class ProgramBuilder {
public:
  /// Stored weights are written to `weights`; each piece is aligned to 64 bytes.
  ProgramBuilder(mlir::func::FuncOp function, const LoweringOptions &options,
                 llvm::raw_ostream &weights, KernelMaker &maker);

  /// Lowers every op. On failure, all ops that have no kernel have been reported. Throws
  /// KernelError.
  mlir::FailureOr<Program> run();

  const Target &target() const { return options.target; }
  int lanes() const { return options.target->lanes; }
  /// What float maps in blocks are stored as, as C++ calls it: "float", "segc::Half". Functions of
  /// the runtime that look into them are told.
  std::string mapElement() const;
  bool onlyDirectConvolutions() const { return options.directConvolutions; }
  /// The value of an extent that schedules are chosen for.
  int64_t nominal(seg::DimAttr dim) const;

  /// A kernel's number; one with the same key is made only once. `build` is called with the target,
  /// a CpuTarget or a CudaTarget: the schedules of both have functions of one name.
  template <typename Build> int kernel(const std::string &key, Build build) {
    return numberOf(key, [&] {
      Kernel kernel = options.target.visit(build);
      storeMaps(kernel);
      return kernel;
    });
  }

  // Arguments of a call. Maps have a layout and lie in the workspace, dense tensors have none and
  // may lie anywhere; a value of the other kind is a bug of segc, and reported as one.
  MapBinding read(mlir::Value map);
  MapBinding write(mlir::Value map);
  /// A dense [N, C, H, W] as a planar map, image by image; one that lies [N, H, W, C] as planes
  /// [H][W, C].
  DenseMapBinding denseMap(mlir::Value value);
  /// The same of a tensor whose parts along its first axis are maps [C, H, W] of these extents.
  DenseMapBinding denseMap(mlir::Value value, llvm::ArrayRef<seg::DimAttr> extents);
  /// A map as it is laid out, or a dense tensor as a planar map.
  Binding readEither(mlir::Value value);
  Binding writeEither(mlir::Value value);
  /// A dense tensor, with its own extents or others of the same number of elements.
  DenseBinding dense(mlir::Value value);
  DenseBinding dense(mlir::Value value, llvm::ArrayRef<seg::DimAttr> extents);
  /// Any elements of a dense tensor: extents and strides outermost first, in elements from
  /// element `offset` on.
  StridedBinding strided(mlir::Value value, seg::DimAttr offset,
                         llvm::ArrayRef<seg::DimAttr> extents,
                         llvm::ArrayRef<seg::DimAttr> strides);
  /// The caller's output `index`, dense, as one row of elements.
  DenseBinding output(unsigned index);
  /// A few floats, as they are.
  WeightsBinding floats(llvm::ArrayRef<float> values);
  /// Weights of a convolution, in the order that `packing` describes.
  WeightsBinding packed(const Packing &packing, const ModelWeights &weights);
  Binding integer(seg::DimAttr value);
  Binding integer(int64_t value);
  Binding real(double value);
  Binding imageIndex();
  /// Where the function of the runtime that the current step calls stores a count.
  Binding count(seg::DimAttr count);
  Binding literal(std::string text);
  /// A dense buffer that lives only during the step being lowered.
  DenseBinding scratch(seg::TensorType type, llvm::StringRef purpose);
  /// Memory of the current step whose size in bytes a function of the runtime computes.
  ScratchBinding scratch(llvm::StringRef sizeFunction, llvm::ArrayRef<seg::DimAttr> extents,
                         llvm::StringRef purpose);
  /// For an argument of `kernel` that is KernelArg::Scratch.
  ScratchBinding scratch(int64_t floats, int kernel);

  /// The current step's calls are made so many times, instead of for each image of the batch.
  void repeat(seg::DimAttr times);

  /// Adds a call to the current step, made for each image of the batch (`perImage`) or once.
  void call(int kernel, std::vector<Binding> arguments, bool perImage = true);

  /// Adds a call of a function in a header of the runtime, for each image of the batch
  /// (`perImage`) or once.
  void callRuntime(llvm::StringRef header, llvm::StringRef function, std::vector<int> kernels,
                   std::vector<Binding> arguments, bool perImage = true);

  /// Demands a relation between extents at run time, unless it is known to hold.
  void require(seg::DimAttr left, Check::Relation relation, seg::DimAttr right,
               const std::string &about);

private:
  /// Float maps of a kernel are what the target keeps them as.
  void storeMaps(Kernel &kernel) const;
  /// The same of the buffers, and of what calls say of them.
  void storeMaps();
  int numberOf(const std::string &key, llvm::function_ref<Kernel()> build);
  /// A caller's tensor has SEGC_MAX_RANK axes at most.
  mlir::LogicalResult refuseManyAxes();
  mlir::LogicalResult lower(mlir::Operation &op);
  void requireSound(mlir::Operation &op);
  /// Throws for an op with a count in its types that no step before it computes: a bug.
  void requireCounted(mlir::Operation &op);
  MapBinding map(mlir::Value value, bool written);
  Place densePlace(mlir::Value value);
  Place constantPlace(seg::ConstantOp constant);
  WorkspacePlace newBuffer(seg::TensorType type, llvm::StringRef purpose);

  mlir::func::FuncOp function;
  const LoweringOptions &options;
  WeightStore weights;
  KernelMaker &maker;
  Storage storage;
  Program program;
  Step *step = nullptr;
  mlir::Operation *current = nullptr;
  llvm::StringMap<int> kernelNumbers;
  llvm::StringMap<int> kernelNames;
  llvm::DenseMap<mlir::Value, Place> constantPlaces;
  int stepNumber = 0;
};

// One function an op, in the file of its family. They fail, after an error, where the op has a
// form that no kernel computes.
mlir::LogicalResult lowerConv2d(seg::Conv2dOp op, ProgramBuilder &builder);
mlir::LogicalResult lowerConvTranspose2d(seg::ConvTranspose2dOp op, ProgramBuilder &builder);
mlir::LogicalResult lowerMaxPool2d(seg::MaxPool2dOp op, ProgramBuilder &builder);
mlir::LogicalResult lowerMaxPoolSwitches(seg::MaxPoolSwitchesOp op, ProgramBuilder &builder);
mlir::LogicalResult lowerAvgPool2d(seg::AvgPool2dOp op, ProgramBuilder &builder);
mlir::LogicalResult lowerMaxUnpool2d(seg::MaxUnpool2dOp op, ProgramBuilder &builder);
mlir::LogicalResult lowerSwitchesToFlat(seg::SwitchesToFlatOp op, ProgramBuilder &builder);
mlir::LogicalResult lowerSwitchesFromFlat(seg::SwitchesFromFlatOp op, ProgramBuilder &builder);
mlir::LogicalResult lowerResize(seg::ResizeOp op, ProgramBuilder &builder);
mlir::LogicalResult lowerConvertLayout(seg::ConvertLayoutOp op, ProgramBuilder &builder);
mlir::LogicalResult lowerConcat(seg::ConcatOp op, ProgramBuilder &builder);
mlir::LogicalResult lowerSlice(seg::SliceOp op, ProgramBuilder &builder);
mlir::LogicalResult lowerPad(seg::PadOp op, ProgramBuilder &builder);
mlir::LogicalResult lowerTranspose(seg::TransposeOp op, ProgramBuilder &builder);
mlir::LogicalResult lowerView(seg::ViewOp op, ProgramBuilder &builder);
mlir::LogicalResult lowerCast(seg::CastOp op, ProgramBuilder &builder);
mlir::LogicalResult lowerBroadcast(seg::BroadcastOp op, ProgramBuilder &builder);
/// seg.unary, seg.binary, seg.select and seg.map.
mlir::LogicalResult lowerElementwise(mlir::Operation *op, ProgramBuilder &builder);
mlir::LogicalResult lowerMatmul(seg::MatmulOp op, ProgramBuilder &builder);
mlir::LogicalResult lowerConv2dInteger(seg::Conv2dIntegerOp op, ProgramBuilder &builder);
mlir::LogicalResult lowerMatmulInteger(seg::MatmulIntegerOp op, ProgramBuilder &builder);
/// The views that a kernel of matrix products takes: [batch, rows, inner] and [batch, inner,
/// columns]. Rows are those of all matrices where one on the right serves them.
struct MatrixFactors {
  seg::DimAttr rows;
  GemmSize size; ///< about
  StridedBinding lhs, rhs;
  DenseBinding output;
};
/// For the op's only result; fails, after an error, where no kernel does it.
mlir::FailureOr<MatrixFactors> matrixFactors(mlir::Operation *op, mlir::Value lhs, mlir::Value rhs,
                                             ProgramBuilder &builder);
mlir::LogicalResult lowerReduce(seg::ReduceOp op, ProgramBuilder &builder);
mlir::LogicalResult lowerSoftmax(seg::SoftmaxOp op, ProgramBuilder &builder);
mlir::LogicalResult lowerArgMax(seg::ArgMaxOp op, ProgramBuilder &builder);
mlir::LogicalResult lowerGather(seg::GatherOp op, ProgramBuilder &builder);
mlir::LogicalResult lowerGatherElements(seg::GatherElementsOp op, ProgramBuilder &builder);
mlir::LogicalResult lowerScatter(seg::ScatterOp op, ProgramBuilder &builder);
mlir::LogicalResult lowerScatterElements(seg::ScatterElementsOp op, ProgramBuilder &builder);
mlir::LogicalResult lowerTopK(seg::TopKOp op, ProgramBuilder &builder);
mlir::LogicalResult lowerNonZero(seg::NonZeroOp op, ProgramBuilder &builder);
mlir::LogicalResult lowerUnique(seg::UniqueOp op, ProgramBuilder &builder);
mlir::LogicalResult lowerNms(seg::NmsOp op, ProgramBuilder &builder);
mlir::LogicalResult lowerCumSum(seg::CumSumOp op, ProgramBuilder &builder);
mlir::LogicalResult lowerDenseCrf(seg::DenseCrfOp op, ProgramBuilder &builder);
mlir::LogicalResult lowerGridSample(seg::GridSampleOp op, ProgramBuilder &builder);
mlir::LogicalResult lowerRoiAlign(seg::RoiAlignOp op, ProgramBuilder &builder);
mlir::LogicalResult lowerRoiMaxPool(seg::RoiMaxPoolOp op, ProgramBuilder &builder);
mlir::LogicalResult lowerDeformConv2d(seg::DeformConv2dOp op, ProgramBuilder &builder);
mlir::LogicalResult lowerRecurrent(seg::RecurrentOp op, ProgramBuilder &builder);
mlir::LogicalResult lowerReverseSequence(seg::ReverseSequenceOp op, ProgramBuilder &builder);
/// The element type as kernels call it (kernels/Scalar.h): Bool for i1.
Halide::Type halideType(mlir::Type elementType);
/// An element as the runtime's templates are told of it.
std::string cppElement(mlir::Type elementType);
/// Copies `value`, dense, to the caller's output `index`.
mlir::LogicalResult lowerOutputCopy(mlir::Value value, unsigned index, ProgramBuilder &builder);

} // namespace segc

#endif // SEGC_LOWERING_PROGRAMBUILDER_H
