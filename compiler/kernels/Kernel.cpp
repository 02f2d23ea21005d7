//===- Kernel.cpp - arguments of a compiled function ------------*- C++ -*-===//

#include "compiler/kernels/Kernel.h"

#include <fmt/format.h>

#include <utility>

namespace segc {
namespace {

/// The channels of a block, if the memory is described as a feature map in blocks (FeatureMap.h).
int blockOf(const Halide::OutputImageParam &image) {
  if (image.dimensions() != 4)
    return 0;
  auto known = [](const Halide::Expr &constraint) {
    return constraint.defined() ? Halide::Internal::as_const_int(constraint) : nullptr;
  };
  const Halide::Internal::Parameter memory = image.parameter();
  const int64_t *block = known(memory.extent_constraint(0));
  const int64_t *column = known(memory.stride_constraint(1));
  return block && column && *block > 1 && *block == *column ? static_cast<int>(*block) : 0;
}

KernelArg ofImage(KernelArg::Kind kind, const Halide::ImageParam &param, std::string name) {
  KernelArg arg;
  arg.kind = kind;
  arg.name = std::move(name);
  arg.halideName = param.name();
  arg.type = param.type();
  arg.rank = param.dimensions();
  return arg;
}

} // namespace

std::string GemmTile::key() const {
  return fmt::format("tile{}x{} thread{}x{} chunks{} stages{} slices{}", rows, columns, threadRows,
                     threadColumns, chunks, stages, slices);
}

KernelArg KernelArg::view(const Halide::ImageParam &param, std::string name) {
  KernelArg arg = ofImage(Kind::View, param, std::move(name));
  arg.block = blockOf(param);
  return arg;
}

KernelArg KernelArg::constant(const Halide::ImageParam &param, std::string name) {
  return ofImage(Kind::Constant, param, std::move(name));
}

KernelArg KernelArg::output(const Halide::Func &func, std::string name) {
  KernelArg arg;
  arg.kind = Kind::View;
  arg.name = std::move(name);
  arg.halideName = func.name();
  arg.type = func.output_types().front();
  arg.rank = func.dimensions();
  arg.block = blockOf(func.output_buffers().front());
  arg.isOutput = true;
  return arg;
}

KernelArg KernelArg::outputOfTuple(const Halide::Func &func, int index, std::string name) {
  KernelArg arg = output(func, std::move(name));
  arg.halideName = func.name() + "." + std::to_string(index);
  arg.type = func.output_types().at(index);
  arg.block = blockOf(func.output_buffers().at(index));
  return arg;
}

KernelArg KernelArg::integer(const Halide::Param<int> &param, std::string name) {
  KernelArg arg;
  arg.kind = Kind::Int;
  arg.name = std::move(name);
  arg.halideName = param.name();
  arg.type = Halide::Int(32);
  return arg;
}

KernelArg KernelArg::real(const Halide::Param<float> &param, std::string name) {
  KernelArg arg;
  arg.kind = Kind::Float;
  arg.name = std::move(name);
  arg.halideName = param.name();
  arg.type = Halide::Float(32);
  return arg;
}

KernelArg KernelArg::scratch(Halide::Expr floatsPerIteration) {
  KernelArg arg;
  arg.kind = Kind::Scratch;
  arg.name = "scratch";
  arg.type = Halide::Float(32);
  arg.floatsPerIteration = std::move(floatsPerIteration);
  return arg;
}

void Algorithm::define(std::string name, Halide::Func output, std::vector<KernelArg> args) {
  this->name = key = std::move(name);
  this->output = std::move(output);
  this->args = std::move(args);
}

Kernel Algorithm::scheduled(const std::string &schedule) const {
  Kernel kernel;
  kernel.name = name;
  kernel.key = key + " | " + schedule;
  kernel.pipeline = Halide::Pipeline(output);
  kernel.args = args;
  return kernel;
}

} // namespace segc
