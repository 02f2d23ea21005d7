//===- Pipeline.cpp - the graph passes in their order -----------*- C++ -*-===//

#include "compiler/transforms/Pipeline.h"

#include "compiler/transforms/Passes.h"

#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace segc {

void buildGraphPipeline(OpPassManager &passes) {
  OpPassManager &function = passes.nest<func::FuncOp>();
  // Weights that a model computes (of weight norm, say) must be constants before anything else
  // can be folded into them.
  function.addPass(createFoldConstants());
  function.addPass(createCSEPass());
  // Before ops are folded into convolutions, which stand behind transposes in some models.
  function.addPass(createOrderAxes());
  function.addPass(createFoldConstants());
  function.addPass(createFoldPad());
  function.addPass(createFoldBatchNorm());
  // What batch norms leave behind (a multiplication by 1, constants of constants).
  function.addPass(createFoldConstants());
  function.addPass(createFuseCrfLabels());
  function.addPass(createFuseEpilogue());
  function.addPass(createFuseElementwise());
}

void registerGraphPipeline() {
  PassPipelineRegistration<>("graph-pipeline", "Every graph pass, in the compiler's order",
                             buildGraphPipeline);
}

} // namespace segc
