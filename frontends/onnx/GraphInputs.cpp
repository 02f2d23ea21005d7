//===- GraphInputs.cpp - shapes and symbols of the inputs -----------------===//

#include "frontends/onnx/GraphInputs.h"

#include <fmt/format.h>

namespace segc::onnximport {

using seg::DimAttr;

namespace {

/// One extent before symbols are named.
struct Extent {
  std::optional<int64_t> number;
  std::string parameter;
};

class InputReader {
public:
  InputReader(Importer &importer, const onnx::GraphProto &graph, const ImportOptions &options)
      : importer(importer), graph(graph), options(options) {}

  std::vector<GraphInput> read(llvm::function_ref<bool(llvm::StringRef)> isUsed) {
    std::vector<const onnx::ValueInfoProto *> protos;
    llvm::StringSet<> taken;
    for (const onnx::TensorProto &tensor : graph.initializer())
      taken.insert(tensor.name());
    for (const onnx::SparseTensorProto &tensor : graph.sparse_initializer())
      taken.insert(tensor.values().name());
    llvm::StringSet<> seen;
    std::string names;
    for (const onnx::ValueInfoProto &proto : graph.input()) {
      if (!seen.insert(proto.name()).second) {
        importer.report(where(proto), "is listed twice");
        continue;
      }
      if (taken.contains(proto.name()) || options.constants.count(proto.name()))
        continue;
      protos.push_back(&proto);
      names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", escaped(proto.name()));
    }
    for (const auto &[name, shape] : options.shapes) {
      bool exists = llvm::any_of(
          protos, [name = llvm::StringRef(name)](auto *proto) { return proto->name() == name; });
      if (!exists)
        importer.report(
            "", fmt::format("--shape names \"{}\", but the inputs are {}", escaped(name), names));
    }

    struct Draft {
      const onnx::ValueInfoProto *proto;
      std::optional<std::vector<Extent>> extents;
      bool failed;
    };
    // All are read before any is made: what is fixed for one may be a symbol of another.
    std::vector<Draft> drafts;
    for (const onnx::ValueInfoProto *proto : protos) {
      if (!options.outputs.empty() && !isUsed(proto->name()))
        continue;
      const size_t before = importer.errorCount();
      auto extents = readExtents(*proto);
      drafts.push_back({proto, std::move(extents), importer.errorCount() != before});
    }
    std::vector<GraphInput> inputs;
    for (Draft &draft : drafts) {
      const size_t before = importer.errorCount();
      inputs.push_back(draft.extents ? makeInput(*draft.proto, *draft.extents)
                                     : GraphInput{draft.proto->name(), Element::Float, {}, true});
      inputs.back().failed = draft.failed || importer.errorCount() != before;
    }
    return inputs;
  }

private:
  static std::string where(const onnx::ValueInfoProto &proto) {
    return fmt::format("input \"{}\"", escaped(proto.name()));
  }

  /// Nothing if the input has no shape.
  std::optional<std::vector<Extent>> readExtents(const onnx::ValueInfoProto &proto) {
    auto given = options.shapes.find(proto.name());
    if (!proto.type().has_tensor_type()) {
      importer.report(where(proto), "is not a tensor");
      return std::nullopt;
    }
    const auto &type = proto.type().tensor_type();
    std::vector<Extent> extents;
    if (type.has_shape()) {
      for (const auto &dim : type.shape().dim()) {
        Extent extent;
        // -1 is how some exporters say that they do not know.
        if (dim.has_dim_value() && dim.dim_value() >= 0)
          extent.number = dim.dim_value();
        else if (dim.has_dim_param())
          extent.parameter = dim.dim_param();
        extents.push_back(extent);
      }
    } else if (given == options.shapes.end()) {
      importer.report(where(proto), "has no shape in the model; give one with --shape");
      return std::nullopt;
    }
    if (given != options.shapes.end())
      applyOption(proto, given->second, type.has_shape(), extents);

    constexpr size_t kLargestRank = 8;
    if (extents.size() > kLargestRank)
      importer.report(where(proto),
                      fmt::format("has rank {}, more than {}", extents.size(), kLargestRank));
    for (auto [axis, extent] : llvm::enumerate(extents))
      if (extent.number && (*extent.number < 1 || *extent.number > INT32_MAX)) {
        importer.report(where(proto), fmt::format("extent {} is {}; {}", axis, *extent.number,
                                                  "leave it free or fix it with --shape"));
        extent.number = 1;
      }
    return extents;
  }

  void applyOption(const onnx::ValueInfoProto &proto,
                   const std::vector<std::optional<int64_t>> &given, bool hasShape,
                   std::vector<Extent> &extents) {
    if (!hasShape)
      extents.resize(given.size());
    if (given.size() != extents.size()) {
      importer.report(where(proto), fmt::format("has rank {}, but --shape gives {} extents",
                                                extents.size(), given.size()));
      return;
    }
    for (size_t axis = 0; axis != given.size(); ++axis) {
      Extent &extent = extents[axis];
      if (!given[axis]) {
        extent.number.reset();
        continue;
      }
      // One text is one extent, wherever it occurs.
      if (!extent.parameter.empty()) {
        auto [entry, isNew] = fixed.try_emplace(extent.parameter, *given[axis]);
        if (!isNew && entry->second != *given[axis])
          importer.report(where(proto),
                          fmt::format("--shape fixes \"{}\" to {} and to {}",
                                      escaped(extent.parameter), entry->second, *given[axis]));
      }
      extent.number = given[axis];
    }
  }

  GraphInput makeInput(const onnx::ValueInfoProto &proto, std::vector<Extent> &extents) {
    mlir::MLIRContext *context = importer.context();
    // Which axis holds the channels is for the ops that work on feature maps to say: extents are
    // called after their place only where the second one, being fixed, leaves no other reading.
    const bool isImage = extents.size() == 4 && extents[1].number;
    llvm::SmallVector<DimAttr> dims;
    int64_t count = 1;
    for (auto [axis, extent] : llvm::enumerate(extents)) {
      auto found = fixed.find(extent.parameter);
      if (!extent.number && found != fixed.end())
        extent.number = found->second;
      if (extent.number) {
        dims.push_back(DimAttr::constant(context, *extent.number));
        if (__builtin_mul_overflow(count, *extent.number, &count) || count > INT32_MAX) {
          importer.report(where(proto), "has 2^31 elements or more");
          count = 1;
        }
        continue;
      }
      if (!extent.parameter.empty())
        dims.push_back(importer.symbols().forParameter(extent.parameter));
      else
        dims.push_back(importer.symbols().fresh(
            isImage ? std::string(1, "nchw"[axis]) : fmt::format("{}_d{}", proto.name(), axis)));
    }

    GraphInput input;
    input.name = proto.name();
    int32_t dataType = proto.type().tensor_type().elem_type();
    std::optional<Element> element = elementOf(dataType);
    if (element)
      input.element = *element;
    else if (proto.type().has_tensor_type())
      importer.report(where(proto),
                      fmt::format("has element type {}, which is not supported; numbers and truth "
                                  "values are",
                                  dataTypeName(dataType)));
    input.type = seg::TensorType::get(context, dims, interfaceType(context, dataType));
    return input;
  }

  Importer &importer;
  const onnx::GraphProto &graph;
  const ImportOptions &options;
  llvm::StringMap<int64_t> fixed;
};

} // namespace

std::vector<GraphInput> readInputs(Importer &importer, const onnx::GraphProto &graph,
                                   const ImportOptions &options,
                                   llvm::function_ref<bool(llvm::StringRef)> isUsed) {
  return InputReader(importer, graph, options).read(isUsed);
}

} // namespace segc::onnximport
