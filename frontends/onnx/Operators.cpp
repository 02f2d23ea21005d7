//===- Operators.cpp - the table of operators -----------------------------===//

#include "frontends/onnx/Operators.h"

namespace segc::onnximport {

const OperatorTable &operators() {
  static const OperatorTable table = [] {
    OperatorTable all;
    registerConvolution(all);
    registerPooling(all);
    registerResizing(all);
    registerShaping(all);
    registerCropping(all);
    registerElementwise(all);
    registerLogic(all);
    registerReductions(all);
    registerIndexing(all);
    registerCounting(all);
    registerLosses(all);
    registerNormalization(all);
    registerMatrices(all);
    registerEinsum(all);
    registerAttention(all);
    registerSignals(all);
    registerPlaces(all);
    registerConstants(all);
    registerLoops(all);
    registerRanges(all);
    registerSequences(all);
    registerSampling(all);
    registerRecurrent(all);
    registerQuantization(all);
    registerQuantizedOperators(all);
    registerCrf(all);
    registerKnownArithmetic(all);
    registerKnownShaping(all);
    return all;
  }();
  return table;
}

} // namespace segc::onnximport
