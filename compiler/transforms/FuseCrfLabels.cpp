//===- FuseCrfLabels.cpp - a CRF that writes labels at once -----*- C++ -*-===//

#include "compiler/transforms/Passes.h"

namespace segc {
#define GEN_PASS_DEF_FUSECRFLABELS
#include "compiler/transforms/Passes.h.inc"
} // namespace segc

using namespace llvm;
using namespace mlir;

namespace segc {
namespace {

class FuseCrfLabels : public impl::FuseCrfLabelsBase<FuseCrfLabels> {
  void runOnOperation() override {
    getOperation().walk([&](seg::ArgMaxOp argmax) {
      auto crf = argmax.getInput().getDefiningOp<seg::DenseCrfOp>();
      if (!crf || crf.getLabels() || !crf.getOutput().hasOneUse() || argmax.getAxis() != 1 ||
          !argmax.getKeepDims() || argmax.getSelectLast())
        return;
      crf.setLabels(true);
      crf.getOutput().setType(cast<seg::TensorType>(argmax.getType()));
      argmax.getOutput().replaceAllUsesWith(crf.getOutput());
      argmax.erase();
      ++numFused;
    });
  }
};

} // namespace
} // namespace segc
