//===- ChannelAxis.cpp - which axis of a tensor holds the channels -*- C++ -*-===//

#include "compiler/transforms/ChannelAxis.h"
#include "compiler/dialect/Dim.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/TypeSwitch.h"

using llvm::ArrayRef;
using llvm::enumerate;
using namespace mlir;

namespace segc {

using seg::DimAttr;

static seg::TensorType tensorOf(Value value) { return dyn_cast<seg::TensorType>(value.getType()); }

AxisRoles::AxisRoles(func::FuncOp function) {
  Block &block = function.getBody().front();
  for (BlockArgument argument : block.getArguments())
    note(argument, false);
  llvm::DenseSet<Value> constants;
  for (Operation &op : block) {
    const bool isConstant =
        llvm::all_of(op.getOperands(), [&](Value value) { return constants.contains(value); });
    for (Value result : op.getResults()) {
      note(result, isConstant);
      if (isConstant)
        constants.insert(result);
    }
  }
  for (Operation &op : block)
    seed(&op);
  // Roles are only ever added, so that this ends.
  do {
    changed = false;
    for (Operation &op : block)
      follow(&op);
    for (Operation &op : llvm::reverse(block))
      follow(&op);
  } while (changed);
}

void AxisRoles::note(Value value, bool isConstant) {
  if (seg::TensorType type = tensorOf(value); type && !isConstant)
    roles[value].resize(static_cast<size_t>(type.getRank()), 0);
}

void AxisRoles::seed(Value map) {
  auto found = map ? roles.find(map) : roles.end();
  if (found == roles.end() || found->second.size() != 4)
    return;
  found->second = {kBatch, kChannels, kRows, kColumns};
  seeded[map] = true;
}

void AxisRoles::seed(Operation *op) {
  llvm::TypeSwitch<Operation *>(op)
      .Case<seg::Conv2dOp, seg::ConvTranspose2dOp>([&](auto conv) {
        seed(conv.getInput());
        seed(conv.getResidual());
        seed(conv.getOutput());
      })
      .Case([&](seg::Conv2dIntegerOp conv) {
        seed(conv.getInput());
        seed(conv.getOutput());
      })
      .Case<seg::BatchNormOp, seg::MaxPool2dOp, seg::AvgPool2dOp, seg::MaxPoolSwitchesOp,
            seg::MaxUnpool2dOp, seg::ResizeOp>([&](auto map) {
        seed(map.getInput());
        for (Value result : map->getResults())
          seed(result);
      })
      .Case<seg::GridSampleOp, seg::RoiAlignOp, seg::RoiMaxPoolOp, seg::DeformConv2dOp>(
          [&](auto sample) {
            seed(sample.getInput());
            seed(sample.getOutput());
          })
      .Case([&](seg::DenseCrfOp crf) {
        seed(crf.getScores());
        seed(crf.getImage());
        for (Value result : crf->getResults())
          seed(result);
      });
}

AxisRoles::Role AxisRoles::roleOf(Value value, unsigned axis) const {
  auto found = roles.find(value);
  return found == roles.end() ? Role(0) : found->second[axis];
}

void AxisRoles::add(Value value, unsigned axis, Role role) {
  auto found = roles.find(value);
  if (role == 0 || found == roles.end() || seeded.contains(value))
    return;
  Role &known = found->second[axis];
  Role now = known == 0 || known == role ? role : Role(known | role | kContradiction);
  changed |= now != known;
  known = now;
}

void AxisRoles::same(Value a, unsigned axisOfA, Value b, unsigned axisOfB) {
  add(b, axisOfB, roleOf(a, axisOfA));
  add(a, axisOfA, roleOf(b, axisOfB));
}

void AxisRoles::aligned(Value a, Value b) {
  seg::TensorType from = tensorOf(a), to = tensorOf(b);
  if (!from || !to)
    return;
  const int64_t shift = to.getRank() - from.getRank();
  for (int64_t i = std::max<int64_t>(0, -shift); i < from.getRank(); ++i)
    // What is repeated along an axis need not know what the axis is.
    if (from.getDim(i).isConstant(1) == to.getDim(i + shift).isConstant(1))
      same(a, i, b, i + shift);
}

void AxisRoles::follow(Operation *op) {
  llvm::TypeSwitch<Operation *>(op)
      .Case<seg::UnaryOp, seg::BinaryOp, seg::SelectOp, seg::MapOp, seg::CastOp, seg::BroadcastOp,
            seg::SoftmaxOp, seg::CumSumOp, seg::ConvertLayoutOp, seg::SwitchesToFlatOp,
            seg::SwitchesFromFlatOp>([&](Operation *each) {
        for (Value operand : each->getOperands())
          aligned(operand, each->getResult(0));
      })
      .Case<seg::ConcatOp, seg::SliceOp, seg::PadOp>([&](Operation *moved) {
        // Whatever the extents: the axes stay what they are.
        for (Value operand : moved->getOperands())
          for (int64_t i = 0; i < tensorOf(operand).getRank(); ++i)
            same(operand, i, moved->getResult(0), i);
      })
      .Case([&](seg::TransposeOp transpose) {
        for (auto [to, from] : enumerate(transpose.getPermutation()))
          same(transpose.getInput(), from, transpose.getOutput(), to);
      })
      .Case([&](seg::ViewOp view) {
        // An axis that is seen through windows, or with others as a diagonal, is no longer itself.
        int64_t rank = tensorOf(view.getInput()).getRank();
        ArrayRef<int64_t> steps = view.getSteps();
        for (int64_t to = 0; to < tensorOf(view.getOutput()).getRank(); ++to) {
          auto isOther = [](int64_t step) { return step != 0; };
          ArrayRef<int64_t> row = steps.slice(to * rank, rank);
          if (llvm::count_if(row, isOther) != 1)
            continue;
          int64_t from = llvm::find_if(row, isOther) - row.begin(), readers = 0;
          for (size_t i = from; i < steps.size(); i += rank)
            readers += steps[i] != 0;
          if (readers == 1)
            same(view.getInput(), from, view.getOutput(), to);
        }
      })
      .Case<seg::ReduceOp, seg::ArgMaxOp>([&](Operation *reduced) {
        SmallVector<int64_t> axes;
        bool keeps = true;
        if (auto reduce = dyn_cast<seg::ReduceOp>(reduced)) {
          axes.assign(reduce.getAxes().begin(), reduce.getAxes().end());
          keeps = reduce.getKeepDims();
        } else {
          axes.push_back(cast<seg::ArgMaxOp>(reduced).getAxis());
          keeps = cast<seg::ArgMaxOp>(reduced).getKeepDims();
        }
        Value input = reduced->getOperand(0), output = reduced->getResult(0);
        for (int64_t i = 0, to = 0; i < tensorOf(input).getRank(); ++i)
          if (keeps || !llvm::is_contained(axes, i))
            same(input, i, output, to++);
      })
      .Case<seg::GatherElementsOp, seg::ScatterOp, seg::ScatterElementsOp, seg::TopKOp>(
          [&](Operation *indexed) {
            for (int64_t i = 0; i < tensorOf(indexed->getOperand(0)).getRank(); ++i)
              same(indexed->getOperand(0), i, indexed->getResult(0), i);
          })
      .Case([&](seg::GatherOp gather) {
        // Axes before and behind those that are indexed.
        const int64_t axis = gather.getAxis(), rank = tensorOf(gather.getInput()).getRank(),
                      resultRank = tensorOf(gather.getOutput()).getRank(),
                      named = tensorOf(gather.getIndices()).getShape().back().getValue();
        for (int64_t i = 0; i < rank; ++i)
          if (i < axis || i >= axis + named)
            same(gather.getInput(), i, gather.getOutput(), i < axis ? i : i + resultRank - rank);
      })
      .Case([&](seg::ReshapeOp reshape) { followReshape(reshape.getInput(), reshape.getOutput()); })
      .Case([&](seg::MatmulOp product) {
        followProduct(product.getLhs(), product.getRhs(), product.getOutput());
      });
}

/// The axes that are not of extent 1.
static SmallVector<unsigned> wideAxes(seg::TensorType type) {
  SmallVector<unsigned> axes;
  for (auto [i, dim] : enumerate(type.getShape()))
    if (!dim.isConstant(1))
      axes.push_back(i);
  return axes;
}

/// The product of the extents of the first `count` of these axes.
static DimAttr productOf(seg::TensorType type, ArrayRef<unsigned> axes, size_t count) {
  SmallVector<DimAttr> dims;
  for (unsigned axis : axes.take_front(count))
    dims.push_back(type.getDim(axis));
  return seg::product(type.getContext(), dims);
}

void AxisRoles::followReshape(Value input, Value output) {
  seg::TensorType from = tensorOf(input), to = tensorOf(output);
  SmallVector<unsigned> fromAxes = wideAxes(from), toAxes = wideAxes(to);
  ArrayRef<unsigned> before = fromAxes, after = toAxes;
  // Takes the fewest axes of both that hold as many elements.
  auto takeGroup = [&]() -> std::pair<size_t, size_t> {
    for (size_t total = 2; total <= before.size() + after.size(); ++total)
      for (size_t i = 1; i < total; ++i)
        if (size_t j = total - i; i <= before.size() && j <= after.size())
          if (DimAttr product = productOf(from, before, i);
              product && product == productOf(to, after, j))
            return {i, j};
    return {before.size(), after.size()};
  };
  while (!before.empty() && !after.empty()) {
    auto [i, j] = takeGroup();
    if (i == 1 && j == 1) {
      same(input, before.front(), output, after.front());
    } else if (i == 1 || j == 1) {
      // Axes that are merged give the merged one all that they are; its parts learn nothing of it.
      auto [parts, partsOf, whole, wholeOf] =
          j == 1 ? std::tuple(before.take_front(i), input, after.front(), output)
                 : std::tuple(after.take_front(j), output, before.front(), input);
      Role merged = 0;
      for (unsigned part : parts)
        merged |= roleOf(partsOf, part);
      add(wholeOf, whole, merged);
    }
    before = before.drop_front(i);
    after = after.drop_front(j);
  }
}

void AxisRoles::followProduct(Value lhs, Value rhs, Value output) {
  const int64_t rank = tensorOf(output).getRank(), left = tensorOf(lhs).getRank(),
                right = tensorOf(rhs).getRank();
  if (rank < 2 || left < 2 || right < 2)
    return;
  // Rows of the left and columns of the right stay; leading axes are aligned.
  same(lhs, left - 2, output, rank - 2);
  same(rhs, right - 1, output, rank - 1);
  for (Value operand : {lhs, rhs})
    for (int64_t i = 3; i <= tensorOf(operand).getRank(); ++i)
      if (!tensorOf(operand).getDim(tensorOf(operand).getRank() - i).isConstant(1))
        same(operand, tensorOf(operand).getRank() - i, output, rank - i);
  // Weights map features to features.
  if (!roles.contains(rhs))
    same(lhs, left - 1, output, rank - 1);
  if (!roles.contains(lhs))
    same(rhs, right - 2, output, rank - 2);
}

std::optional<unsigned> AxisRoles::channelAxis(Value value) const {
  auto found = roles.find(value);
  if (found == roles.end())
    return std::nullopt;
  const Roles &axes = found->second;
  if (llvm::count(axes, kChannels) == 1)
    return static_cast<unsigned>(llvm::find(axes, kChannels) - axes.begin());
  // What is left of a map whose other axes are known, or of extent 1.
  if (axes.size() != 4 || llvm::is_contained(axes, kChannels))
    return std::nullopt;
  std::optional<unsigned> left;
  bool hasRows = false, hasColumns = false;
  for (auto [i, role] : enumerate(axes)) {
    hasRows |= role == kRows;
    hasColumns |= role == kColumns;
    if (role == kBatch || role == kRows || role == kColumns)
      continue;
    if (role == 0 && tensorOf(value).getDim(i).isConstant(1) && i == 0)
      continue;
    if (role != 0 || left)
      return std::nullopt;
    left = static_cast<unsigned>(i);
  }
  return hasRows && hasColumns ? left : std::nullopt;
}

std::string AxisRoles::whyUnknown(Value value) const {
  auto found = roles.find(value);
  if (found != roles.end() &&
      llvm::any_of(found->second, [](Role role) { return role & kContradiction; }))
    return "the network's operators say different things about its axes";
  return "no operator of the network, such as a convolution or pooling, says it";
}

std::optional<unsigned> PortChannels::axisOf(Value value) const {
  std::optional<unsigned> known = roles.channelAxis(value);
  return known ? known : given;
}

static std::string portName(const char *kind, StringAttr name, unsigned number) {
  return std::string(kind) + " \"" + (name ? name.str() : std::to_string(number)) + "\"";
}

std::string PortChannels::inputName(unsigned number) {
  return portName("input", function.getArgAttrOfType<StringAttr>(number, seg::kNameAttr), number);
}

std::string PortChannels::outputName(unsigned number) {
  return portName("output", function.getResultAttrOfType<StringAttr>(number, seg::kNameAttr),
                  number);
}

LogicalResult PortChannels::emitUnknown(const std::string &port, Value value) {
  return function.emitError() << port << ": which axis holds the channels is not known, as "
                              << roles.whyUnknown(value)
                              << "; --channels-axis tells it (1 for N x C x H x W, 3 for N x H x "
                                 "W x C)";
}

FailureOr<PortChannels::Image> PortChannels::findImage(const ImageWish &wish) {
  const std::string kind =
      wish.leastChannels == wish.mostChannels
          ? "of rank 4, with " + std::to_string(wish.mostChannels) + " channels"
          : "of rank 4, with " + std::to_string(wish.leastChannels) + " to " +
                std::to_string(wish.mostChannels) + " channels";
  SmallVector<Image> images;
  SmallVector<BlockArgument> others;
  for (BlockArgument argument : function.getArguments()) {
    seg::TensorType type = tensorOf(argument);
    if (!type || type.getRank() != 4 ||
        !(type.getElementType().isF32() ||
          (wish.orBytes && type.getElementType().isUnsignedInteger(8))))
      continue;
    auto name = function.getArgAttrOfType<StringAttr>(argument.getArgNumber(), seg::kNameAttr);
    if (!wish.name.empty() && (!name || name.getValue() != wish.name))
      continue;
    auto fits = [&](unsigned axis) {
      seg::DimAttr dim = type.getDim(axis);
      return dim.isConstant() && dim.getValue() >= wish.leastChannels &&
             dim.getValue() <= wish.mostChannels;
    };
    std::optional<unsigned> axis = axisOf(argument);
    if (axis && fits(*axis))
      images.push_back({argument, *axis});
    else if (!axis && (fits(1) || fits(2) || fits(3)))
      others.push_back(argument);
  }
  auto isOfColours = [](const Image &image) {
    return tensorOf(image.argument).getDim(image.axis).isConstant(3);
  };
  if (images.size() > 1 && llvm::count_if(images, isOfColours) == 1) {
    images = {*llvm::find_if(images, isOfColours)};
    others.clear();
  }
  if (images.size() + others.size() > 1)
    return function.emitError("several inputs look like an image (")
           << kind << "): it is not clear which one is meant by " << wish.options;
  if (!images.empty())
    return images.front();
  if (!others.empty())
    return emitUnknown(inputName(others.front().getArgNumber()), others.front());
  if (!wish.name.empty())
    return function.emitError("there is no input \"")
           << wish.name << "\" that is an image (" << kind << "), as needed by " << wish.options;
  return function.emitError("no input is an image (") << kind << "), as needed by " << wish.options;
}

} // namespace segc
