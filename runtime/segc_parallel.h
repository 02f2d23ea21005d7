//===- segc_parallel.h - running a loop through the caller's threads -*- C++ -*-===//
//
// Part of the runtime that every generated package carries. Kernels call
// parallelFor; where the iterations run is the caller's choice (segc_abi.h).
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_PARALLEL_H
#define SEGC_PARALLEL_H

#include "segc_abi.h"

namespace segc {

/// Calls body(i) for i in [min, min + count). Without `parallel`, in order and on
/// this thread. The closure lives on the caller's stack: nothing is allocated.
template <typename Body>
inline void parallelFor(const segc_parallel *parallel, int32_t min, int32_t count,
                        const Body &body) {
  struct Closure {
    const Body *body;
    int32_t min;
  } closure{&body, min};
  // The copy is out of reach of what the body stores, so that an inlined body keeps pointers in
  // registers.
  const auto step = [](void *opaque, int32_t index) {
    const Closure &c = *static_cast<const Closure *>(opaque);
    const Body copy = *c.body;
    copy(c.min + index);
  };
  if (parallel && count > 1) {
    parallel->parallel_for(parallel->context, count, step, &closure);
    return;
  }
  for (int32_t i = 0; i < count; ++i)
    step(&closure, i);
}

} // namespace segc

#endif // SEGC_PARALLEL_H
