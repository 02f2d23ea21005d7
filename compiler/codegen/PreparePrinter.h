//===- PreparePrinter.h - what a package makes of its weights ---*- C++ -*-===//
//
// Prints the part of NAME.cpp that prepares weights: a table of pieces (segc_prepare.h) and the
// functions of the interface over it.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_CODEGEN_PREPAREPRINTER_H
#define SEGC_CODEGEN_PREPAREPRINTER_H

#include "compiler/codegen/NetworkPrinter.h"

namespace segc {

/// The table `kPreparation`, for the file's unnamed namespace.
std::string printPreparation(const Program &program, const NetworkNames &names);

/// NAME_prepared_size, NAME_prepare and NAME_prepare_mapped.
std::string printPrepareFunctions(const NetworkNames &names);

/// How many bytes of stored weights a package has, with their header.
int64_t storedBytesOf(const Program &program);

} // namespace segc

#endif // SEGC_CODEGEN_PREPAREPRINTER_H
