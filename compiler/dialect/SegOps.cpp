//===- SegOps.cpp - what TableGen makes of Seg.td ---------------*- C++ -*-===//

#include "compiler/dialect/Dim.h"

#define GET_OP_CLASSES
#include "compiler/dialect/Seg.cpp.inc"
