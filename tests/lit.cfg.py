# lit.cfg.py - tests of the seg dialect and its passes in text form.
#
# A test is a .mlir file whose RUN lines pipe segc-opt into FileCheck. CMake fills
# in lit.site.cfg.py, which loads this file.

import os

import lit.formats

config.name = "segc"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir"]
config.excludes = ["endtoend"]  # inputs of the scripts there
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = config.segc_binary_dir + "/tests"
config.environment["PATH"] = os.pathsep.join(
    [config.segc_tools_dir, config.llvm_tools_dir, config.environment["PATH"]]
)
