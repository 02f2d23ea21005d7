//===- WeightsWriter.h - the weights file of a package ----------*- C++ -*-===//
//
// Weights are written as they are packed, so that they never all lie in memory. The
// file starts with a header that holds a digest of what follows; generated code
// refuses weights of another network by it.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_PACKAGE_WEIGHTSWRITER_H
#define SEGC_PACKAGE_WEIGHTSWRITER_H

#include <llvm/Support/Error.h>
#include <llvm/Support/MD5.h>
#include <llvm/Support/raw_ostream.h>

#include <memory>
#include <string>

namespace segc {

class WeightsWriter : public llvm::raw_ostream {
public:
  /// Opens the file and leaves room for the header.
  static llvm::Expected<std::unique_ptr<WeightsWriter>> create(const std::string &path);
  ~WeightsWriter() override;

  /// Completes the file; returns its id, 32 hexadecimal digits.
  llvm::Expected<std::string> finish();

private:
  WeightsWriter(const std::string &path, std::error_code &error);
  void write_impl(const char *data, size_t size) override;
  uint64_t current_pos() const override { return written; }

  std::string path;
  llvm::raw_fd_ostream file;
  llvm::MD5 digest;
  uint64_t written = 0;
};

} // namespace segc

#endif // SEGC_PACKAGE_WEIGHTSWRITER_H
