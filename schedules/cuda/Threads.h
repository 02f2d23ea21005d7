//===- Threads.h - which thread computes what -------------------*- C++ -*-===//
//
// The schedule that every kernel can have: one thread an element, in blocks of so many
// threads in a row. Consecutive threads compute consecutive elements, so that warps store
// whole sectors. What an element needs is computed by its thread.
//
// Intermediate Funcs are left unscheduled: those without updates are inlined, the others
// computed where they are used, one element at a time. Halide infers how much of them is
// needed at the innermost loops around, which therefore are over single elements: at the
// loop over threads it would not see through the remainders that make coordinates of a
// thread's number.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_SCHEDULES_CUDA_THREADS_H
#define SEGC_SCHEDULES_CUDA_THREADS_H

#include "compiler/kernels/CudaTarget.h"
#include "compiler/kernels/Kernel.h"

#include <vector>

namespace segc {

/// One thread for each place of `across`, innermost first; the loops `within` run in a thread, and
/// in each of their steps the loops `innermost`.
void oneThreadEach(Halide::Stage stage, const std::vector<Halide::VarOrRVar> &across,
                   const std::vector<Halide::VarOrRVar> &within, const CudaTarget &target,
                   const std::vector<Halide::VarOrRVar> &innermost = {});

/// One thread for each element of the definition of `out`, and for each place of an update's own
/// dimensions: the loops of its reduction run within a thread, in order.
void oneThreadAnElement(Halide::Func out, const CudaTarget &target);

/// One thread for each line of `out` along `axes`, innermost first. What lines have one number of,
/// `ofLine`, is computed once a line, by its thread.
void oneThreadALine(Halide::Func out, const std::vector<Halide::Var> &axes,
                    const std::vector<Halide::Func> &ofLine, const CudaTarget &target);

/// The kernel that oneThreadAnElement makes of an algorithm.
Kernel plainKernel(const Algorithm &algorithm, const CudaTarget &target);

} // namespace segc

#endif // SEGC_SCHEDULES_CUDA_THREADS_H
