//===- FileError.h - errors about the user's files ---------------*- C++ -*-===//
//
// Files come from users and from the network, so every reader returns
// llvm::Expected, and every message starts with the file: "x.npy: ...".
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_FILES_FILEERROR_H
#define SEGC_FILES_FILEERROR_H

#include <llvm/ADT/StringRef.h>
#include <llvm/ADT/Twine.h>
#include <llvm/Support/Error.h>

namespace segc {

/// An error that reads "PATH: MESSAGE".
inline llvm::Error fileError(llvm::StringRef path, const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), path + ": " + message);
}

} // namespace segc

#endif // SEGC_FILES_FILEERROR_H
