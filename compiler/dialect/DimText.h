//===- DimText.h - extents for people ---------------------------*- C++ -*-===//

#ifndef SEGC_DIALECT_DIMTEXT_H
#define SEGC_DIALECT_DIMTEXT_H

#include "compiler/dialect/Dim.h"

namespace segc::seg {

/// As toString, but for counts, which are called by their names: bounds within bounds are long.
std::string shortText(DimAttr dim);

} // namespace segc::seg

#endif // SEGC_DIALECT_DIMTEXT_H
