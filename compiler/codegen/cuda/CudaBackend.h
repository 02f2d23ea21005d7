//===- CudaBackend.h - a network on a GPU -----------------------*- C++ -*-===//
//
// The network's source runs on the host and launches: every kernel's function returns a
// status, and the prepared weights and the workspace are memory of the GPU. Weights are
// prepared on the host, by a source of its own that nvcc does not see (NAME_prepare.cpp),
// then uploaded with the stored ones behind them.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_CODEGEN_CUDA_CUDABACKEND_H
#define SEGC_CODEGEN_CUDA_CUDABACKEND_H

#include "compiler/codegen/NetworkBackend.h"

namespace segc {

class CudaBackend : public NetworkBackend {
public:
  std::string extension() const override { return "cu"; }
  std::string declaration(const KernelSignature &kernel) const override;
  std::vector<std::string> runtimeHeaders() const override;
  std::vector<std::pair<std::string, std::string>>
  moreSources(const Program &program, const NetworkNames &names) const override;
  std::string includes(const NetworkNames &names) const override;
  std::string preparation(const Program &program, const NetworkNames &names) const override;
  std::string prepareFunctions(const Program &program, const NetworkNames &names) const override;
  std::string storeWorkspaceSize(const NetworkNames &names) const override;
  std::string runHead(const NetworkNames &names) const override;
  std::string weightPointers(const Program &program) const override;
  std::string call(const std::string &condition, const std::string &function,
                   const std::string &arguments, const std::string &indent) const override;
  std::string callFunction(const std::string &function, const std::string &arguments,
                           const std::string &indent) const override;
  std::string countArgument(size_t number, const std::string &variable) const override;
  std::string storeCount(size_t number, const std::string &variable) const override;
  std::string countsOf(const std::string &place, size_t count) const override;
  std::string clearHalo(const std::string &type, const std::string &buffer,
                        const std::string &batch) const override;
  std::string runEnd(const Program &program, const NetworkNames &names) const override;
  std::string memoryNote() const override;
  std::string moreDeclarations(const NetworkNames &names) const override;
  std::string memoryHeader() const override { return "segc_device_memory.h"; }
  std::string memoryType(const NetworkNames &names) const override;
};

} // namespace segc

#endif // SEGC_CODEGEN_CUDA_CUDABACKEND_H
