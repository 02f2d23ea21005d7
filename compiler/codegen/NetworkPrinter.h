//===- NetworkPrinter.h - a program as C++ source ---------------*- C++ -*-===//
//
// Prints the files of a package that do not hold kernels: NAME.h, the interface, and
// NAME.cpp or NAME.cu, the network: extents, checks, memory plan and the calls, with a comment a
// layer. Texts of the model are escaped before they reach the source.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_CODEGEN_NETWORKPRINTER_H
#define SEGC_CODEGEN_NETWORKPRINTER_H

#include "compiler/lowering/Program.h"

#include <string>
#include <vector>

namespace segc {

struct NetworkNames {
  std::string name;      ///< C identifier of the network
  std::string source;    ///< file name of the model, for the banner
  std::string weightsId; ///< 32 hexadecimal digits that the weights must carry
  bool embedsWeights = true;
  /// Adds NAME_on_step, a function that is called at the start of every step and at the end,
  /// and NAME_step_count, NAME_step_name and NAME_step_operator. For `segc bench --profile`:
  /// such a package has a global variable.
  bool profile = false;
};

/// The kStoredHeader bytes before the first weight: "segc", and the weights' id as text.
std::string weightsHeader(const std::string &id);

class NetworkBackend;

std::string printHeader(const Program &program, const NetworkNames &names,
                        const NetworkBackend &backend);
/// `kernelNamespace`: where the functions of the kernels are.
std::string printNetwork(const Program &program, const NetworkNames &names,
                         const NetworkBackend &backend, const std::string &kernelNamespace);

/// A C string literal with `text`.
std::string quoted(const std::string &text);
/// `text` on one line of a comment.
std::string commented(const std::string &text);

} // namespace segc

#endif // SEGC_CODEGEN_NETWORKPRINTER_H
