//===- Commands.h - one function a command ----------------------*- C++ -*-===//
//
// Each returns segc's exit code: 0 success, 1 the input is at fault, 2 segc is.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_COMMANDS_COMMANDS_H
#define SEGC_COMMANDS_COMMANDS_H

#include "compiler/commands/CommandLine.h"

namespace segc {

int runCompileCommand(const CommandLine &line);
int runRunCommand(const CommandLine &line);
int runCheckCommand(const CommandLine &line);
/// One folder of `check`, in a process of its own. Prints a JSON object a line.
int runCheckFolderCommand(const CommandLine &line);
int runBenchCommand(const CommandLine &line);
int runInspectCommand(const CommandLine &line);
int runEvalCommand(const CommandLine &line);

/// Prints the messages of a failure on stderr; returns its exit code.
int report(const Failure &failure, const CommandLine &line);

} // namespace segc

#endif // SEGC_COMMANDS_COMMANDS_H
