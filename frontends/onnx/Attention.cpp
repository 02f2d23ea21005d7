//===- Attention.cpp - Attention and RotaryEmbedding ----------------------===//
//
// Attention is softmax(scale Q K' + bias) V for each head. Query heads that share one head of
// keys are more rows of one product, so that keys and values are never repeated.
//
//===----------------------------------------------------------------------===//

#include "frontends/onnx/Operators.h"

#include <cmath>
#include <limits>

namespace segc::onnximport {

using llvm::ArrayRef;
using llvm::SmallVector;
using mlir::Value;
using seg::BinaryKind;
using seg::DimAttr;
using seg::UnaryKind;

namespace {

/// [B, S, heads * D] as [B, heads, S, D].
Value splitHeads(Node &node, Value input, int64_t heads) {
  if (!input)
    return {};
  SmallVector<DimAttr> s(shapeOf(input));
  DimAttr size = floorDiv(s[2], heads);
  if (!size || size * heads != s[2]) {
    node.error(fmt::format("{} features do not divide into {} heads", seg::toString(s[2]), heads));
    return {};
  }
  return node.transpose(node.reshape(input, {s[0], s[1], node.dim(heads), size}), {0, 2, 1, 3});
}

/// The inverse.
Value joinHeads(Node &node, Value input) {
  if (!input)
    return {};
  SmallVector<DimAttr> s(shapeOf(input));
  return node.reshape(node.transpose(input, {0, 2, 1, 3}), {s[0], s[2], s[1] * s[3]});
}

/// 0 where the condition holds, minus infinity elsewhere.
Value biasOf(Node &node, Value isSeen) {
  return node.select(isSeen, node.number(0.0f),
                     node.number(-std::numeric_limits<float>::infinity()));
}

/// Query i may look at key j where j <= i + past.
Value causalBias(Node &node, DimAttr queries, DimAttr keys, DimAttr past) {
  Value i = node.indices(queries, past), j = node.indices(keys, node.dim(0));
  return biasOf(node,
                node.binary(BinaryKind::LessOrEqual, j, node.reshape(i, {queries, node.dim(1)})));
}

/// What the mask adds to the scores of `keys` keys. Masks of truth values say what is seen.
Value maskBias(Node &node, int input, DimAttr keys) {
  Value mask = node.element(input) == Element::Bool ? biasOf(node, node.value(input))
                                                    : node.floatValue(input);
  if (!mask)
    return {};
  ArrayRef<DimAttr> shape = shapeOf(mask);
  if (shape.size() < 2 || shape.size() > 4) {
    node.shapeError(fmt::format("a mask of rank {} is not supported; 2 to 4 are", shape.size()));
    return {};
  }
  // A mask of fewer keys hides the others.
  DimAttr extent = shape.back();
  if (extent.isConstant(1) || extent == keys || !(extent.isConstant() && keys.isConstant()))
    return mask;
  return node.pad(mask, shape.size() - 1, node.dim(0), keys - extent,
                  -std::numeric_limits<float>::infinity());
}

void importAttention(Node &node) {
  if (!node.checkInputs(3, 7))
    return;
  int64_t queryHeads = node.integer("q_num_heads", 0), keyHeads = node.integer("kv_num_heads", 0);
  float softcap = node.real("softcap", 0.0f);
  int64_t outputMode = node.integer("qk_matmul_output_mode", 0);
  bool isCausal = node.integer("is_causal", 0) != 0;
  int64_t rank = node.rank(0);
  if (rank != node.rank(1) || rank != node.rank(2) || (rank != 3 && rank != 4))
    return node.error(fmt::format("queries of rank {}, keys of rank {} and values of rank {}: all "
                                  "must have rank 3 or 4",
                                  rank, node.rank(1), node.rank(2)));
  if (rank == 3 && (queryHeads < 1 || keyHeads < 1))
    return node.error("the numbers of heads are missing");
  if (node.hasInput(4) != node.hasInput(5))
    return node.error("past keys and past values are given one without the other");
  if (node.hasInput(6))
    return node.error("lengths of keys and values (nonpad_kv_seqlen) are not supported");
  Value query = node.value(0), key = node.value(1), value = node.value(2);
  if (rank == 3) {
    query = splitHeads(node, query, queryHeads);
    key = splitHeads(node, key, keyHeads);
    value = splitHeads(node, value, keyHeads);
  }
  DimAttr past = node.dim(0);
  if (node.hasInput(4)) {
    if (node.rank(4) != 4 || node.rank(5) != 4)
      return node.error("past keys and values must have rank 4");
    past = node.shape(4)[2];
    key = node.concat({node.value(4), key}, 2);
    value = node.concat({node.value(5), value}, 2);
  }
  if (node.failed())
    return;
  node.set(1, key);
  node.set(2, value);
  SmallVector<DimAttr> q(shapeOf(query)), k(shapeOf(key)), v(shapeOf(value));
  if (!q[1].isConstant() || !k[1].isConstant() || q[1].getValue() % k[1].getValue() != 0)
    return node.error("the heads of the queries are not a multiple of those of the keys");
  if (!q[3].isConstant() && !node.hasAttribute("scale"))
    return node.error("the number of features of a head is not fixed");
  float scale = node.hasAttribute("scale")
                    ? node.real("scale", 1.0f)
                    : static_cast<float>(1 / std::sqrt(static_cast<double>(q[3].getValue())));

  // Rows of all query heads that share a head of keys stand in one matrix.
  DimAttr shared = floorDiv(q[1], k[1]), rows = q[2] * shared;
  SmallVector<DimAttr> all{q[0], q[1], q[2], k[2]};
  Value scaled = node.binary(BinaryKind::Mul, query, node.number(scale));
  Value scores = node.matmul(node.reshape(scaled, {q[0], k[1], rows, q[3]}),
                             node.transpose(key, {0, 1, 3, 2}));
  scores = node.reshape(scores, all);
  if (outputMode == 0)
    node.set(3, scores);
  if (softcap > 0)
    scores = node.binary(
        BinaryKind::Mul,
        node.unary(UnaryKind::Tanh, node.binary(BinaryKind::Div, scores, node.number(softcap))),
        node.number(softcap));
  if (outputMode == 1)
    node.set(3, scores);
  if (node.hasInput(3))
    scores = node.binary(BinaryKind::Add, scores, maskBias(node, 3, k[2]));
  if (isCausal)
    scores = node.binary(BinaryKind::Add, scores, causalBias(node, q[2], k[2], past));
  if (outputMode == 2)
    node.set(3, scores);
  Value shares = node.create<seg::SoftmaxOp>({scores}, {node.integerAttribute("axis", 3)});
  if (outputMode == 3)
    node.set(3, shares);
  Value result = node.matmul(node.reshape(shares, {q[0], k[1], rows, k[2]}), value);
  result = node.reshape(result, {q[0], q[1], q[2], v[3]});
  node.set(0, rank == 3 ? joinHeads(node, result) : result);
}

/// What ONNX Runtime's operators compute of queries, keys and values of rank 3, all of the same
/// number of heads. Input `added` is added to the scores, if it is there.
void attend(Node &node, SmallVector<Value> parts, int64_t heads, int added) {
  for (Value &part : parts)
    part = splitHeads(node, part, heads);
  if (node.failed())
    return;
  DimAttr size = shapeOf(parts[0])[3];
  float scale = node.real("scale", 0.0f);
  if (scale == 0 && !size.isConstant())
    return node.error("the number of features of a head is not fixed");
  if (scale == 0)
    scale = static_cast<float>(1 / std::sqrt(static_cast<double>(size.getValue())));
  Value scores = node.matmul(node.binary(BinaryKind::Mul, parts[0], node.number(scale)),
                             node.transpose(parts[1], {0, 1, 3, 2}));
  if (node.hasInput(added))
    scores = node.binary(BinaryKind::Add, scores, node.value(added));
  if (node.integer("unidirectional", 0) != 0 && scores)
    scores = node.binary(BinaryKind::Add, scores,
                         causalBias(node, shapeOf(scores)[2], shapeOf(scores)[3], node.dim(0)));
  Value shares = node.create<seg::SoftmaxOp>({scores}, {node.integerAttribute("axis", 3)});
  node.set(0, joinHeads(node, node.matmul(shares, parts[2])));
}

/// ONNX Runtime's operator: the weights of queries, keys and values stand side by side.
void importPackedAttention(Node &node) {
  if (!node.checkInputs(2, 7))
    return;
  int64_t heads = node.integer("num_heads", 0);
  if (heads < 1)
    return node.error("the number of heads is missing");
  for (int i : {3, 4, 6})
    if (node.hasInput(i))
      return node.error(fmt::format("input {} is not supported; weights, biases and what is added "
                                    "to the scores are",
                                    i));
  if (node.integer("do_rotary", 0) != 0)
    return node.error("do_rotary is not supported");
  if (node.rank(0) != 3 || node.rank(1) != 2 || !node.shape(1)[1].isConstant())
    return node.shapeError(fmt::format("an input of rank {} and weights of rank {} are not "
                                       "supported; 3 and 2 are",
                                       node.rank(0), node.rank(1)));
  const int64_t all = node.shape(1)[1].getValue();
  SmallVector<int64_t> sizes =
      node.integers("qkv_hidden_sizes").value_or(SmallVector<int64_t>(3, all / 3));
  int64_t left = all;
  for (int64_t size : sizes)
    left = size < 1 || size > left ? -1 : left - size;
  if (sizes.size() != 3 || left != 0)
    return node.error(
        fmt::format("{} columns of weights are not those of queries, keys and values", all));
  Value product = node.matmul(node.value(0), node.value(1));
  if (node.hasInput(2))
    product = node.binary(BinaryKind::Add, product, node.value(2));
  if (!product)
    return;
  SmallVector<DimAttr> shape(shapeOf(product));
  SmallVector<Value> parts;
  DimAttr zero = node.dim(0);
  int64_t start = 0;
  for (int64_t size : sizes) {
    parts.push_back(node.slice(product, {zero, zero, node.dim(start)},
                               {shape[0], shape[1], node.dim(size)}, {1, 1, 1}));
    start += size;
  }
  attend(node, parts, heads, 5);
}

/// ONNX Runtime's operator: queries, keys and values of rank 3, one number of heads, a bias.
void importMultiHeadAttention(Node &node) {
  if (!node.checkInputs(3, 10))
    return;
  int64_t heads = node.integer("num_heads", 0);
  if (heads < 1)
    return node.error("the number of heads is missing");
  for (int i : {4, 6, 7, 8, 9})
    if (node.hasInput(i))
      return node.error(fmt::format("input {} is not supported; queries, keys, values, biases and "
                                    "what is added to the scores are",
                                    i));
  for (int i : {0, 1, 2})
    if (node.rank(i) != 3)
      return node.error(fmt::format("input {} has rank {}; 3 is supported", i, node.rank(i)));
  SmallVector<Value> parts{node.value(0), node.value(1), node.value(2)};
  if (node.hasInput(3)) {
    // The biases of all three, one after the other.
    Value bias = node.value(3);
    DimAttr start = node.dim(0);
    for (int i : {0, 1, 2}) {
      DimAttr size = node.shape(i)[2];
      Value own = node.slice(bias, {start}, {size}, {1});
      parts[i] = node.binary(BinaryKind::Add, parts[i], own);
      start = start + size;
    }
  }
  attend(node, parts, heads, 5);
}

/// Turns pairs of features (x1, x2) by angles whose cosines and sines are given.
void importRotaryEmbedding(Node &node) {
  if (!node.checkInputs(3, 4))
    return;
  int64_t rank = node.rank(0), heads = node.integer("num_heads", 0);
  bool isInterleaved = node.integer("interleaved", 0) != 0;
  if (rank != 3 && rank != 4)
    return node.error(fmt::format("an input of rank {} is not supported; 3 and 4 are", rank));
  if (rank == 3 && heads < 1)
    return node.error("the number of heads is missing");
  Value input = node.value(0);
  if (rank == 3)
    input = splitHeads(node, input, heads);
  if (!input)
    return;
  // [batch, heads, sequence, features]
  SmallVector<DimAttr> s(shapeOf(input));
  int64_t turned = node.integer("rotary_embedding_dim", 0);
  if (!s[3].isConstant())
    return node.error("the number of features of a head is not fixed");
  if (turned == 0)
    turned = s[3].getValue();
  if (turned < 2 || turned % 2 != 0 || turned > s[3].getValue())
    return node.error(
        fmt::format("{} features of {} cannot be turned in pairs", turned, s[3].getValue()));
  DimAttr half = node.dim(turned / 2), zero = node.dim(0);
  auto angles = [&](int i) -> Value {
    Value cache = node.value(i);
    if (!cache)
      return {};
    if (node.hasInput(3)) {
      if (node.rank(i) != 2 || node.rank(3) != 2) {
        node.error("positions and caches must have rank 2");
        return {};
      }
      std::optional<SmallVector<int64_t>> positions = node.requireIntegers(3, "the positions");
      std::optional<ConstantTensor> table = node.constant(i);
      if (!node.failed() && !table)
        node.error("caches that the network computes are not supported with positions");
      if (node.failed())
        return {};
      int64_t rows = table->shape[0], columns = table->shape[1];
      std::vector<float> values;
      for (int64_t position : *positions) {
        if (position < -rows || position >= rows) {
          node.error(fmt::format("position {} is outside a cache of {}", position, rows));
          return {};
        }
        ArrayRef<float> row =
            table->as<float>().slice((position + (position < 0 ? rows : 0)) * columns, columns);
        values.insert(values.end(), row.begin(), row.end());
      }
      SmallVector<int64_t> shape;
      for (DimAttr dim : node.shape(3))
        shape.push_back(dim.getValue());
      shape.push_back(columns);
      cache = node.constant(floatTensor(shape, values), node.inputName(i));
    }
    if (!cache || shapeOf(cache).size() != 3) {
      node.error(fmt::format("input {} does not hold an angle for each place and pair", i));
      return {};
    }
    ArrayRef<DimAttr> c = shapeOf(cache);
    return node.reshape(cache, {c[0], node.dim(1), c[1], c[2]});
  };
  Value cosine = angles(1), sine = angles(2);
  auto part = [&](DimAttr start, DimAttr size, int64_t step) {
    return node.slice(input, {zero, zero, zero, start}, {s[0], s[1], s[2], size}, {1, 1, 1, step});
  };
  Value first = part(zero, half, isInterleaved ? 2 : 1);
  Value second = isInterleaved ? part(node.dim(1), half, 2) : part(half, half, 1);
  auto times = [&](Value a, Value b) { return node.binary(BinaryKind::Mul, a, b); };
  Value real = node.binary(BinaryKind::Sub, times(cosine, first), times(sine, second));
  Value imaginary = node.binary(BinaryKind::Add, times(sine, first), times(cosine, second));
  if (node.failed())
    return;
  Value result;
  if (isInterleaved) {
    SmallVector<DimAttr> pair{s[0], s[1], s[2], half, node.dim(1)};
    result = node.concat({node.reshape(real, pair), node.reshape(imaginary, pair)}, 4);
    result = node.reshape(result, {s[0], s[1], s[2], node.dim(turned)});
  } else {
    result = node.concat({real, imaginary}, 3);
  }
  if (turned != s[3].getValue())
    result = node.concat({result, part(node.dim(turned), s[3] - turned, 1)}, 3);
  node.set(0, rank == 3 ? joinHeads(node, result) : result);
}

} // namespace

void registerAttention(OperatorTable &table) {
  table.import["Attention"] = importAttention;
  table.import["com.microsoft::Attention"] = importPackedAttention;
  table.import["com.microsoft::MultiHeadAttention"] = importMultiHeadAttention;
  table.import["RotaryEmbedding"] = importRotaryEmbedding;
}

} // namespace segc::onnximport
