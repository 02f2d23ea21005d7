//===- LayerTable.cpp - what every layer of a network costs -----*- C++ -*-===//
//
// The receptive field follows from two numbers a value and direction: its size, and how many
// pixels of the input lie between two neighbouring elements (the jump). A window of k taps
// with dilation d over elements of jump j adds (k - 1) d j; a stride multiplies the jump, and
// enlarging divides it.
//
//===----------------------------------------------------------------------===//

#include "compiler/commands/LayerTable.h"
#include "compiler/dialect/Dim.h"
#include "compiler/dialect/DimText.h"
#include "compiler/dialect/Seg.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/TypeSwitch.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace mlir;

namespace segc {

namespace {

constexpr double kEverything = std::numeric_limits<double>::infinity();

/// One direction of a receptive field.
struct Field {
  double size = 1;
  double jump = 1;
};

using Fields = std::array<Field, 2>; // vertical, horizontal

class TableMaker {
public:
  TableMaker(func::FuncOp function, const llvm::StringMap<int64_t> &symbols)
      : function(function), symbols(symbols) {}

  LayerTable make() {
    for (BlockArgument argument : function.getArguments())
      fields[argument] = Fields();
    for (Operation &op : function.getBody().front())
      if (!isa<seg::ConstantOp, func::ReturnOp>(op))
        add(op);
    for (const Layer &layer : table.layers)
      table.macs += layer.macs;
    return std::move(table);
  }

private:
  std::vector<int64_t> extents(Value value) const {
    std::vector<int64_t> result;
    for (seg::DimAttr dim : cast<seg::TensorType>(value.getType()).getShape())
      result.push_back(seg::evaluate(dim, symbols).value_or(0));
    return result;
  }

  int64_t elements(Value value) const {
    int64_t count = 1;
    for (int64_t extent : extents(value))
      count *= extent;
    return count;
  }

  int64_t bytes(Value value) const {
    Type element = cast<seg::TensorType>(value.getType()).getElementType();
    return elements(value) * std::max<int64_t>(1, element.getIntOrFloatBitWidth() / 8);
  }

  void add(Operation &op) {
    Layer layer;
    layer.node = seg::nodeName(op.getLoc());
    layer.op = seg::nodeOperator(op.getLoc());
    if (layer.op.empty())
      layer.op = op.getName().stripDialect().str();
    auto type = cast<seg::TensorType>(op.getResult(0).getType());
    for (seg::DimAttr dim : type.getShape())
      layer.shape += (layer.shape.empty() ? "" : " x ") + seg::shortText(dim);
    llvm::raw_string_ostream(layer.type) << type.getElementType();

    for (Value operand : op.getOperands()) {
      layer.bytes += bytes(operand);
      if (auto constant = operand.getDefiningOp<seg::ConstantOp>()) {
        layer.parameters += elements(operand);
        if (counted.insert(constant).second) {
          table.parameters += elements(operand);
          table.parameterBytes += bytes(operand);
        }
      }
    }
    for (Value result : op.getResults())
      layer.outputBytes += bytes(result);
    layer.bytes += layer.outputBytes;
    layer.macs = macs(op);

    Fields field = fieldOf(op);
    for (Value result : op.getResults())
      fields[result] = field;
    layer.fieldHeight = pixels(field[0]);
    layer.fieldWidth = pixels(field[1]);
    table.layers.push_back(std::move(layer));
  }

  static int64_t pixels(const Field &field) {
    return std::isinf(field.size) ? -1 : static_cast<int64_t>(std::ceil(field.size));
  }

  int64_t macs(Operation &op) const {
    return TypeSwitch<Operation *, int64_t>(&op)
        .Case([&](seg::Conv2dOp conv) {
          auto weight = extents(conv.getWeight()); // OC, IC / groups, KH, KW
          return elements(conv.getOutput()) * weight[1] * weight[2] * weight[3];
        })
        .Case([&](seg::ConvTranspose2dOp conv) {
          auto weight = extents(conv.getWeight()); // IC, OC / groups, KH, KW
          return elements(conv.getInput()) * weight[1] * weight[2] * weight[3];
        })
        .Case([&](seg::MatmulOp matmul) {
          return elements(matmul->getResult(0)) * extents(matmul.getLhs()).back();
        })
        .Case([&](seg::DenseCrfOp crf) {
          // Nine vertices a pixel are read and written; how many are blurred depends on the image.
          return elements(crf.getScores()) * 18 * static_cast<int64_t>(crf.getIterations());
        })
        .Default([](Operation *) { return int64_t{0}; });
  }

  /// The largest field of the operands that are no constants.
  Fields fieldOfOperands(Operation &op) const {
    Fields result = {Field{0, 0}, Field{0, 0}};
    for (Value operand : op.getOperands())
      if (auto found = fields.find(operand); found != fields.end())
        for (int d = 0; d < 2; ++d) {
          result[d].size = std::max(result[d].size, found->second[d].size);
          result[d].jump = std::max(result[d].jump, found->second[d].jump);
        }
    for (Field &field : result)
      field = {std::max(field.size, 1.0), field.jump > 0 ? field.jump : 1.0};
    return result;
  }

  template <typename WindowOp> static void slide(WindowOp op, Fields &fields) {
    for (int d = 0; d < 2; ++d) {
      fields[d].size += double(op.getKernel()[d] - 1) * op.getDilations()[d] * fields[d].jump;
      fields[d].jump *= op.getStrides()[d];
    }
  }

  Fields fieldOf(Operation &op) const {
    Fields result = fieldOfOperands(op);
    TypeSwitch<Operation *>(&op)
        .Case([&](seg::Conv2dOp conv) {
          auto weight = extents(conv.getWeight());
          for (int d = 0; d < 2; ++d) {
            result[d].size += double(weight[2 + d] - 1) * conv.getDilations()[d] * result[d].jump;
            result[d].jump *= conv.getStrides()[d];
          }
        })
        .Case([&](seg::ConvTranspose2dOp conv) {
          auto weight = extents(conv.getWeight());
          for (int d = 0; d < 2; ++d) {
            double reach = double(weight[2 + d] - 1) * conv.getDilations()[d];
            double stride = conv.getStrides()[d];
            result[d].size += std::floor(reach / stride) * result[d].jump;
            result[d].jump /= stride;
          }
        })
        .Case([&](seg::MaxPool2dOp pool) { slide(pool, result); })
        .Case([&](seg::MaxPoolSwitchesOp pool) { slide(pool, result); })
        .Case([&](seg::AvgPool2dOp pool) { slide(pool, result); })
        .Case([&](seg::MaxUnpool2dOp unpool) {
          for (int d = 0; d < 2; ++d)
            result[d].jump /= unpool.getStrides()[d];
        })
        .Case([&](seg::ResizeOp resize) {
          auto from = extents(resize.getInput()), to = extents(resize.getOutput());
          int neighbours = resize.getMode() == seg::ResizeMode::Linear  ? 1
                           : resize.getMode() == seg::ResizeMode::Cubic ? 3
                                                                        : 0;
          for (int d = 0; d < 2; ++d) {
            if (from[2 + d] == to[2 + d] || to[2 + d] == 0)
              continue;
            result[d].size += neighbours * result[d].jump;
            result[d].jump *= double(from[2 + d]) / double(to[2 + d]);
          }
        })
        .Case([&](seg::ReduceOp reduce) { mix(reduce.getInput(), reduce.getAxes(), result); })
        .Case([&](seg::SoftmaxOp softmax) {
          int64_t axis = softmax.getAxis();
          mix(softmax.getInput(), axis, result);
        })
        .Case([&](seg::CumSumOp sums) {
          int64_t axis = sums.getAxis();
          mix(sums.getInput(), axis, result);
        })
        .Case([&](seg::ArgMaxOp argmax) {
          int64_t axis = argmax.getAxis();
          mix(argmax.getInput(), axis, result);
        })
        .Case([&](seg::DenseCrfOp) {
          for (Field &field : result)
            field.size = kEverything;
        })
        .Case<seg::MatmulOp, seg::ReshapeOp, seg::TransposeOp, seg::ViewOp>([&](Operation *) {
          // Rows and columns are no longer where they were.
          for (Field &field : result)
            field.size = kEverything;
        });
    return result;
  }

  /// Axes 2 and 3 of a map of rank 4 that are reduced see everything along them.
  static void mix(Value input, ArrayRef<int64_t> axes, Fields &fields) {
    if (cast<seg::TensorType>(input.getType()).getRank() != 4)
      return;
    for (int64_t axis : axes)
      if (axis >= 2)
        fields[axis - 2].size = kEverything;
  }

  func::FuncOp function;
  const llvm::StringMap<int64_t> &symbols;
  DenseMap<Value, Fields> fields;
  DenseSet<Operation *> counted;
  LayerTable table;
};

} // namespace

LayerTable layerTable(func::FuncOp function, const llvm::StringMap<int64_t> &symbols) {
  return TableMaker(function, symbols).make();
}

std::vector<std::string> freeExtents(func::FuncOp function) {
  std::vector<std::string> names;
  for (Type type : function.getArgumentTypes())
    for (seg::DimAttr dim : cast<seg::TensorType>(type).getShape())
      seg::forEachSymbol(dim, [&](StringRef name) {
        if (!is_contained(names, name))
          names.push_back(name.str());
      });
  return names;
}

std::string argumentName(func::FuncOp function, unsigned index) {
  auto name = function.getArgAttrOfType<StringAttr>(index, seg::kNameAttr);
  return name ? name.str() : std::to_string(index);
}

} // namespace segc
