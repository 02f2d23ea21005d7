//===- TestFolder.h - a folder for a test's files ----------------*- C++ -*-===//
//
// Made before a test, removed with all that is in it after the test.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_TESTS_FILES_TESTFOLDER_H
#define SEGC_TESTS_FILES_TESTFOLDER_H

#include <llvm/Support/Error.h>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace segc {

class TestFolder {
public:
  TestFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "segc-test-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder &) = delete;
  TestFolder &operator=(const TestFolder &) = delete;

  const std::string &path() const { return path_; }
  std::string operator/(const std::string &name) const { return path_ + "/" + name; }

  /// Writes a file and returns its path.
  std::string put(const std::string &name, const std::string &bytes) const {
    std::ofstream(*this / name, std::ios::binary) << bytes;
    return *this / name;
  }

  /// A file's bytes; "(none)" if it does not exist.
  std::string get(const std::string &name) const {
    std::ifstream stream(*this / name, std::ios::binary);
    if (!stream)
      return "(none)";
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
  }

private:
  std::string path_;
};

/// The message of a failed result; empty if it succeeded.
template <typename T> std::string messageOf(llvm::Expected<T> result) {
  return result ? std::string() : llvm::toString(result.takeError());
}
inline std::string messageOf(llvm::Error error) {
  return error ? llvm::toString(std::move(error)) : std::string();
}

} // namespace segc

#endif // SEGC_TESTS_FILES_TESTFOLDER_H
