//===- LowerResize.cpp - seg.resize and seg.convert_layout ------*- C++ -*-===//

#include "compiler/lowering/ProgramBuilder.h"
#include "schedules/cpu/Layout.h"
#include "schedules/cpu/Resize.h"
#include "schedules/cuda/Plain.h"

#include <fmt/format.h>

using namespace mlir;

namespace segc {

using mlir::Value;

using seg::DimAttr;
using seg::TensorType;

static int blockOf(TensorType type) {
  return type.getLayout() ? static_cast<int>(type.getLayout().getBlock()) : 1;
}

namespace {

/// The tables of one dimension: index, and weight unless nearest.
struct Tables {
  DenseBinding index;
  std::optional<DenseBinding> weight;
};

} // namespace

/// Adds the call that computes the tables of height (axis 0) or width (axis 1).
static Tables tables(seg::ResizeOp op, const ResizeTableSpec &spec, unsigned axis,
                     ProgramBuilder &builder) {
  std::string key = fmt::format("resize_table{},{},{},{},{}", int(spec.mode), int(spec.coordinates),
                                int(spec.nearest), spec.cubicCoeffA, spec.excludeOutside);
  int kernel =
      builder.kernel(key, [&](const auto &target) { return buildResizeTable(spec, target); });
  DimAttr in = typeOf(op.getInput()).getDim(2 + axis),
          out = typeOf(op.getOutput()).getDim(2 + axis);
  auto *context = op.getContext();
  SmallVector<DimAttr> shape{DimAttr::constant(context, resizeTaps(spec.mode)), out};
  const char *purpose = axis ? "columns" : "rows";

  Tables result{builder.scratch(TensorType::get(context, shape, IntegerType::get(context, 32)),
                                std::string(purpose) + "_index"),
                std::nullopt};
  std::vector<Binding> arguments{builder.integer(in), builder.integer(out)};
  if (spec.usesScale() && op.getScales()) {
    const ResizeScale scale = ResizeScale::of((*op.getScales())[axis]);
    arguments.push_back(builder.integer(scale.numerator));
    arguments.push_back(builder.integer(scale.denominator));
  } else if (spec.usesScale()) {
    arguments.push_back(builder.integer(out));
    arguments.push_back(builder.integer(in));
  }
  if (spec.extrapolates()) {
    arguments.push_back(builder.real((*op.getRoi())[axis]));
    arguments.push_back(builder.real((*op.getRoi())[2 + axis]));
  }
  arguments.push_back(result.index);
  if (spec.mode != seg::ResizeMode::Nearest) {
    result.weight = builder.scratch(TensorType::get(context, shape, Float32Type::get(context)),
                                    std::string(purpose) + "_weight");
    arguments.push_back(*result.weight);
  }
  builder.call(kernel, std::move(arguments), /*perImage=*/false);
  return result;
}

LogicalResult lowerResize(seg::ResizeOp op, ProgramBuilder &builder) {
  ResizeTableSpec table;
  table.mode = op.getMode();
  table.coordinates = op.getCoordinates();
  table.nearest = op.getNearest();
  table.cubicCoeffA = op.getCubicCoeffA().convertToFloat();
  table.excludeOutside = op.getExcludeOutside();
  Tables rows = tables(op, table, 0, builder), columns = tables(op, table, 1, builder);

  ResizeSpec spec;
  spec.mode = op.getMode();
  spec.channels = static_cast<int>(typeOf(op.getInput()).getDim(1).getValue());
  spec.inputBlock = blockOf(typeOf(op.getInput()));
  spec.outputBlock = blockOf(typeOf(op.getOutput()));
  spec.extrapolates = table.extrapolates();
  spec.extrapolation = op.getExtrapolation().convertToFloat();
  std::string key =
      fmt::format("resize{},{},{},{},{},{}", int(spec.mode), spec.channels, spec.inputBlock,
                  spec.outputBlock, spec.extrapolates, spec.extrapolation);
  int kernel = builder.kernel(key, [&](const auto &target) { return buildResize(spec, target); });
  std::vector<Binding> arguments{builder.readEither(op.getInput()), columns.index};
  if (columns.weight)
    arguments.push_back(*columns.weight);
  arguments.push_back(rows.index);
  if (rows.weight)
    arguments.push_back(*rows.weight);
  arguments.push_back(isChannelsLast(typeOf(op.getOutput()))
                          ? Binding(builder.denseMap(op.getOutput()))
                          : builder.writeEither(op.getOutput()));
  builder.call(kernel, std::move(arguments));
  return success();
}

LogicalResult lowerConvertLayout(seg::ConvertLayoutOp op, ProgramBuilder &builder) {
  TensorType from = typeOf(op.getInput()), to = typeOf(op.getOutput());
  LayoutSpec spec;
  spec.type = halideType(from.getElementType());
  spec.channels = static_cast<int>(from.getDim(1).getValue());
  spec.fromBlock = blockOf(from);
  spec.toBlock = blockOf(to);
  std::string key = fmt::format("layout{},{},{},{},{}", spec.type.is_float(), spec.type.bits(),
                                spec.channels, spec.fromBlock, spec.toBlock);
  int kernel = builder.kernel(key, [&](const auto &target) { return buildLayout(spec, target); });
  builder.call(kernel, {builder.readEither(op.getInput()), builder.writeEither(op.getOutput())});
  return success();
}

} // namespace segc
