//===- ConstantInputs.h - recorded inputs as constants ----------*- C++ -*-===//
//
// ONNX's backend tests hand a node its weights, sizes and axes as inputs of the network. segc
// wants to know such things at compile time, so `segc check --constant-inputs` takes them from
// the record.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_COMMANDS_CONSTANTINPUTS_H
#define SEGC_COMMANDS_CONSTANTINPUTS_H

#include "compiler/commands/CaseFolder.h"
#include "compiler/package/Compile.h"

#include <vector>

namespace segc {

/// A way to compile a model, and the case less the inputs that are constants.
struct CompileAttempt {
  CompileOptions options;
  RecordedCase recorded;
};

/// Ways to compile the ONNX model of a case, to be tried in turn: all inputs free; integers
/// constant; all inputs but the first constant. Shapes are those of the record.
std::vector<CompileAttempt> constantInputAttempts(const CompileOptions &options,
                                                  const RecordedCase &recorded);

} // namespace segc

#endif // SEGC_COMMANDS_CONSTANTINPUTS_H
