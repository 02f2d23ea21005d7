//===- NpyFile.h - NumPy arrays on disk --------------------------*- C++ -*-===//
//
// Reads and writes the .npy format, versions 1 to 3, as numpy/lib/format.py
// specifies it: a magic word, a header that is a Python dictionary, the elements.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_FILES_NPYFILE_H
#define SEGC_FILES_NPYFILE_H

#include "compiler/files/Tensor.h"

#include <llvm/ADT/StringRef.h>
#include <llvm/Support/Error.h>

#include <string>

namespace segc {

/// Reads an array of little-endian f2, f4, f8, i4, i8, u1 or b1. Fortran order is
/// turned into C order. The data must be exactly as long as the header says.
llvm::Expected<HostTensor> readNpy(llvm::StringRef path);

/// The same from memory; `name` stands for the file in messages.
llvm::Expected<HostTensor> parseNpy(llvm::StringRef bytes, llvm::StringRef name);

/// The bytes of a version 1 file in C order.
std::string formatNpy(const HostTensor &tensor);

/// Writes formatNpy's bytes.
llvm::Error writeNpy(llvm::StringRef path, const HostTensor &tensor);

} // namespace segc

#endif // SEGC_FILES_NPYFILE_H
