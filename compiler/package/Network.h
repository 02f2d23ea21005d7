//===- Network.h - a compiled network that can be run -----------*- C++ -*-===//
//
// Two ways to run a generated package: loaded into this process (LoadedNetwork), or as a
// program of its own (NetworkProgram), which may be for another processor or instrumented.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_PACKAGE_NETWORK_H
#define SEGC_PACKAGE_NETWORK_H

#include "compiler/files/Tensor.h"
#include "compiler/package/Failure.h"

#include <string>
#include <vector>

namespace segc {

/// An input or output.
struct PortInfo {
  std::string name;
  ElementType type = ElementType::Float32;
  /// -1 where the caller chooses, or where it follows from the inputs.
  std::vector<int64_t> dims;

  /// "float32 1x3x?x?".
  std::string describe() const;
};

class Network {
public:
  virtual ~Network() = default;

  const std::vector<PortInfo> &inputs() const { return inputs_; }
  const std::vector<PortInfo> &outputs() const { return outputs_; }

  /// Runs the network on tensors that have passed fitInput.
  virtual Result<std::vector<HostTensor>> run(const std::vector<HostTensor> &inputs) = 0;

protected:
  std::vector<PortInfo> inputs_;
  std::vector<PortInfo> outputs_;
};

/// The tensor as the input wants it: floats and integers may change their width. A wrong kind,
/// rank or extent is an error; `source` says in it where the tensor came from.
Result<HostTensor> fitInput(HostTensor tensor, const PortInfo &input, const std::string &source);

} // namespace segc

#endif // SEGC_PACKAGE_NETWORK_H
