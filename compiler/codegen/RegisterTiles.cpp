//===- RegisterTiles.cpp - allocations that fit registers -------*- C++ -*-===//

#include "compiler/codegen/RegisterTiles.h"

using namespace Halide;
using namespace Halide::Internal;

namespace segc {
namespace {

/// More elements than this are an array, whatever their indices.
constexpr int kMostElements = 128;

class Accesses : public IRVisitor {
public:
  explicit Accesses(std::string name) : name(std::move(name)) {}
  int lanes = 0;
  bool constant = true;

private:
  using IRVisitor::visit;

  void access(const Expr &index, const Expr &predicate) {
    const int accessLanes = index.type().lanes();
    if (!lanes)
      lanes = accessLanes;
    if (parallelDepth || accessLanes != lanes || !is_const_one(predicate) ||
        registerIndex(index, lanes) < 0)
      constant = false;
  }
  void visit(const Load *op) override {
    if (op->name == name)
      access(op->index, op->predicate);
    IRVisitor::visit(op);
  }
  void visit(const Store *op) override {
    if (op->name == name)
      access(op->index, op->predicate);
    IRVisitor::visit(op);
  }
  void visit(const For *op) override {
    parallelDepth += op->is_parallel();
    IRVisitor::visit(op);
    parallelDepth -= op->is_parallel();
  }

  std::string name;
  int parallelDepth = 0;
};

} // namespace

int registerIndex(const Expr &index, int lanes) {
  Expr first = index;
  if (const Ramp *ramp = index.as<Ramp>()) {
    if (!is_const_one(ramp->stride))
      return -1;
    first = ramp->base;
  }
  const int64_t *position = as_const_int(first);
  if (!position || *position < 0 || *position % lanes)
    return -1;
  return static_cast<int>(*position / lanes);
}

std::optional<RegisterTile> asRegisterTile(const Allocate *allocation) {
  const int32_t size = allocation->constant_allocation_size();
  if (size <= 0)
    return std::nullopt;
  Accesses accesses(allocation->name);
  allocation->body.accept(&accesses);
  if (!accesses.constant || !accesses.lanes)
    return std::nullopt;
  RegisterTile tile{accesses.lanes, (size + accesses.lanes - 1) / accesses.lanes};
  if (tile.count > kMostElements)
    return std::nullopt;
  return tile;
}

} // namespace segc
