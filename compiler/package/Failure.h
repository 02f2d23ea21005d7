//===- Failure.h - why a command ends with an error -------------*- C++ -*-===//

#ifndef SEGC_PACKAGE_FAILURE_H
#define SEGC_PACKAGE_FAILURE_H

#include <llvm/Support/Error.h>

#include <optional>
#include <string>
#include <vector>

namespace segc {

/// Everything that is wrong, and whose fault it is.
struct Failure {
  enum Blame {
    Input = 1, ///< the model, a file or a flag
    Segc = 2   ///< a bug of segc
  };
  Blame blame = Input;
  std::vector<std::string> messages;

  static Failure input(std::string message) { return {Input, {std::move(message)}}; }
  static Failure bug(std::string message) { return {Segc, {std::move(message)}}; }
  static Failure input(llvm::Error error) { return input(llvm::toString(std::move(error))); }
};

/// A value, or why there is none.
template <typename T> class Result {
public:
  Result(T value) : value(std::move(value)) {}
  Result(Failure failure) : failure_(std::move(failure)) {}

  explicit operator bool() const { return value.has_value(); }
  T &operator*() { return *value; }
  T *operator->() { return &*value; }
  const Failure &failure() const { return failure_; }

private:
  std::optional<T> value;
  Failure failure_;
};

} // namespace segc

#endif // SEGC_PACKAGE_FAILURE_H
