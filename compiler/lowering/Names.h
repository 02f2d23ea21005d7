//===- Names.h - what a model's names become in the source ------*- C++ -*-===//
//
// Files, nodes and free extents give their names to namespaces, buffers and members of the
// generated code, which must not be names that C, C++, their headers or the generated code itself
// have taken.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_LOWERING_NAMES_H
#define SEGC_LOWERING_NAMES_H

#include "llvm/ADT/StringRef.h"

#include <string>

namespace segc {

/// Whether C, C++ or the headers that packages include have taken a name: keywords, functions,
/// types, macros, the headers' own names, and what is kept for the implementation.
bool isReservedName(llvm::StringRef name);

/// A C identifier made from a model's text: other characters become '_'.
std::string toIdentifier(llvm::StringRef text);

/// Whether a network can be called so: an identifier that is free for its namespace, its files and
/// its target in CMake.
bool isNetworkName(llvm::StringRef name);

/// The name of a network from its file's: toIdentifier(), and an ending where that is taken.
std::string toNetworkName(llvm::StringRef text);

/// The name of a buffer from its node's, in the source of `network`.
std::string toBufferName(llvm::StringRef text, llvm::StringRef network);

} // namespace segc

#endif // SEGC_LOWERING_NAMES_H
