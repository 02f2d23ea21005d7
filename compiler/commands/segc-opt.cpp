//===- segc-opt.cpp - runs passes on the seg dialect's text -----*- C++ -*-===//
//
// `segc-opt --fuse-epilogue network.mlir` reads a module, runs the passes that are
// named, and prints it: for tests, and to look at one step of the compiler.
//
//===----------------------------------------------------------------------===//

#include "compiler/transforms/Passes.h"
#include "compiler/transforms/Pipeline.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  registry.insert<segc::seg::SegDialect, mlir::func::FuncDialect>();
  segc::registerSegcPasses();
  segc::registerGraphPipeline();
  mlir::registerCanonicalizerPass();
  mlir::registerCSEPass();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "Optimiser of networks in the seg dialect\n", registry));
}
