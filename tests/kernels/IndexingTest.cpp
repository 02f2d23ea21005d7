// Gathers and scatters against loops over coordinates: rows and single elements, tuples of
// indices, batches, indices from the end and far outside, and several updates of one place.

#include "schedules/cpu/Indexing.h"
#include "tests/kernels/KernelRunner.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <random>

namespace segc {
namespace {

using test::denseView;
using test::KernelRunner;
using test::KernelValue;

CpuTarget cpu() { return *CpuTarget::fromArch("x86-64-v4"); }

using Extents = std::vector<int>;

int countOf(const Extents &extents) {
  return std::accumulate(extents.begin(), extents.end(), 1, std::multiplies<>());
}

/// Calls visit(index, place) for each element, innermost dimension first.
template <typename Visit> void forEach(const Extents &extents, Visit visit) {
  for (int i = 0; i < countOf(extents); ++i) {
    Extents at;
    int rest = i;
    for (int extent : extents) {
      at.push_back(rest % extent);
      rest /= extent;
    }
    visit(at, i);
  }
}

int placeIn(const Extents &at, const Extents &extents) {
  int place = 0;
  for (size_t d = extents.size(); d-- > 0;)
    place = place * extents[d] + at[d];
  return place;
}

/// Extents of the indices, and what they say about elements of a tensor.
template <typename Index> struct TestIndices {
  IndexingSpec spec;
  Extents namedExtents;
  Extents extents;
  std::vector<Index> values;

  /// `elements` are the extents of what the indices go along.
  TestIndices(const IndexingSpec &spec, const Extents &elements, const Extents &named)
      : spec(spec), namedExtents(named) {
    if (spec.named > 1)
      extents.push_back(spec.named);
    for (int d = 0; d < spec.rank; ++d)
      if (spec.indexed >> d & 1)
        extents.push_back(elements[d]);
    std::mt19937 generator(3);
    const int most = *std::max_element(named.begin(), named.end());
    for (int i = 0; i < countOf(extents); ++i) {
      const int kind = static_cast<int>(generator() % 16);
      values.push_back(kind == 0   ? std::numeric_limits<Index>::min()
                       : kind == 1 ? std::numeric_limits<Index>::max()
                                   : static_cast<int>(generator() % (3U * most)) - 3 * most / 2);
    }
  }

  int place(const Extents &at) const {
    Extents where;
    if (spec.named > 1)
      where.push_back(0);
    for (int d = 0; d < spec.rank; ++d)
      if (spec.indexed >> d & 1)
        where.push_back(at[d]);
    int place = 0;
    for (int i = 0; i < spec.named; ++i) {
      if (spec.named > 1)
        where[0] = i;
      const int64_t index = values[placeIn(where, extents)], extent = namedExtents[i];
      const int64_t inside = std::clamp<int64_t>(index < 0 ? index + extent : index, 0, extent - 1);
      place = static_cast<int>(place * extent + inside);
    }
    return place;
  }

  void addTuple(std::vector<KernelValue> &arguments) const {
    for (size_t i = 0; spec.named > 1 && i < namedExtents.size(); ++i) {
      arguments.emplace_back(namedExtents[i]);
      arguments.emplace_back(std::accumulate(namedExtents.begin() + static_cast<ptrdiff_t>(i) + 1,
                                             namedExtents.end(), 1, std::multiplies<>()));
    }
  }
};

/// The input's extent along the axis is the product of `named`.
template <typename T, typename Index>
void checkGather(IndexingSpec spec, Extents input, const Extents &output, const Extents &named) {
  spec.type = Halide::type_of<T>();
  spec.indexType = Halide::type_of<Index>();
  spec.rank = static_cast<int>(input.size());
  spec.named = static_cast<int>(named.size());
  ASSERT_EQ(input[spec.axis], countOf(named));
  TestIndices<Index> indices(spec, output, named);
  std::vector<T> data(countOf(input)), result(countOf(output) + 1, T(99));
  std::iota(data.begin(), data.end(), T(1));
  std::vector<KernelValue> arguments{denseView(data.data(), input),
                                     denseView(indices.values.data(), indices.extents)};
  indices.addTuple(arguments);
  arguments.emplace_back(denseView(result.data(), output));
  KernelRunner(buildGather(spec, cpu()))(arguments);
  forEach(output, [&](Extents at, int i) {
    at[spec.axis] = indices.place(at);
    ASSERT_EQ(result[i], data[placeIn(at, input)]) << i;
  });
  EXPECT_EQ(result.back(), T(99));
}

TEST(Gather, Rows) {
  IndexingSpec spec;
  spec.axis = 1;
  spec.indexed = 0b010;
  checkGather<float, int64_t>(spec, {37, 5, 3}, {37, 9, 3}, {5});
  checkGather<float, int64_t>(spec, {3, 1, 1}, {3, 40, 1}, {1});
  checkGather<uint8_t, int32_t>(spec, {70, 5, 3}, {70, 4, 3}, {5});
}

TEST(Gather, SingleElements) {
  IndexingSpec spec;
  checkGather<float, int64_t>(spec, {50}, {5000}, {50});
  spec.indexed = 0b11;
  // Not of fewer bits: for those the JIT of Halide 14 takes instructions that the target lacks.
  checkGather<int32_t, int64_t>(spec, {50, 3}, {41, 3}, {50});
  spec.axis = 1;
  spec.indexed = 0b111;
  checkGather<float, int32_t>(spec, {19, 5, 3}, {19, 7, 3}, {5});
  // Fewer than the input has along the other dimensions.
  checkGather<float, int64_t>(spec, {19, 5, 3}, {4, 7, 2}, {5});
}

TEST(Gather, Tuples) {
  IndexingSpec spec;
  spec.axis = 1;
  spec.indexed = 0b110;
  checkGather<float, int64_t>(spec, {19, 15, 2}, {19, 7, 2}, {3, 5});
  spec.axis = 0;
  spec.indexed = 0b1;
  checkGather<int64_t, int32_t>(spec, {60}, {33}, {3, 5, 4});
}

template <typename T> T combined(std::optional<seg::BinaryKind> kind, T old, T update) {
  if (!kind)
    return update;
  switch (*kind) {
  case seg::BinaryKind::Add:
    return T(old + update);
  case seg::BinaryKind::Mul:
    return T(old * update);
  case seg::BinaryKind::Max:
    return std::max(old, update);
  default:
    return std::min(old, update);
  }
}

template <typename T, typename Index>
void checkScatter(ScatterSpec spec, const Extents &input, const Extents &updates,
                  const Extents &named) {
  spec.type = Halide::type_of<T>();
  spec.indexType = Halide::type_of<Index>();
  spec.rank = static_cast<int>(input.size());
  spec.named = static_cast<int>(named.size());
  ASSERT_EQ(input[spec.axis], countOf(named));
  TestIndices<Index> indices(spec, updates, named);
  std::vector<T> data(countOf(input)), changes(countOf(updates)), result(data.size() + 1, T(99));
  std::iota(data.begin(), data.end(), T(1));
  // Powers of two: products stay exact.
  for (size_t i = 0; i < changes.size(); ++i)
    changes[i] = spec.reduction == seg::BinaryKind::Mul ? T(1 << i % 2) : T(i % 61);
  std::vector<KernelValue> arguments{denseView(data.data(), input),
                                     denseView(indices.values.data(), indices.extents),
                                     denseView(changes.data(), updates)};
  indices.addTuple(arguments);
  arguments.emplace_back(denseView(result.data(), input));
  KernelRunner(buildScatter(spec, cpu()))(arguments);
  std::vector<T> expected = data;
  forEach(updates, [&](Extents at, int i) {
    at[spec.axis] = indices.place(at);
    T &place = expected[placeIn(at, input)];
    place = combined(spec.reduction, place, changes[i]);
  });
  EXPECT_EQ(result.back(), T(99));
  result.pop_back();
  EXPECT_EQ(result, expected);
}

TEST(Scatter, Rows) {
  ScatterSpec spec;
  spec.axis = 1;
  spec.indexed = 0b10;
  checkScatter<float, int64_t>(spec, {300, 5}, {300, 9}, {5});
  checkScatter<int8_t, int64_t>(spec, {3, 6}, {3, 2}, {2, 3});
  spec.reduction = seg::BinaryKind::Add;
  checkScatter<float, int32_t>(spec, {37, 5}, {37, 9}, {5});
  spec.reduction = seg::BinaryKind::Mul;
  checkScatter<int32_t, int64_t>(spec, {37, 6}, {37, 9}, {2, 3});
}

TEST(Scatter, SingleElements) {
  ScatterSpec spec;
  checkScatter<float, int64_t>(spec, {50}, {90}, {50});
  spec.reduction = seg::BinaryKind::Max;
  spec.indexed = 0b11;
  checkScatter<float, int64_t>(spec, {5, 40}, {9, 40}, {5});
  spec.reduction = {};
  spec.axis = 1;
  spec.indexed = 0b111;
  checkScatter<float, int32_t>(spec, {19, 5, 3}, {19, 9, 3}, {5});
  spec.reduction = seg::BinaryKind::Min;
  checkScatter<uint32_t, int64_t>(spec, {19, 5, 3}, {19, 9, 3}, {5});
}

TEST(Scatter, PartOfTheElements) {
  ScatterSpec spec;
  spec.isPart = true;
  spec.axis = 1;
  spec.indexed = 0b111;
  checkScatter<float, int64_t>(spec, {19, 5, 3}, {4, 9, 2}, {5});
  spec.reduction = seg::BinaryKind::Add;
  spec.axis = 0;
  spec.indexed = 0b11;
  checkScatter<int64_t, int64_t>(spec, {19, 5}, {30, 4}, {19});
}

} // namespace
} // namespace segc
