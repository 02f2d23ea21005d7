//===- Multiply.h - matrix products of the runtime, beside plain loops -*- C++ -*-===//
//
// Operands are integers, and few enough of them, that all sums are exact and equal to those of
// loops in double precision. Integers of 13 bits are more than tensor cores hold: they are rounded
// first, which must be seen. Behind each row and each matrix lie numbers that are NaN.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_TESTS_RUNTIME_CUDA_MULTIPLY_H
#define SEGC_TESTS_RUNTIME_CUDA_MULTIPLY_H

#include "DeviceArray.h"
#include "Seed.h"
#include "Tiles.h"
#include "segc_cuda_matmul.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <type_traits>
#include <vector>

/// How a type of numbers cuts off what it has no bits for.
template <typename Numbers> double roundedTo(double number) {
  // Powers of two apart, so that the last bit counts one.
  const auto scaled = [&](int bits, auto round) {
    if (number == 0 || !std::isfinite(number))
      return number;
    const double unit = std::ldexp(1.0, std::ilogb(number) - bits + 1);
    return round(number / unit) * unit;
  };
  const auto toEven = [](double x) { return std::nearbyint(x); };
  if (std::is_same_v<Numbers, segc::Tf32Numbers>)
    return scaled(11, [](double x) { return std::round(x); });
  if (std::is_same_v<Numbers, segc::HalfNumbers>)
    return scaled(11, toEven);
  if (std::is_same_v<Numbers, segc::BFloat16Numbers>)
    return scaled(8, toEven);
  return number;
}

/// What is multiplied, and the largest numbers of either side.
struct Product {
  int rows, columns, summed, matrices = 1;
  bool isLeftShared = false, isRightShared = false; ///< by all matrices
  int largestLeft = 15, largestRight = 15;
  bool hasNaN = false; ///< and an infinity
};

/// Rows of numbers with NaN behind each, and behind them all.
class Matrices {
public:
  Matrices(int rows, int columns, int matrices, int largest, std::mt19937 &random)
      : pitch(columns + 3), stride(rows * pitch + 5),
        numbers(static_cast<size_t>(matrices * stride), std::numeric_limits<float>::quiet_NaN()) {
    for (int matrix = 0; matrix < matrices; ++matrix)
      for (int row = 0; row < rows; ++row)
        for (int column = 0; column < columns; ++column)
          at(matrix, row, column) =
              static_cast<float>(static_cast<int>(random() % (2 * largest + 1)) - largest);
    // The last number is the last that may be read.
    numbers.resize(numbers.size() - 8);
  }
  float &at(int matrix, int row, int column) {
    return numbers[static_cast<size_t>(matrix * stride + row * pitch + column)];
  }
  const int pitch, stride;
  std::vector<float> numbers;
};

struct StoreSum {
  float *output;
  int *counts;
  int columns, rows;
  __device__ void operator()(int column, int row, int matrix, float sum) const {
    const int place = (matrix * rows + row) * columns + column;
    output[place] = sum;
    ++counts[place];
  }
};

/// Multiplies on the emulation: all sums are right, and each is finished once. Numbers are those
/// that Sums multiplies, or float.
template <typename Tile, template <typename> class Sums, typename Numbers>
void multiply(const Product &p, int seed) {
  SCOPED_TRACE(testing::Message() << p.matrices << " times " << p.rows << "x" << p.summed << " by "
                                  << p.summed << "x" << p.columns << ", tile " << Tile::rows << "x"
                                  << Tile::columns << ", seed " << seed);
  const Seed order(seed);
  std::mt19937 random(static_cast<unsigned>(seed));
  Matrices left(p.rows, p.summed, p.isLeftShared ? 1 : p.matrices, p.largestLeft, random);
  Matrices right(p.summed, p.columns, p.isRightShared ? 1 : p.matrices, p.largestRight, random);
  if (p.hasNaN) {
    left.at(0, 0, 0) = segc::floatOf(0x7fffffffu);
    right.at(0, p.summed - 1, p.columns - 1) = -std::numeric_limits<float>::infinity();
  }
  const DeviceArray<float> lefts(left.numbers), rights(right.numbers);
  const size_t outputs = static_cast<size_t>(p.rows) * p.columns * p.matrices;
  const DeviceArray<float> output(std::vector<float>(outputs, -1e9f));
  const DeviceArray<int> counts(std::vector<int>(outputs, 0));
  const segc::View lhs = {lefts.data(),
                          {},
                          {p.summed, p.rows, p.matrices, 1, 1, 1},
                          {1, left.pitch, p.isLeftShared ? 0 : left.stride}};
  const segc::View rhs = {rights.data(),
                          {},
                          {p.columns, p.summed, p.matrices, 1, 1, 1},
                          {1, right.pitch, p.isRightShared ? 0 : right.stride}};
  const segc::View result = {output.data(), {}, {p.columns, p.rows, p.matrices, 1, 1, 1}, {}};
  const StoreSum finish = {output.data(), counts.data(), p.columns, p.rows};
  ASSERT_EQ((segc::matmul<Tile, Sums>(nullptr, lhs, rhs, result, finish)), SEGC_OK);

  const std::vector<float> found = output.contents();
  const std::vector<int> foundCounts = counts.contents();
  for (size_t place = 0; place < outputs; ++place) {
    const int column = static_cast<int>(place) % p.columns;
    const int row = static_cast<int>(place) / p.columns % p.rows;
    const int matrix = static_cast<int>(place) / p.columns / p.rows;
    double expected = 0;
    for (int k = 0; k < p.summed; ++k)
      expected += roundedTo<Numbers>(left.at(p.isLeftShared ? 0 : matrix, row, k)) *
                  roundedTo<Numbers>(right.at(p.isRightShared ? 0 : matrix, k, column));
    ASSERT_EQ(foundCounts[place], 1)
        << "times that (" << row << ", " << column << ") of matrix " << matrix << " was finished";
    ASSERT_TRUE(static_cast<double>(found[place]) == expected ||
                (std::isnan(found[place]) && std::isnan(expected)))
        << found[place] << " and not " << expected << " in (" << row << ", " << column
        << ") of matrix " << matrix;
  }
}

/// The same on each of the tiles, with some orders of blocks, warps and lanes.
template <template <typename> class Sums, typename Numbers, typename... Tiles>
void multiplyOn(TileList<Tiles...>, const Product &product, int seeds = 3) {
  for (int seed = 0; seed < seeds; ++seed) {
    (multiply<Tiles, Sums, Numbers>(product, seed), ...);
    if (testing::Test::HasFailure())
      return;
  }
}

#endif // SEGC_TESTS_RUNTIME_CUDA_MULTIPLY_H
