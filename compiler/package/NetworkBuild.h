//===- NetworkBuild.h - compiling a network in order to run it --*- C++ -*-===//
//
// `run`, `bench` and `eval` keep what they compile, in $SEGC_CACHE_DIR, else
// $XDG_CACHE_HOME/segc, else ~/.cache/segc. The key is a digest of the model's bytes, the
// names, sizes and times of its external data, all options that change the code, and segc
// itself. --save-temps and --print-ir-after-all compile anew. What was used least recently is
// removed when the networks take more than $SEGC_CACHE_SIZE (Cache.h).
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_PACKAGE_NETWORKBUILD_H
#define SEGC_PACKAGE_NETWORKBUILD_H

#include "compiler/package/Compile.h"
#include "compiler/package/Network.h"
#include "compiler/package/NetworkFolder.h"
#include "compiler/package/NetworkProgram.h"

#include <memory>

namespace segc {

/// How a network is going to be run.
enum class NetworkForm {
  Library, ///< a shared library in this process
  Program  ///< a program of its own
};

/// Library, where that is possible: code for this processor, without sanitizers.
NetworkForm formFor(const CompileOptions &options);

/// Compiles into `folder`, as `form` needs it.
std::optional<Failure> buildNetwork(CompileOptions options, NetworkForm form,
                                    const std::string &folder, Progress &progress);

/// The folder of the cache with this network, compiled now if it is not there. Without
/// options.cache, a temporary folder.
Result<NetworkFolder> buildForRunning(const CompileOptions &options, NetworkForm form,
                                      Progress &progress);

/// The network that was built in `folder`.
Result<std::unique_ptr<Network>> openNetwork(const std::string &folder,
                                             const CompileOptions &options, NetworkForm form,
                                             int threads);

/// A network, and the folder that it needs while it lives.
struct RunnableNetwork {
  std::shared_ptr<NetworkFolder> folder;
  std::unique_ptr<Network> network;

  Network *operator->() const { return network.get(); }
  Network &operator*() const { return *network; }
};

/// buildForRunning and openNetwork.
Result<RunnableNetwork> buildAndOpen(const CompileOptions &options, int threads,
                                     Progress &progress);

} // namespace segc

#endif // SEGC_PACKAGE_NETWORKBUILD_H
