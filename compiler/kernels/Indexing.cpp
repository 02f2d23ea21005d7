//===- Indexing.cpp - gathering and scattering by indices -------*- C++ -*-===//

#include "compiler/kernels/Indexing.h"

#include "compiler/kernels/Dense.h"
#include "compiler/kernels/Scalar.h"

#include <fmt/format.h>

using namespace Halide;

namespace segc {
namespace {

std::string nameOf(const IndexingSpec &spec, const std::string &stem) {
  std::string name = fmt::format("{}_axis{}_rank{}", stem, spec.axis, spec.rank);
  if (spec.indexed != 1U << spec.axis)
    name += fmt::format("_by{:x}", spec.indexed);
  if (spec.named > 1)
    name += fmt::format("_tuples{}", spec.named);
  return name + "_" + elementName(spec.type) + "_" + elementName(spec.indexType);
}

std::vector<Var> dimensionsOf(const IndexingSpec &spec) {
  std::vector<Var> vars;
  vars.reserve(spec.rank);
  for (int d = 0; d < spec.rank; ++d)
    vars.emplace_back(fmt::format("d{}", d));
  return vars;
}

/// The indices, and the places that they stand for.
struct Indices {
  explicit Indices(const IndexingSpec &spec)
      : spec(spec),
        param(denseInput(spec.indexType,
                         __builtin_popcount(spec.indexed) + (spec.named > 1 ? 1 : 0), "indices")) {
    for (int i = 0; spec.named > 1 && i < spec.named; ++i) {
      extents.emplace_back(fmt::format("extent{}", i));
      strides.emplace_back(fmt::format("stride{}", i));
    }
  }

  /// The place along the axis, of `extent`, that the index at `at` of the updates stands for.
  Expr place(const std::vector<Expr> &at, const Expr &extent) const {
    std::vector<Expr> index;
    for (int d = 0; d < spec.rank; ++d)
      if (spec.indexed >> d & 1)
        index.push_back(at[d]);
    if (spec.named == 1)
      return within(param(index), extent);
    Expr sum;
    for (int i = 0; i < spec.named; ++i) {
      std::vector<Expr> part = index;
      part.insert(part.begin(), i);
      Expr term = within(param(part), extents[i]) * strides[i];
      sum = sum.defined() ? sum + term : term;
    }
    // Known to Halide's bounds.
    return clamp(sum, 0, extent - 1);
  }

  void addArguments(std::vector<KernelArg> &args) const {
    for (size_t i = 0; i < extents.size(); ++i) {
      args.push_back(KernelArg::integer(extents[i], extents[i].name()));
      args.push_back(KernelArg::integer(strides[i], strides[i].name()));
    }
  }

  KernelArg argument() const { return KernelArg::view(param, "indices"); }

private:
  /// Clamped before anything is added, so that nothing overflows, and once more, because Halide's
  /// bounds of a narrowed value are those of its type.
  Expr within(const Expr &index, const Expr &extent) const {
    Expr wide = cast(spec.indexType, extent);
    Expr narrow = cast<int>(clamp(index, -wide, wide - 1));
    return clamp(select(narrow < 0, narrow + extent, narrow), 0, extent - 1);
  }

  const IndexingSpec &spec;
  ImageParam param;
  std::vector<Param<int>> extents, strides;
};

} // namespace

Algorithm gatherAlgorithm(const IndexingSpec &spec) {
  ImageParam input = denseInput(storageType(spec.type), spec.rank, "input");
  Indices indices(spec);
  std::vector<Var> vars = dimensionsOf(spec);
  std::vector<Expr> from(vars.begin(), vars.end());
  from[spec.axis] = indices.place(from, input.dim(spec.axis).extent());
  Func out("output");
  out(vars) = input(from);
  constrainDense(out);

  Algorithm algorithm;
  std::vector<KernelArg> args = {KernelArg::view(input, "input"), indices.argument()};
  indices.addArguments(args);
  args.push_back(KernelArg::output(out, "output"));
  algorithm.define(nameOf(spec, "gather"), out, args);
  return algorithm;
}

Algorithm scatterAlgorithm(const ScatterSpec &spec) {
  ImageParam input = denseInput(storageType(spec.type), spec.rank, "input");
  ImageParam updates = denseInput(storageType(spec.type), spec.rank, "updates");
  Indices indices(spec);
  std::vector<Var> vars = dimensionsOf(spec);
  Func out("output");
  out(vars) = input(std::vector<Expr>(vars.begin(), vars.end()));
  constrainDense(out);

  // Along the axis updates come one after the other. Along the other dimensions they do not meet;
  // but for a part, Halide must not take them to be as many as the result's elements.
  std::vector<Expr> at(vars.begin(), vars.end());
  Region ranges;
  for (int d = 0; d < spec.rank; ++d)
    if (spec.isPart || d == spec.axis)
      ranges.emplace_back(0, updates.dim(d).extent());
  RDom r(ranges, "r");
  for (int d = 0, next = 0; d < spec.rank; ++d)
    if (spec.isPart || d == spec.axis)
      at[d] = r[next++];
  std::vector<Expr> to = at;
  to[spec.axis] = indices.place(at, out.output_buffer().dim(spec.axis).extent());
  Expr update = updates(at);
  out(to) = spec.reduction
                ? lowerStore(spec.type, lowerBinary(*spec.reduction, lowerLoad(spec.type, out(to)),
                                                    lowerLoad(spec.type, update)))
                : update;

  Algorithm algorithm;
  std::vector<KernelArg> args = {KernelArg::view(input, "input"), indices.argument(),
                                 KernelArg::view(updates, "updates")};
  indices.addArguments(args);
  args.push_back(KernelArg::output(out, "output"));
  std::string stem =
      spec.reduction ? "scatter_" + seg::stringifyBinaryKind(*spec.reduction).str() : "scatter";
  algorithm.define(nameOf(spec, stem + (spec.isPart ? "_part" : "")), out, args);
  return algorithm;
}

} // namespace segc
