//===- InspectCommand.cpp - segc inspect ------------------------*- C++ -*-===//

#include "compiler/commands/Commands.h"
#include "compiler/commands/LayerTable.h"
#include "compiler/dialect/Dim.h"
#include "compiler/dialect/DimText.h"
#include "compiler/dialect/Seg.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

using namespace llvm;
using namespace mlir;
using nlohmann::ordered_json;

namespace segc {

namespace {

/// What a free extent is taken for: one image, 512 pixels.
constexpr int64_t kAssumedExtent = 512;

std::string shapeText(mlir::Type type) {
  std::string text;
  for (seg::DimAttr dim : cast<seg::TensorType>(type).getShape())
    text += (text.empty() ? "" : " x ") + seg::shortText(dim);
  return text;
}

std::string field(const Layer &layer) {
  auto side = [](int64_t pixels) {
    return pixels < 0 ? std::string("all") : std::to_string(pixels);
  };
  return side(layer.fieldHeight) + " x " + side(layer.fieldWidth);
}

class Inspector {
public:
  explicit Inspector(const CommandLine &line) : line(line) {}

  std::optional<Failure> run() {
    auto context = makeContext();
    auto module = loadGraph(*context, line.compile);
    if (!module)
      return module.failure();
    // What cannot be compiled is refused here, too.
    if (auto failure = checkCompiles(**module, line.compile))
      return failure;
    function = *(*module)->getOps<func::FuncOp>().begin();
    assumeExtents();
    table = layerTable(function, symbols);
    for (const Layer &layer : table.layers)
      outputBytes += layer.outputBytes;
    if (line.inspectJson)
      printJson();
    else
      printTable();
    return std::nullopt;
  }

private:
  void assumeExtents() {
    for (mlir::Type type : function.getArgumentTypes()) {
      auto shape = cast<seg::TensorType>(type).getShape();
      if (shape.size() >= 1 && shape[0].getKind() == seg::DimKind::Symbol)
        symbols.try_emplace(shape[0].getSymbol(), 1);
    }
    for (const std::string &name : freeExtents(function)) {
      symbols.try_emplace(name, kAssumedExtent);
      assumptions.push_back({name, symbols[name]});
    }
  }

  struct Port {
    std::string kind, name, type, shape;
  };

  std::vector<Port> ports() {
    std::vector<Port> result;
    auto add = [&](const char *kind, std::string name, mlir::Type type) {
      std::string element;
      raw_string_ostream(element) << cast<seg::TensorType>(type).getElementType();
      result.push_back({kind, std::move(name), element, shapeText(type)});
    };
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      add("input", argumentName(function, i), function.getArgumentTypes()[i]);
    for (unsigned i = 0; i < function.getNumResults(); ++i) {
      auto name = function.getResultAttrOfType<StringAttr>(i, seg::kNameAttr);
      add("output", name ? name.str() : std::to_string(i), function.getResultTypes()[i]);
    }
    return result;
  }

  void printTable() {
    for (const Port &port : ports())
      fmt::print("{:<6} {}: {} {}\n", port.kind, port.name, port.type, port.shape);
    if (!assumptions.empty()) {
      fmt::print("Work and memory for");
      for (auto &[name, value] : assumptions)
        fmt::print("{} {} = {}", &name == &assumptions.front().first ? "" : ",", name, value);
      fmt::print(" (choose others with --shape).\n");
    }
    size_t nodeWidth = 4, opWidth = 8, shapeWidth = 12;
    for (const Layer &layer : table.layers) {
      nodeWidth = std::max(nodeWidth, layer.node.size());
      opWidth = std::max(opWidth, layer.op.size());
      shapeWidth = std::max(shapeWidth, layer.shape.size());
    }
    nodeWidth = std::min<size_t>(nodeWidth, 48);
    shapeWidth = std::min<size_t>(shapeWidth, 44);
    fmt::print("\n{:<{}}  {:<{}}  {:<{}}  {:>10}  {:>10}  {:>13}  {:>9}{}\n", "node", nodeWidth,
               "operator", opWidth, "output", shapeWidth, "parameters", "MMAC", "sees (pixels)",
               "MB", line.verbose ? "  moved (MB)" : "");
    for (const Layer &layer : table.layers) {
      fmt::print("{:<{}}  {:<{}}  {:<{}}  {:>10}  {:>10.2f}  {:>13}  {:>9.3f}", layer.node,
                 nodeWidth, layer.op, opWidth, layer.shape, shapeWidth, layer.parameters,
                 static_cast<double>(layer.macs) / 1e6, field(layer),
                 static_cast<double>(layer.outputBytes) / 1e6);
      if (line.verbose)
        fmt::print("  {:>10.3f}", static_cast<double>(layer.bytes) / 1e6);
      fmt::print("\n");
    }
    fmt::print("\n{} layers, {} parameters ({:.1f} MB), {:.3f} GMAC, outputs of all layers "
               "{:.1f} MB\n",
               table.layers.size(), table.parameters,
               static_cast<double>(table.parameterBytes) / 1e6,
               static_cast<double>(table.macs) / 1e9, static_cast<double>(outputBytes) / 1e6);
  }

  void printJson() {
    ordered_json object = {{"model", line.compile.model}};
    for (const Port &port : ports())
      object[port.kind + "s"].push_back(
          {{"name", port.name}, {"type", port.type}, {"shape", port.shape}});
    object["assumed"] = ordered_json::object();
    for (auto &[name, value] : assumptions)
      object["assumed"][name] = value;
    object["layers"] = ordered_json::array();
    for (const Layer &layer : table.layers)
      object["layers"].push_back(
          {{"name", layer.node},
           {"op", layer.op},
           {"type", layer.type},
           {"shape", layer.shape},
           {"parameters", layer.parameters},
           {"macs", layer.macs},
           {"output_bytes", layer.outputBytes},
           {"bytes", layer.bytes},
           // null: everything
           {"receptive_field", {side(layer.fieldHeight), side(layer.fieldWidth)}}});
    object["parameters"] = table.parameters;
    object["macs"] = table.macs;
    object["output_bytes"] = outputBytes;
    fmt::print("{}\n", object.dump(1, ' ', true, ordered_json::error_handler_t::replace));
  }

  static ordered_json side(int64_t pixels) {
    return pixels < 0 ? ordered_json(nullptr) : ordered_json(pixels);
  }

  const CommandLine &line;
  func::FuncOp function;
  StringMap<int64_t> symbols;
  std::vector<std::pair<std::string, int64_t>> assumptions;
  LayerTable table;
  int64_t outputBytes = 0;
};

} // namespace

int runInspectCommand(const CommandLine &line) {
  auto failure = Inspector(line).run();
  return failure ? report(*failure, line) : 0;
}

} // namespace segc
