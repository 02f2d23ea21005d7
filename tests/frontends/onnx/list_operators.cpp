//===- list_operators.cpp - what the importer knows, for docs/operators.py -===//

#include "frontends/onnx/Operators.h"

#include "llvm/Support/raw_ostream.h"

#include <set>
#include <string>

/// One "domain::Name" a line; without a domain for ONNX's own.
int main() {
  const segc::onnximport::OperatorTable &table = segc::onnximport::operators();
  std::set<std::string> names;
  for (const auto &entry : table.import)
    names.insert(entry.first().str());
  for (const auto &entry : table.evaluate)
    names.insert(entry.first().str());
  for (const std::string &name : names)
    llvm::outs() << name << "\n";
}
