//===- KernelFiles.h - which kernels share a source file --------*- C++ -*-===//
//
// Compilers take longer to read the header that kernels begin with than to compile a small
// kernel, so files hold several. They are compiled side by side and while other kernels are
// still being made: a file is handed out as soon as it is complete.
//
// Which kernels share a file depends on their names, texts and order alone, not on when they
// come. Of long networks a file ends behind a kernel whose name says so: where a model has
// changed, the files before and those from soon behind it are as they were, and their objects
// are found in the cache. So a file is called after its first kernel, not numbered.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_PACKAGE_KERNELFILES_H
#define SEGC_PACKAGE_KERNELFILES_H

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace segc {

class KernelFiles {
public:
  /// Gets a file with the texts of `kernels` kernels, `first` and those behind it.
  using Complete =
      std::function<void(const std::string &first, size_t kernels, const std::string &text)>;

  explicit KernelFiles(Complete complete) : complete(std::move(complete)) {}

  /// The text of kernel number `index`. They come in any order.
  void add(size_t index, const std::string &name, const std::string &text);
  /// There are so many in all: the last file ends with the last of them.
  void setCount(size_t kernels);

private:
  struct Text {
    std::string name, text;
  };
  void collect();
  void end();

  Complete complete;
  std::vector<std::optional<Text>> texts; ///< those that were not collected yet
  std::optional<size_t> total;
  size_t collected = 0; ///< kernels
  // The file that is not complete yet.
  size_t kernels = 0;
  std::string first, file;
};

} // namespace segc

#endif // SEGC_PACKAGE_KERNELFILES_H
