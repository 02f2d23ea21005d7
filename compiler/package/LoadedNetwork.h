//===- LoadedNetwork.h - a network as a shared library ----------*- C++ -*-===//
//
// Finds the functions of a generated package's C interface by name, and owns what a run
// needs: threads, prepared weights and workspace.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_PACKAGE_LOADEDNETWORK_H
#define SEGC_PACKAGE_LOADEDNETWORK_H

#include "compiler/package/Network.h"
#include "runtime/segc_network.h"

#include <memory>

namespace segc {

/// Memory that a network computes in: the processor's, or what a package for a GPU allocates.
class NetworkMemory {
public:
  NetworkMemory() = default;
  NetworkMemory(const NetworkMemory &) = delete;
  NetworkMemory &operator=(const NetworkMemory &) = delete;
  ~NetworkMemory() { clear(); }

  using Allocate = int32_t (*)(size_t bytes, void **memory);
  using Release = void (*)(void *memory);
  /// From now on memory comes from these.
  void comeFrom(Allocate allocate, Release release);
  /// At least `bytes`, all bits set: values that no kernel writes must not look right by chance.
  /// Throws std::bad_alloc.
  void reserveFresh(size_t bytes);
  void clear();

  void *data() const { return release ? device : host.data(); }
  size_t size() const { return release ? deviceBytes : host.size(); }

private:
  AlignedMemory host;
  Allocate allocate = nullptr;
  Release release = nullptr;
  void *device = nullptr;
  size_t deviceBytes = 0;
};

class LoadedNetwork : public Network {
public:
  /// Loads a library of a package with embedded weights. `threads` 0: all of the machine.
  static Result<std::unique_ptr<LoadedNetwork>> open(const std::string &library,
                                                     const std::string &name, int threads);
  ~LoadedNetwork() override;

  Result<std::vector<HostTensor>> run(const std::vector<HostTensor> &inputs) override;

private:
  explicit LoadedNetwork(int threads) : pool(threads) {}
  std::optional<Failure> prepare();
  template <typename Function>
  bool find(Function &function, const std::string &symbol, std::string &error);
  Failure failed(int32_t status, const std::vector<HostTensor> &inputs) const;

  void *library = nullptr;
  int32_t (*outputShapes)(const segc_shape *, segc_shape *) = nullptr;
  int32_t (*resultShapes)(const segc_shape *, const void *, segc_shape *) = nullptr;
  int32_t (*workspaceSize)(const segc_shape *, size_t *) = nullptr;
  int32_t (*preparedSize)(size_t *) = nullptr;
  int32_t (*prepareWeights)(const void *, void *, size_t, const segc_parallel *) = nullptr;
  int32_t (*runNetwork)(const segc_tensor *, const segc_tensor *, const void *, void *, size_t,
                        const segc_parallel *) = nullptr;
  const char *(*shapeProblem)(const segc_shape *) = nullptr;
  const char *(*statusText)(int32_t) = nullptr;
  ThreadPool pool;
  NetworkMemory prepared, workspace;
};

/// segc's name of an element type of the C interface.
ElementType elementTypeOfAbi(segc_type type);

} // namespace segc

#endif // SEGC_PACKAGE_LOADEDNETWORK_H
