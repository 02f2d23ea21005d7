//===- LowerIndexing.cpp - ops whose indices are data -----------*- C++ -*-===//

#include "compiler/lowering/ProgramBuilder.h"

#include "compiler/kernels/Scalar.h"
#include "schedules/cpu/Indexing.h"
#include "schedules/cuda/Plain.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

using namespace mlir;

namespace segc {

using llvm::ArrayRef;
using mlir::Value;
using seg::DimAttr;
using seg::TensorType;

/// What a kernel sees of an op: dense views, outermost dimension first.
struct IndexedViews {
  SmallVector<DimAttr> input, output, indices, updates;
  int64_t axis;
  /// By dimension of the views.
  SmallVector<bool> isIndexed;
};

/// What distinguishes the kernel.
static void fill(IndexingSpec &spec, const IndexedViews &views, Value input, Value indices,
                 int64_t named) {
  const int64_t rank = static_cast<int64_t>(views.input.size());
  spec.type = halideType(typeOf(input).getElementType());
  spec.indexType = halideType(typeOf(indices).getElementType());
  spec.rank = static_cast<int>(rank);
  spec.axis = static_cast<int>(rank - 1 - views.axis);
  spec.named = static_cast<int>(named);
  spec.indexed = 0;
  for (int64_t i = 0; i < rank; ++i)
    if (views.isIndexed[i])
      spec.indexed |= 1U << (rank - 1 - i);
}

static std::string keyOf(const IndexingSpec &spec) {
  return fmt::format("{},{},{},{},{},{}", elementName(spec.type), elementName(spec.indexType),
                     spec.rank, spec.axis, spec.indexed, spec.named);
}

/// Leaves out dimensions of extent 1 beside the axis.
static void dropOnes(IndexedViews &views) {
  for (int64_t i = static_cast<int64_t>(views.input.size()) - 1; i >= 0; --i) {
    if (i == views.axis || !views.input[i].isConstant(1) || !views.output[i].isConstant(1))
      continue;
    if (views.isIndexed[i]) {
      int64_t place = llvm::count(ArrayRef<bool>(views.isIndexed).take_front(i), true);
      views.indices.erase(views.indices.begin() + place);
    }
    views.input.erase(views.input.begin() + i);
    views.output.erase(views.output.begin() + i);
    if (!views.updates.empty())
      views.updates.erase(views.updates.begin() + i);
    views.isIndexed.erase(views.isIndexed.begin() + i);
    views.axis -= i < views.axis;
  }
}

/// For each of the axes that a tuple names its extent and its stride along the axis of the views.
static void addTuple(std::vector<Binding> &arguments, ArrayRef<DimAttr> named,
                     ProgramBuilder &builder) {
  if (named.size() < 2)
    return;
  auto *context = named.front().getContext();
  for (size_t i = 0; i < named.size(); ++i) {
    arguments.push_back(builder.integer(named[i]));
    arguments.push_back(builder.integer(seg::product(context, named.drop_front(i + 1))));
  }
}

/// What type inference took for granted about extents that are expressions: those of `value` and of
/// `like`, but along one axis.
static void requireExtents(Value value, Value like, Check::Relation relation, int64_t except,
                           const char *about, ProgramBuilder &builder) {
  for (int64_t i = 0; i < typeOf(value).getRank(); ++i)
    if (i != except)
      builder.require(typeOf(value).getDim(i), relation, typeOf(like).getDim(i),
                      fmt::format("axis {} of {}", i, about));
}

LogicalResult lowerGather(seg::GatherOp op, ProgramBuilder &builder) {
  auto *context = op.getContext();
  TensorType input = typeOf(op.getInput()), indices = typeOf(op.getIndices());
  ArrayRef<DimAttr> shape = input.getShape(), rows = indices.getShape().drop_back();
  const int64_t axis = op.getAxis(), batch = op.getBatchDims(),
                named = indices.getShape().back().getValue();
  for (int64_t i = 0; i < batch; ++i)
    builder.require(indices.getDim(i), Check::Relation::Equal, shape[i],
                    fmt::format("axis {} of its operands", i));
  auto product = [&](ArrayRef<DimAttr> dims) { return seg::product(context, dims); };
  DimAttr outer = product(shape.slice(batch, axis - batch)),
          inner = product(shape.drop_front(axis + named)),
          images = product(shape.take_front(batch)), count = product(rows.drop_front(batch));
  IndexedViews views;
  views.input = {images, outer, product(shape.slice(axis, named)), inner};
  views.output = {images, outer, count, inner};
  views.indices = {images, count};
  views.axis = 2;
  views.isIndexed = {true, false, true, false};
  dropOnes(views);
  if (named > 1)
    views.indices.push_back(indices.getShape().back());
  IndexingSpec spec;
  fill(spec, views, op.getInput(), op.getIndices(), named);
  int kernel = builder.kernel("gather" + keyOf(spec),
                              [&](const auto &target) { return buildGather(spec, target); });
  std::vector<Binding> arguments{builder.dense(op.getInput(), views.input),
                                 builder.dense(op.getIndices(), views.indices)};
  addTuple(arguments, shape.slice(axis, named), builder);
  arguments.push_back(builder.dense(op.getOutput(), views.output));
  builder.call(kernel, std::move(arguments), /*perImage=*/false);
  return success();
}

/// [outer, axis, inner] of both if they differ along the axis only, else all their dimensions.
static FailureOr<IndexedViews> elementViews(Operation *op, Value input, Value indices, int64_t axis,
                                            bool &isPart) {
  auto *context = op->getContext();
  ArrayRef<DimAttr> whole = typeOf(input).getShape(), part = typeOf(indices).getShape();
  IndexedViews views;
  isPart = false;
  for (size_t i = 0; i < whole.size(); ++i)
    isPart |= static_cast<int64_t>(i) != axis && whole[i] != part[i];
  if (isPart) {
    if (static_cast<int64_t>(whole.size()) > kMaxViewRank)
      return op->emitError("tensors of rank ") << whole.size() << " are not supported";
    views.input.assign(whole.begin(), whole.end());
    views.indices.assign(part.begin(), part.end());
    views.axis = axis;
  } else {
    auto around = [&](ArrayRef<DimAttr> shape) {
      return SmallVector<DimAttr>{seg::product(context, shape.take_front(axis)), shape[axis],
                                  seg::product(context, shape.drop_front(axis + 1))};
    };
    views.input = around(whole);
    views.indices = around(part);
    views.axis = 1;
  }
  views.output = views.indices;
  views.isIndexed.assign(views.input.size(), true);
  return views;
}

LogicalResult lowerGatherElements(seg::GatherElementsOp op, ProgramBuilder &builder) {
  requireExtents(op.getIndices(), op.getInput(), Check::Relation::AtMost, op.getAxis(),
                 "its indices, and of its input,", builder);
  bool isPart;
  FailureOr<IndexedViews> views =
      elementViews(op, op.getInput(), op.getIndices(), op.getAxis(), isPart);
  if (failed(views))
    return failure();
  dropOnes(*views);
  IndexingSpec spec;
  fill(spec, *views, op.getInput(), op.getIndices(), 1);
  int kernel = builder.kernel("gather" + keyOf(spec),
                              [&](const auto &target) { return buildGather(spec, target); });
  builder.call(kernel,
               {builder.dense(op.getInput(), views->input),
                builder.dense(op.getIndices(), views->indices),
                builder.dense(op.getOutput(), views->output)},
               /*perImage=*/false);
  return success();
}

static std::string keyOf(const ScatterSpec &spec) {
  return fmt::format("scatter{},{},{}", keyOf(static_cast<const IndexingSpec &>(spec)),
                     spec.reduction ? static_cast<int>(*spec.reduction) : -1, spec.isPart);
}

LogicalResult lowerScatter(seg::ScatterOp op, ProgramBuilder &builder) {
  auto *context = op.getContext();
  TensorType indices = typeOf(op.getIndices());
  ArrayRef<DimAttr> shape = typeOf(op.getInput()).getShape();
  const int64_t named = indices.getShape().back().getValue();
  TensorType updates = typeOf(op.getUpdates());
  const int64_t rows = indices.getRank() - 1;
  for (int64_t i = 0; i < updates.getRank(); ++i)
    builder.require(updates.getDim(i), Check::Relation::Equal,
                    i < rows ? indices.getDim(i) : shape[named + i - rows],
                    fmt::format("axis {} of its updates", i));
  DimAttr count = seg::product(context, indices.getShape().drop_back()),
          inner = seg::product(context, shape.drop_front(named));
  IndexedViews views;
  views.input = {seg::product(context, shape.take_front(named)), inner};
  views.output = views.input;
  views.updates = {count, inner};
  views.indices = {count};
  views.axis = 0;
  views.isIndexed = {true, false};
  dropOnes(views);
  if (named > 1)
    views.indices.push_back(indices.getShape().back());
  ScatterSpec spec;
  fill(spec, views, op.getInput(), op.getIndices(), named);
  spec.reduction = op.getReduction();
  int kernel =
      builder.kernel(keyOf(spec), [&](const auto &target) { return buildScatter(spec, target); });
  std::vector<Binding> arguments{builder.dense(op.getInput(), views.input),
                                 builder.dense(op.getIndices(), views.indices),
                                 builder.dense(op.getUpdates(), views.updates)};
  addTuple(arguments, shape.take_front(named), builder);
  arguments.push_back(builder.dense(op.getOutput(), views.output));
  builder.call(kernel, std::move(arguments), /*perImage=*/false);
  return success();
}

LogicalResult lowerScatterElements(seg::ScatterElementsOp op, ProgramBuilder &builder) {
  requireExtents(op.getUpdates(), op.getIndices(), Check::Relation::Equal, -1,
                 "its updates and its indices", builder);
  requireExtents(op.getIndices(), op.getInput(), Check::Relation::AtMost, op.getAxis(),
                 "its indices, and of its input,", builder);
  ScatterSpec spec;
  FailureOr<IndexedViews> views =
      elementViews(op, op.getInput(), op.getIndices(), op.getAxis(), spec.isPart);
  if (failed(views))
    return failure();
  views->updates = views->indices;
  views->output = views->input;
  dropOnes(*views);
  fill(spec, *views, op.getInput(), op.getIndices(), 1);
  spec.reduction = op.getReduction();
  int kernel =
      builder.kernel(keyOf(spec), [&](const auto &target) { return buildScatter(spec, target); });
  builder.call(kernel,
               {builder.dense(op.getInput(), views->input),
                builder.dense(op.getIndices(), views->indices),
                builder.dense(op.getUpdates(), views->updates),
                builder.dense(op.getOutput(), views->output)},
               /*perImage=*/false);
  return success();
}

std::string cppElement(mlir::Type elementType) {
  Halide::Type stored = storageType(halideType(elementType));
  return stored.is_float() ? "float"
                           : fmt::format("{}int{}_t", stored.is_uint() ? "u" : "", stored.bits());
}

LogicalResult lowerTopK(seg::TopKOp op, ProgramBuilder &builder) {
  builder.require(op.getK(), Check::Relation::AtMost, typeOf(op.getInput()).getDim(op.getAxis()),
                  "the number of its results");
  auto around = [&](Value value) {
    ArrayRef<DimAttr> shape = typeOf(value).getShape();
    return SmallVector<DimAttr>{seg::product(op.getContext(), shape.take_front(op.getAxis())),
                                shape[op.getAxis()],
                                seg::product(op.getContext(), shape.drop_front(op.getAxis() + 1))};
  };
  mlir::Type type = typeOf(op.getInput()).getElementType();
  builder.callRuntime("segc_topk.h", fmt::format("segc::topK<{}>", cppElement(type)), {},
                      {builder.dense(op.getInput(), around(op.getInput())),
                       builder.dense(op.getValues(), around(op.getValues())),
                       builder.dense(op.getIndices(), around(op.getIndices())),
                       builder.literal(op.getLargest() ? "/*largest=*/true" : "/*largest=*/false")},
                      /*perImage=*/false);
  return success();
}

} // namespace segc
