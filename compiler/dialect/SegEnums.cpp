//===- SegEnums.cpp - names of the seg dialect's closed choices -*- C++ -*-===//

#include "compiler/dialect/SegEnums.h"

#include "llvm/ADT/StringSwitch.h"

#include "compiler/dialect/SegEnums.cpp.inc"
