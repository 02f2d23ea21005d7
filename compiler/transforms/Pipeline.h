//===- Pipeline.h - the graph passes in their order -------------*- C++ -*-===//
//
// What happens to every network between its importer and the layout of memory.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_TRANSFORMS_PIPELINE_H
#define SEGC_TRANSFORMS_PIPELINE_H

#include "mlir/Pass/PassManager.h"

namespace segc {

/// Adds the graph passes, which work on each function, to a pipeline on a module.
void buildGraphPipeline(mlir::OpPassManager &passes);

/// Makes that pipeline known to segc-opt as `--graph-pipeline`.
void registerGraphPipeline();

} // namespace segc

#endif // SEGC_TRANSFORMS_PIPELINE_H
