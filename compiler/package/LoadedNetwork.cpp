//===- LoadedNetwork.cpp - a network as a shared library --------*- C++ -*-===//

#include "compiler/package/LoadedNetwork.h"

#include <fmt/format.h>

#include <dlfcn.h>

#include <algorithm>
#include <cstring>

namespace segc {

namespace {

PortInfo portInfo(const segc_tensor_info &info) {
  return {info.name, elementTypeOfAbi(info.type), {info.dims, info.dims + info.rank}};
}

segc_shape shapeOf(const HostTensor &tensor) {
  segc_shape shape = {};
  shape.rank = static_cast<int32_t>(tensor.rank());
  std::copy_n(tensor.dims().begin(), std::min<int64_t>(tensor.rank(), SEGC_MAX_RANK), shape.dims);
  return shape;
}

} // namespace

ElementType elementTypeOfAbi(segc_type type) {
  switch (type) {
  case SEGC_FLOAT32:
    return ElementType::Float32;
  case SEGC_INT64:
    return ElementType::Int64;
  case SEGC_INT32:
    return ElementType::Int32;
  case SEGC_UINT8:
    return ElementType::UInt8;
  case SEGC_BOOL:
    return ElementType::Bool;
  case SEGC_FLOAT16:
    return ElementType::Float16;
  case SEGC_BFLOAT16:
    return ElementType::BFloat16;
  case SEGC_FLOAT64:
    return ElementType::Float64;
  case SEGC_INT8:
    return ElementType::Int8;
  case SEGC_INT16:
    return ElementType::Int16;
  case SEGC_UINT16:
    return ElementType::UInt16;
  case SEGC_UINT32:
    return ElementType::UInt32;
  case SEGC_UINT64:
    return ElementType::UInt64;
  }
  return ElementType::Float32;
}

void NetworkMemory::comeFrom(Allocate newAllocate, Release newRelease) {
  clear();
  allocate = newAllocate;
  release = newRelease;
}

void NetworkMemory::reserveFresh(size_t bytes) {
  if (!allocate) {
    host.reserve(bytes);
    std::memset(host.data(), 0xff, host.size());
    return;
  }
  clear(); // a GPU's memory is filled when it is allocated
  if (allocate(bytes, &device))
    throw std::bad_alloc();
  deviceBytes = bytes;
}

void NetworkMemory::clear() {
  if (device)
    release(device);
  device = nullptr;
  deviceBytes = 0;
}

template <typename Function>
bool LoadedNetwork::find(Function &function, const std::string &symbol, std::string &error) {
  function = reinterpret_cast<Function>(dlsym(library, symbol.c_str()));
  if (!function)
    error = symbol + ": not in the library";
  return function != nullptr;
}

Result<std::unique_ptr<LoadedNetwork>> LoadedNetwork::open(const std::string &path,
                                                           const std::string &name, int threads) {
  std::unique_ptr<LoadedNetwork> network(new LoadedNetwork(threads));
  network->library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!network->library)
    return Failure::bug(dlerror());
  int32_t (*inputCount)() = nullptr, (*outputCount)() = nullptr;
  const segc_tensor_info *(*inputs)() = nullptr, *(*outputs)() = nullptr;
  std::string error;
  if (!network->find(inputCount, name + "_input_count", error) ||
      !network->find(outputCount, name + "_output_count", error) ||
      !network->find(inputs, name + "_inputs", error) ||
      !network->find(outputs, name + "_outputs", error) ||
      !network->find(network->outputShapes, name + "_output_shapes", error) ||
      !network->find(network->resultShapes, name + "_result_shapes", error) ||
      !network->find(network->workspaceSize, name + "_workspace_size", error) ||
      !network->find(network->preparedSize, name + "_prepared_size", error) ||
      !network->find(network->prepareWeights, name + "_prepare", error) ||
      !network->find(network->runNetwork, name + "_run", error) ||
      !network->find(network->shapeProblem, name + "_shape_problem", error) ||
      !network->find(network->statusText, name + "_status_text", error))
    return Failure::bug(path + ": " + error);
  NetworkMemory::Allocate allocate = nullptr;
  NetworkMemory::Release release = nullptr;
  if (network->find(allocate, name + "_allocate", error) &&
      network->find(release, name + "_release", error)) {
    network->prepared.comeFrom(allocate, release);
    network->workspace.comeFrom(allocate, release);
  }
  for (int32_t i = 0; i < inputCount(); ++i)
    network->inputs_.push_back(portInfo(inputs()[i]));
  for (int32_t i = 0; i < outputCount(); ++i)
    network->outputs_.push_back(portInfo(outputs()[i]));
  if (auto failure = network->prepare())
    return *failure;
  return network;
}

std::optional<Failure> LoadedNetwork::prepare() {
  size_t bytes = 0;
  int32_t status = preparedSize(&bytes);
  if (!status) {
    prepared.reserveFresh(bytes);
    status = prepareWeights(nullptr, prepared.data(), bytes, pool.parallel());
  }
  if (status)
    return Failure::bug(std::string("preparing the weights: ") + statusText(status));
  return std::nullopt;
}

LoadedNetwork::~LoadedNetwork() {
  prepared.clear();
  workspace.clear();
  if (library)
    dlclose(library);
}

/// The only errors that inputs which passed fitInput can cause concern their extents.
Failure LoadedNetwork::failed(int32_t status, const std::vector<HostTensor> &inputs) const {
  std::string shapes;
  std::vector<segc_shape> given;
  for (const HostTensor &input : inputs) {
    shapes += (shapes.empty() ? "" : ", ") + input.describe();
    given.push_back(shapeOf(input));
  }
  const char *problem = shapeProblem(given.data());
  Failure failure =
      Failure::input(fmt::format("on {}: {}", shapes, problem ? problem : statusText(status)));
  if (status == SEGC_ERROR_WORKSPACE || status == SEGC_ERROR_PREPARED || status == SEGC_ERROR_NULL)
    failure.blame = Failure::Segc;
  return failure;
}

Result<std::vector<HostTensor>> LoadedNetwork::run(const std::vector<HostTensor> &inputs) {
  std::vector<segc_shape> shapes;
  std::vector<segc_tensor> inputTensors, outputTensors;
  for (const HostTensor &input : inputs) {
    shapes.push_back(shapeOf(input));
    inputTensors.push_back({const_cast<std::byte *>(input.bytes().data()), shapes.back()});
    static char nothing;
    if (input.bytes().empty()) // a tensor without elements has no data pointer
      inputTensors.back().data = &nothing;
  }
  std::vector<segc_shape> outputs(outputs_.size());
  if (int32_t status = outputShapes(shapes.data(), outputs.data()))
    return failed(status, inputs);
  size_t bytes = 0;
  if (int32_t status = workspaceSize(shapes.data(), &bytes))
    return failed(status, inputs);
  // One byte more, so that an empty workspace has an address too.
  workspace.reserveFresh(bytes + 1);

  std::vector<HostTensor> results; // all bits set, as the workspace
  for (size_t i = 0; i < outputs_.size(); ++i) {
    std::vector<int64_t> dims(outputs[i].dims, outputs[i].dims + outputs[i].rank);
    results.emplace_back(outputs_[i].type, dims);
    std::fill(results.back().bytes().begin(), results.back().bytes().end(), std::byte{0xff});
  }
  for (size_t i = 0; i < outputs_.size(); ++i) {
    outputTensors.push_back({results[i].bytes().data(), outputs[i]});
    static char nothing;
    if (results[i].bytes().empty())
      outputTensors.back().data = &nothing;
  }
  if (int32_t status = runNetwork(inputTensors.data(), outputTensors.data(), prepared.data(),
                                  workspace.data(), workspace.size(), pool.parallel()))
    return failed(status, inputs);
  // What the network has counted may be less than there is room for.
  if (int32_t status = resultShapes(shapes.data(), workspace.data(), outputs.data()))
    return failed(status, inputs);
  for (size_t i = 0; i < results.size(); ++i) {
    std::vector<int64_t> dims(outputs[i].dims, outputs[i].dims + outputs[i].rank);
    if (dims == results[i].dims())
      continue;
    HostTensor found(outputs_[i].type, dims);
    std::copy_n(results[i].bytes().begin(), found.bytes().size(), found.bytes().begin());
    results[i] = std::move(found);
  }
  return results;
}

} // namespace segc
