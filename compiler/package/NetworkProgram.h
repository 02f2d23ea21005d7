//===- NetworkProgram.h - a network as a program of its own -----*- C++ -*-===//
//
// Builds a package together with runner/segc_runner.cpp and talks to it through files. It may
// run under an emulator (`--arch aarch64` on x86-64), or be built with sanitizers.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_PACKAGE_NETWORKPROGRAM_H
#define SEGC_PACKAGE_NETWORKPROGRAM_H

#include "compiler/package/Compile.h"
#include "compiler/package/Network.h"
#include "compiler/package/Process.h"

#include <memory>

namespace segc {

/// Whether the options ask for a sanitizer.
bool isInstrumented(const CompileOptions &options);

class NetworkProgram : public Network {
public:
  /// Builds the runner in `folder`, which holds a package with libNAME.a, if it is not there.
  static std::optional<Failure> build(const std::string &folder, const CompileOptions &options);

  /// The runner in `folder`. `threads` 0: all of the machine.
  static Result<std::unique_ptr<NetworkProgram>> open(const std::string &folder,
                                                      const CompileOptions &options, int threads);

  Result<std::vector<HostTensor>> run(const std::vector<HostTensor> &inputs) override;

  /// Runs the program with these arguments.
  ProcessResult call(const std::vector<std::string> &arguments) const;

private:
  std::vector<std::string> start; ///< the program, behind its emulator if it has one
  int threads = 0;
};

/// The source of the runner.
extern const char *const kRunnerSource;

} // namespace segc

#endif // SEGC_PACKAGE_NETWORKPROGRAM_H
