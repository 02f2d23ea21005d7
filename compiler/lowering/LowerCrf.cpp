//===- LowerCrf.cpp - seg.dense_crf -----------------------------*- C++ -*-===//
//
// The runtime builds the lattices and runs the iterations (segc_crf.h), with
// kernels that know the number of classes.
//
//===----------------------------------------------------------------------===//

#include "compiler/lowering/ProgramBuilder.h"
#include "runtime/segc_crf.h"
#include "schedules/cpu/Crf.h"
#include "schedules/cuda/Crf.h"

#include <fmt/format.h>

using namespace mlir;

namespace segc {

using mlir::Value;
using seg::TensorType;

static_assert(CrfSpec().rows() == crf::bilateralTaps(3) + crf::kSpatialTaps &&
                  kCrfTail == crf::kTail && kCrfPiece == kLatticePiece &&
                  kCrfSpares == kLatticeSpares,
              "the kernels and the runtime must agree");

/// [labels][padded classes charged] from the dialect's [charged][labels].
static std::vector<float> packCompatibility(ArrayRef<float> matrix, int classes, int padded) {
  std::vector<float> packed(size_t(classes) * padded, 0.0f);
  for (int charged = 0; charged < classes; ++charged)
    for (int label = 0; label < classes; ++label)
      packed[size_t(label) * padded + charged] = matrix[size_t(charged) * classes + label];
  return packed;
}

/// [bilateral, spatial][padded classes].
static std::vector<float> packWeights(seg::DenseCrfOp op, int padded) {
  std::vector<float> packed(size_t(2) * padded, 0.0f);
  const llvm::ArrayRef<float> filters[] = {op.getBilateralWeights(), op.getSpatialWeights()};
  for (auto [row, weights] : llvm::enumerate(filters))
    for (size_t c = 0; c < size_t(padded); ++c)
      packed[row * padded + c] = weights.size() == 1  ? weights[0]
                                 : c < weights.size() ? weights[c]
                                                      : 0.0f;
  return packed;
}

namespace {

/// The kernels that the runtime's function takes, in its order.
class CrfKernels {
public:
  CrfKernels(seg::DenseCrfOp op, const CrfSpec &spec, ProgramBuilder &builder)
      : op(op), spec(spec), builder(builder) {}

  std::vector<int> on(const CpuTarget &target) {
    auto pixels = [&](bool isFirst) {
      return [=, &target] { return buildCrfPixels(spec, isFirst, target); };
    };
    auto map = [&](CrfMap what) {
      return [=, &target] { return buildCrfMap(spec, what, target); };
    };
    add("first", pixels(true));
    add("pixels", pixels(false));
    if (op.getLabels())
      add("labels", [&] { return buildCrfLabels(spec, target); });
    else
      add("beliefs", map(CrfMap::Beliefs));
    add("blur", [&] { return buildCrfBlur(spec, target); });
    if (op.getKeepHistory()) {
      add("scores", map(CrfMap::Scores));
      add("beliefs", map(CrfMap::Beliefs));
    }
    return std::move(kernels);
  }

  std::vector<int> on(const CudaTarget &target) {
    auto store = [&](CrfMap what) {
      return [=, &target] { return buildCrfStore(spec, what, target); };
    };
    add("first", [&] { return buildCrfEnergies(spec, true, target); });
    add("energies", [&] { return buildCrfEnergies(spec, false, target); });
    add("belief_rows", [&] { return buildCrfBeliefs(spec, target); });
    if (op.getLabels())
      add("labels", [&] { return buildCrfStoreLabels(spec, target); });
    else
      add("beliefs", store(CrfMap::Beliefs));
    if (op.getKeepHistory()) {
      add("scores", store(CrfMap::Scores));
      add("beliefs", store(CrfMap::Beliefs));
    }
    return std::move(kernels);
  }

private:
  void add(const char *stem, llvm::function_ref<Kernel()> build) {
    kernels.push_back(
        builder.kernel(fmt::format("crf_{}{},{},{},{},{}", stem, spec.classes, spec.imageChannels,
                                   spec.block, spec.compatibility, spec.weightPerLabel),
                       [&](const auto &) { return build(); }));
  }

  seg::DenseCrfOp op;
  const CrfSpec &spec;
  ProgramBuilder &builder;
  std::vector<int> kernels;
};

} // namespace

LogicalResult lowerDenseCrf(seg::DenseCrfOp op, ProgramBuilder &builder) {
  TensorType scores = typeOf(op.getScores());
  CrfSpec spec;
  spec.classes = static_cast<int>(scores.getDim(1).getValue());
  spec.imageChannels = static_cast<int>(typeOf(op.getImage()).getDim(1).getValue());
  spec.block = static_cast<int>(scores.getLayout().getBlock());
  spec.compatibility = op.getCompatibility() != nullptr;
  // Roots of single weights are folded into those of the pixels' rows.
  auto isRoot = [](llvm::ArrayRef<float> weights) {
    return weights.size() == 1 && weights[0] >= 0;
  };
  spec.weightPerLabel = !isRoot(op.getBilateralWeights()) || !isRoot(op.getSpatialWeights());
  const int padded =
      builder.target().visit([&](const auto &target) { return crfPaddedClasses(spec, target); });
  std::vector<int> kernels = builder.target().visit(
      [&](const auto &target) { return CrfKernels(op, spec, builder).on(target); });

  auto number = [](double value) { return fmt::format("{:a}f", value); };
  const bool folded = !spec.weightPerLabel;
  const auto sigmaThousandths = static_cast<int32_t>(
      std::min(double(op.getSpatialSigma().convertToFloat()) * 1000, double(INT32_MAX)));
  std::vector<Binding> arguments{builder.literal(fmt::format(
      "segc::CrfParameters{{{}, {}, {}, {}, {}, {}, {}, {}, {}}}", op.getIterations(),
      number(op.getBilateralSigmaXy().convertToFloat()),
      number(op.getBilateralSigmaRgb().convertToFloat()),
      number(folded ? op.getBilateralWeights()[0] : 1),
      number(op.getSpatialSigma().convertToFloat()), number(folded ? op.getSpatialWeights()[0] : 1),
      spec.classes, padded, sigmaThousandths))};
  auto constant = [&](int64_t value) { return seg::DimAttr::constant(op.getContext(), value); };
  arguments.insert(
      arguments.end(),
      {builder.denseMap(op.getImage()), builder.read(op.getScores()),
       builder.denseMap(op.getOutput()),
       builder.scratch(
           fmt::format("segc::{}crfScratchBytes<{}>", builder.target().cuda() ? "cuda::" : "",
                       spec.imageChannels),
           {scores.getDim(3), scores.getDim(2), constant(padded), constant(sigmaThousandths)},
           "crf")});
  for (mlir::Value map : op.getHistory())
    arguments.push_back(builder.denseMap(map));
  if (spec.compatibility) {
    std::optional<seg::FloatConstant> matrix = seg::floatConstant(op.getCompatibility());
    if (!matrix)
      return op.emitError("a compatibility that the network computes is not supported");
    arguments.push_back(builder.floats(packCompatibility(matrix->values, spec.classes, padded)));
  }
  if (spec.weightPerLabel)
    arguments.push_back(builder.floats(packWeights(op, padded)));
  builder.callRuntime("segc_crf.h",
                      fmt::format("segc::denseCrf{}<{}{}>",
                                  op.getKeepHistory() ? "WithHistory" : "", spec.imageChannels,
                                  builder.target().cuda() ? ", " + builder.mapElement() : ""),
                      std::move(kernels), std::move(arguments));
  return success();
}

} // namespace segc
