//===- Identifiers.h - C++ names for Halide's variables ---------*- C++ -*-===//
//
// Halide's names are unique in the process ("sum.s1.tap$3$x.rebased", "t1017").
// Printed names depend on the kernel alone, so that the same kernel prints the
// same text whatever was compiled before: "tap_x", "t4".
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_CODEGEN_IDENTIFIERS_H
#define SEGC_CODEGEN_IDENTIFIERS_H

#include <map>
#include <set>
#include <string>
#include <vector>

namespace segc {

class Identifiers {
public:
  /// An identifier for a Halide variable, until forget(). Identifiers in scope
  /// never clash; names of one kind get _1, _2, ...
  std::string declare(const std::string &halideName);
  void forget(const std::string &halideName);

  /// Declares under a name of our choice.
  std::string declareAs(const std::string &halideName, const std::string &wish);

  /// Takes an identifier that stands for no Halide variable.
  std::string reserve(const std::string &wish);
  void release(const std::string &identifier) { taken.erase(identifier); }

  /// The identifier of a variable in scope; empty if there is none.
  std::string find(const std::string &halideName) const;

  /// What is left of a Halide name without its numbers and prefixes.
  static std::string stem(const std::string &halideName);

private:
  std::map<std::string, std::vector<std::string>> scopes;
  std::set<std::string> taken;
  int temporaries = 0;
};

} // namespace segc

#endif // SEGC_CODEGEN_IDENTIFIERS_H
