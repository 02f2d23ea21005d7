//===- NetworkBackend.h - where networks differ by target -------*- C++ -*-===//
//
// A network's source says the same on every target: extents, checks, the plan of memory,
// a call a layer. What differs is here: how a kernel is called, whose memory it is, and
// what the interface adds.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_CODEGEN_NETWORKBACKEND_H
#define SEGC_CODEGEN_NETWORKBACKEND_H

#include "compiler/codegen/NetworkPrinter.h"
#include "compiler/kernels/Target.h"

#include <memory>
#include <string>
#include <vector>

namespace segc {

class NetworkBackend {
public:
  virtual ~NetworkBackend() = default;

  /// What the names of the network's and the kernels' sources end in: "cpp", "cu".
  virtual std::string extension() const = 0;
  /// A kernel's function, with a semicolon.
  virtual std::string declaration(const KernelSignature &kernel) const = 0;
  /// Headers of the runtime that every package has.
  virtual std::vector<std::string> runtimeHeaders() const = 0;
  /// Further sources of a package, by their names' ends: "_prepare.cpp".
  virtual std::vector<std::pair<std::string, std::string>>
  moreSources(const Program &program, const NetworkNames &names) const = 0;

  // Parts of the network's source.

  /// The lines that it begins with, behind the banner.
  virtual std::string includes(const NetworkNames &names) const = 0;
  /// What its unnamed namespace says of the weights.
  virtual std::string preparation(const Program &program, const NetworkNames &names) const = 0;
  /// NAME_prepared_size, NAME_prepare and NAME_prepare_mapped, and what a target adds.
  virtual std::string prepareFunctions(const Program &program, const NetworkNames &names) const = 0;
  /// Statements that set `*bytes` of workspace for `inputs`, given `plan`.
  virtual std::string storeWorkspaceSize(const NetworkNames &names) const = 0;
  /// The head of the function that makes the calls.
  virtual std::string runHead(const NetworkNames &names) const = 0;
  /// Statements that define `weights` (the first stored one) and `packed` from `prepared`.
  virtual std::string weightPointers(const Program &program) const = 0;
  /// A call of `function` with `arguments`, each on a line of its own, made where `condition` holds
  /// if there is one.
  virtual std::string call(const std::string &condition, const std::string &function,
                           const std::string &arguments, const std::string &indent) const = 0;
  /// A call of a function of the runtime that returns a status.
  virtual std::string callFunction(const std::string &function, const std::string &arguments,
                                   const std::string &indent) const = 0;
  /// Where such a function stores count `number`, which is `variable` of the host: an argument.
  virtual std::string countArgument(size_t number, const std::string &variable) const = 0;
  /// What makes the count known to the host and to `counts`, the workspace's.
  virtual std::string storeCount(size_t number, const std::string &variable) const = 0;
  /// Statements that define `counts`, so many of the host, which lie at `place` in a workspace.
  virtual std::string countsOf(const std::string &place, size_t count) const = 0;
  /// Zeros in the halo of a buffer's maps.
  virtual std::string clearHalo(const std::string &type, const std::string &buffer,
                                const std::string &batch) const = 0;
  /// What ends the function that makes the calls, and functions behind it.
  virtual std::string runEnd(const Program &program, const NetworkNames &names) const = 0;

  // Parts of the header.

  /// What memory a caller hands in as prepared weights and workspace: a line of the comment.
  virtual std::string memoryNote(const NetworkNames &names) const = 0;
  /// Functions beyond those that every target has.
  virtual std::string moreDeclarations(const Program &program, const NetworkNames &names) const = 0;
  /// The header of the runtime for, and the type of, memory that the C++ class holds.
  virtual std::string memoryHeader() const = 0;
  virtual std::string memoryType(const NetworkNames &names) const = 0;
  /// Of that class: methods beyond those that every target has, private ones, and members.
  virtual std::string classMethods(const NetworkNames &names) const = 0;
  virtual std::string classHelpers(const NetworkNames &names) const = 0;
  virtual std::string classMembers(const NetworkNames &names) const = 0;
  /// Statements that check and run `inputs` into `outputs`, and that set `shapes` to those of what
  /// the last run has computed.
  virtual std::string classRun(const NetworkNames &names) const = 0;
  virtual std::string classResultShapes(const NetworkNames &names) const = 0;

  static std::unique_ptr<NetworkBackend> of(const Target &target);
};

std::unique_ptr<NetworkBackend> cppBackend();  // cpp/CppBackend.cpp
std::unique_ptr<NetworkBackend> cudaBackend(); // cuda/CudaBackend.cpp

} // namespace segc

#endif // SEGC_CODEGEN_NETWORKBACKEND_H
