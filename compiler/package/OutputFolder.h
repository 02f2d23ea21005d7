//===- OutputFolder.h - writing a package all or not at all ------*- C++ -*-===//
//
// A package is a set of files in a folder. They are written into a staging folder
// on the same file system first and moved at the end, so that an error, a full
// disk or Ctrl-C never leaves half a package where a whole one is expected:
//
//   - If the folder does not exist yet, the staging folder lies beside it and is
//     renamed to it: one atomic step.
//   - If it exists, the staging folder is a hidden one inside it. Each file is
//     renamed into place; if that fails for any, those moved before go back and
//     the old ones return. (Only a kill between these renames can leave files of
//     two packages, each of them whole.)
//
// Which files are ours is recorded in the folder, in `.segc-files`, a name a line.
// Only files named there are replaced or, if the new package lacks them, removed.
// A file of the same name that we did not write makes the commit fail.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_PACKAGE_OUTPUTFOLDER_H
#define SEGC_PACKAGE_OUTPUTFOLDER_H

#include <llvm/ADT/StringRef.h>
#include <llvm/Support/Error.h>

#include <set>
#include <string>

namespace segc {

class OutputFolder {
public:
  /// Makes the staging folder, and the folders above `path` that are missing.
  static llvm::Expected<OutputFolder> create(llvm::StringRef path);

  OutputFolder(OutputFolder &&other) noexcept;
  OutputFolder &operator=(OutputFolder &&) = delete;

  /// Removes the staging folder unless commit succeeded.
  ~OutputFolder();

  /// Whether a name is fit for a file of a package: letters, digits and . _ + -,
  /// not starting with a dot or a dash, at most 200 bytes.
  static bool isSafeName(llvm::StringRef name);

  /// Writes a file of the package. Each is written once: a compiler may be reading it.
  llvm::Error write(llvm::StringRef name, llvm::StringRef contents);

  /// Where another program (a compiler) shall write file `name` of the package.
  /// commit fails if it did not. `name` must be safe.
  llvm::Expected<std::string> pathFor(llvm::StringRef name);

  /// The staging folder: what was written so far can be compiled there. Files
  /// that are neither written nor asked for with pathFor are not kept.
  const std::string &stagingPath() const { return staging; }

  /// Moves everything into place. Call it once, last.
  llvm::Error commit();

private:
  OutputFolder() = default;

  llvm::Error commitNewFolder();
  llvm::Error commitIntoFolder();

  std::string folder;
  std::string staging; ///< empty once there is none
  bool existed = false;
  std::set<std::string> names;
};

} // namespace segc

#endif // SEGC_PACKAGE_OUTPUTFOLDER_H
