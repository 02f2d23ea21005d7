//===- OptionTexts.h - what options say, before it is read ------*- C++ -*-===//
//
// Some options are more than a number or a word: they come as texts, and become values of
// the command line when all of them are there.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_COMMANDS_OPTIONTEXTS_H
#define SEGC_COMMANDS_OPTIONTEXTS_H

#include "compiler/commands/CommandLine.h"

namespace segc {

struct OptionTexts {
  std::string arch, target = "cpu", precision, emit = "source,library", weights = "embed",
                    color = "auto", mean, std, crf;
  bool crfOnly = false, noCache = false;
  int classes = 0;
  std::vector<std::string> shapes, inputs, outputs, kept;
};

/// Turns texts into values. Throws CLI::ParseError for what makes no sense, alone or together with
/// the rest of the line.
void setValues(const OptionTexts &texts, CommandLine &line);

} // namespace segc

#endif // SEGC_COMMANDS_OPTIONTEXTS_H
