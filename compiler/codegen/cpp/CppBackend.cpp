//===- CppBackend.cpp - a network on a processor ----------------*- C++ -*-===//

#include "compiler/codegen/cpp/CppBackend.h"

#include "compiler/codegen/PreparePrinter.h"
#include "compiler/codegen/cpp/CppPrinter.h"

#include <fmt/format.h>

namespace segc {

std::string CppBackend::declaration(const KernelSignature &kernel) const {
  return printDeclaration(kernel.name, kernel.args);
}

std::vector<std::string> CppBackend::runtimeHeaders() const {
  return {"segc_network.h", "segc_parallel.h", "segc_prepare.h",
          "segc_vector.h",  "segc_view.h",     "segc_workspace.h"};
}

std::vector<std::pair<std::string, std::string>>
CppBackend::moreSources(const Program &, const NetworkNames &) const {
  return {};
}

std::string CppBackend::includes(const NetworkNames &names) const {
  // Compilers take precompiled headers only where nothing comes before.
  return fmt::format("#include \"segc_vector.h\"\n\n#define SEGC_C_INTERFACE\n#include \"{}.h\"\n\n"
                     "#include \"segc_parallel.h\"\n#include \"segc_prepare.h\"\n"
                     "#include \"segc_workspace.h\"\n",
                     names.name);
}

std::string CppBackend::preparation(const Program &program, const NetworkNames &names) const {
  return printPreparation(program, names);
}

std::string CppBackend::prepareFunctions(const Program &, const NetworkNames &names) const {
  return printPrepareFunctions(names);
}

std::string CppBackend::storeWorkspaceSize(const NetworkNames &) const {
  return "  *bytes = static_cast<size_t>(plan.bytes);\n";
}

std::string CppBackend::runHead(const NetworkNames &names) const {
  return fmt::format("int32_t {}_run(const segc_tensor *inputs, const segc_tensor *outputs,\n"
                     "    const void *prepared, void *workspace, size_t workspaceBytes,\n"
                     "    const segc_parallel *parallel) {{\n",
                     names.name);
}

std::string CppBackend::weightPointers(const Program &program) const {
  std::string text = "  const char *const weights = segc::weightsOf(kPreparation, prepared);\n"
                     "  if (!weights)\n    return SEGC_ERROR_PREPARED;\n";
  if (!program.prepared.empty())
    text += "  const char *const packed = static_cast<const char *>(prepared);\n";
  return text;
}

std::string CppBackend::call(const std::string &condition, const std::string &function,
                             const std::string &arguments, const std::string &indent) const {
  const std::string only = condition.empty() ? "" : fmt::format("if ({})\n{}  ", condition, indent);
  return fmt::format("{}{}{}(parallel{});\n", indent, only, function, arguments);
}

std::string CppBackend::callFunction(const std::string &function, const std::string &arguments,
                                     const std::string &indent) const {
  return fmt::format("{0}if (const int32_t status = {1}(parallel{2}))\n{0}  return status;\n",
                     indent, function, arguments);
}

std::string CppBackend::countArgument(size_t, const std::string &variable) const {
  return "&" + variable;
}

std::string CppBackend::storeCount(size_t number, const std::string &variable) const {
  return fmt::format("  counts[{}] = {};\n", number, variable);
}

std::string CppBackend::countsOf(const std::string &place, size_t) const {
  return fmt::format(
      "  const int64_t *const counts = reinterpret_cast<const int64_t *>(\n      {});\n", place);
}

std::string CppBackend::clearHalo(const std::string &type, const std::string &buffer,
                                  const std::string &batch) const {
  return fmt::format("  w.clearHalo<{}>({}, {});\n", type, buffer, batch);
}

std::string CppBackend::runEnd(const Program &, const NetworkNames &) const {
  return "  (void)parallel;\n  return SEGC_OK;\n}\n";
}

} // namespace segc
