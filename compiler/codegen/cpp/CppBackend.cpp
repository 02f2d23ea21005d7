//===- CppBackend.cpp - a network on a processor ----------------*- C++ -*-===//

#include "compiler/codegen/NetworkBackend.h"
#include "compiler/codegen/PreparePrinter.h"
#include "compiler/codegen/cpp/CppPrinter.h"

#include <fmt/format.h>

namespace segc {
namespace {

class CppBackend : public NetworkBackend {
public:
  std::string extension() const override { return "cpp"; }
  std::string memoryNote(const NetworkNames &) const override { return ""; }
  std::string moreDeclarations(const Program &, const NetworkNames &) const override { return ""; }
  std::string memoryHeader() const override { return "segc_network.h"; }
  std::string memoryType(const NetworkNames &) const override { return "segc::AlignedMemory"; }
  std::string classMethods(const NetworkNames &) const override { return ""; }
  std::string classHelpers(const NetworkNames &) const override { return ""; }

  std::string classRun(const NetworkNames &names) const override {
    return fmt::format(R"(    std::vector<segc_shape> shapes = checkTensors(inputs, outputs);
    size_t bytes = 0;
    check({0}_workspace_size(shapes.data(), &bytes));
    workspace.reserve(bytes);
    check({0}_run(inputs.data(), outputs.data(), prepared->data(), workspace.data(),
                     workspace.size(), pool.parallel()));
    lastInputs = std::move(shapes);
)",
                       names.name);
  }

  std::string classResultShapes(const NetworkNames &names) const override {
    return fmt::format(
        "    check({}_result_shapes(lastInputs.data(), workspace.data(), shapes.data()));\n",
        names.name);
  }

  std::string classMembers(const NetworkNames &) const override {
    return "  Memory workspace;\n  std::vector<segc_shape> lastInputs;\n";
  }

  std::string declaration(const KernelSignature &kernel) const override {
    return printDeclaration(kernel.name, kernel.args);
  }

  std::vector<std::string> runtimeHeaders() const override {
    return {"segc_network.h", "segc_parallel.h", "segc_prepare.h",
            "segc_vector.h",  "segc_view.h",     "segc_workspace.h"};
  }

  std::vector<std::pair<std::string, std::string>>
  moreSources(const Program &, const NetworkNames &) const override {
    return {};
  }

  std::string includes(const NetworkNames &names) const override {
    // Compilers take precompiled headers only where nothing comes before.
    return fmt::format(
        "#include \"segc_vector.h\"\n\n#define SEGC_C_INTERFACE\n#include \"{}.h\"\n\n"
        "#include \"segc_parallel.h\"\n#include \"segc_prepare.h\"\n"
        "#include \"segc_workspace.h\"\n",
        names.name);
  }

  std::string preparation(const Program &program, const NetworkNames &names) const override {
    return printPreparation(program, names);
  }

  std::string prepareFunctions(const Program &, const NetworkNames &names) const override {
    return printPrepareFunctions(names);
  }

  std::string storeWorkspaceSize(const NetworkNames &) const override {
    return "  *bytes = static_cast<size_t>(plan.bytes);\n";
  }

  std::string runHead(const NetworkNames &names) const override {
    return fmt::format("int32_t {}_run(const segc_tensor *inputs, const segc_tensor *outputs,\n"
                       "    const void *prepared, void *workspace, size_t workspaceBytes,\n"
                       "    const segc_parallel *parallel) {{\n",
                       names.name);
  }

  std::string weightPointers(const Program &program) const override {
    std::string text = "  const char *const weights = segc::weightsOf(kPreparation, prepared);\n"
                       "  if (!weights)\n    return SEGC_ERROR_PREPARED;\n";
    if (!program.prepared.empty())
      text += "  const char *const packed = static_cast<const char *>(prepared);\n";
    return text;
  }

  std::string call(const std::string &condition, const std::string &function,
                   const std::string &arguments, const std::string &indent) const override {
    const std::string only =
        condition.empty() ? "" : fmt::format("if ({})\n{}  ", condition, indent);
    return fmt::format("{}{}{}(parallel{});\n", indent, only, function, arguments);
  }

  std::string callFunction(const std::string &function, const std::string &arguments,
                           const std::string &indent) const override {
    return fmt::format("{0}if (const int32_t status = {1}(parallel{2}))\n{0}  return status;\n",
                       indent, function, arguments);
  }

  std::string countArgument(size_t, const std::string &variable) const override {
    return "&" + variable;
  }

  std::string storeCount(size_t number, const std::string &variable) const override {
    return fmt::format("  counts[{}] = {};\n", number, variable);
  }

  std::string countsOf(const std::string &place, size_t) const override {
    return fmt::format(
        "  const int64_t *const counts = reinterpret_cast<const int64_t *>(\n      {});\n", place);
  }

  std::string clearHalo(const std::string &type, const std::string &buffer,
                        const std::string &batch) const override {
    return fmt::format("  w.clearHalo<{}>({}, {});\n", type, buffer, batch);
  }

  std::string runEnd(const Program &, const NetworkNames &) const override {
    return "  (void)parallel;\n  return SEGC_OK;\n}\n";
  }
};

} // namespace

std::unique_ptr<NetworkBackend> cppBackend() { return std::make_unique<CppBackend>(); }

} // namespace segc
