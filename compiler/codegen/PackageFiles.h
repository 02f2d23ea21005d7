//===- PackageFiles.h - the small files of a package ------------*- C++ -*-===//

#ifndef SEGC_CODEGEN_PACKAGEFILES_H
#define SEGC_CODEGEN_PACKAGEFILES_H

#include "compiler/kernels/Target.h"

#include <string>
#include <vector>

namespace segc {

/// A header of the runtime, as it is copied into every package. The texts are part of the
/// compiler's binary, so that it works wherever it is installed.
struct RuntimeFile {
  const char *name;
  const char *text;
};
const std::vector<RuntimeFile> &runtimeFiles();

/// NAME_weights.S: takes NAME.weights.bin into the library as NAME_weights_data.
std::string printWeightsAssembly(const std::string &name);

/// Where the library that CMakeLists.txt builds has its weights from. A package holds them once.
enum class WeightsSource {
  None,     ///< the caller: they are in a file
  Assembly, ///< NAME_weights.S, and NAME.weights.bin beside it
  Object,   ///< NAME_weights.o
  Library,  ///< NAME_weights.o in libNAME.a
  Shared    ///< section NAME_weights of libNAME.so, for NAME_weights.S
};

/// The package's CMakeLists.txt, with the library target NAME.
std::string printPackageCMake(const std::string &name, const std::vector<std::string> &sources,
                              WeightsSource weights, const Target &target);

/// A file of kernels: banner, includes, namespace. With `asserts` it defines what kernels call
/// that check themselves.
std::string printKernelFile(const std::string &name, const std::string &definitions, bool asserts,
                            const Target &target);

} // namespace segc

#endif // SEGC_CODEGEN_PACKAGEFILES_H
