# Reading the headers of Halide, MLIR and ONNX takes longer than compiling what a file says itself. So
# they are compiled once, in the combinations that occur, and a target says which it reads: HEADERS
# Halide, Mlir, HalideAndMlir or Onnx (MLIR, ONNX and fmt). Tests read GoogleTest's with them. A file
# still includes what it uses: clang-tidy reads it without these. Headers of our own are not among
# them: those change.
set(CMAKE_PCH_INSTANTIATE_TEMPLATES ON)
if(CMAKE_CXX_COMPILER_ID STREQUAL Clang)
  add_compile_options("SHELL:-Xclang -fno-pch-timestamp") # the same bytes every time, for ccache
else()
  add_compile_options(-fpch-preprocess)
endif()
function(segc_precompile combination)
  set(source ${CMAKE_BINARY_DIR}/precompiled/${combination}.cpp)
  file(CONFIGURE OUTPUT ${source} CONTENT "// What precompiled headers are compiled for.\n")
  add_library(segcPrecompiled${combination} OBJECT ${source})
  target_include_directories(segcPrecompiled${combination} SYSTEM PRIVATE ${HALIDE_INCLUDE})
  target_precompile_headers(segcPrecompiled${combination} PRIVATE ${ARGN})
  # What ccache takes for the contents, so that it need not read a hundred megabytes for every file:
  # the headers come with packages.
  set(folder ${CMAKE_BINARY_DIR}/CMakeFiles/segcPrecompiled${combination}.dir)
  file(SHA1 ${HALIDE_INCLUDE}/Halide.h halide)
  foreach(extension gch pch)
    file(CONFIGURE OUTPUT ${folder}/cmake_pch.hxx.${extension}.sum
         CONTENT "${CMAKE_CXX_COMPILER_VERSION} ${LLVM_PACKAGE_VERSION} ${halide} ${ARGN}\n")
  endforeach()
endfunction()
function(segc_use_precompiled target combination)
  if(combination)
    target_precompile_headers(${target} REUSE_FROM segcPrecompiled${combination})
  endif()
endfunction()
set(mlirHeaders <mlir/Dialect/Func/IR/FuncOps.h> <mlir/Bytecode/BytecodeOpInterface.h>
    <mlir/IR/Builders.h> <mlir/IR/BuiltinAttributes.h> <mlir/IR/BuiltinOps.h> <mlir/IR/BuiltinTypes.h>
    <mlir/IR/Dialect.h> <mlir/IR/OpDefinition.h> <mlir/IR/OpImplementation.h>
    <mlir/IR/PatternMatch.h> <mlir/Interfaces/InferTypeOpInterface.h> <mlir/Pass/Pass.h>)
segc_precompile(Halide <Halide.h>)
segc_precompile(Mlir ${mlirHeaders})
segc_precompile(HalideAndMlir <Halide.h> ${mlirHeaders})
set(onnxHeaders ${mlirHeaders} <fmt/format.h> <onnx/onnx_pb.h>)
segc_precompile(Onnx ${onnxHeaders})
target_link_libraries(segcPrecompiledOnnx PRIVATE fmt::fmt onnx_proto_messages)
if(SEGC_TESTS)
  set(testHeaders <gmock/gmock.h> <gtest/gtest.h>)
  segc_precompile(Test ${testHeaders})
  segc_precompile(HalideTest <Halide.h> ${testHeaders})
  segc_precompile(MlirTest ${mlirHeaders} ${testHeaders})
  segc_precompile(HalideAndMlirTest <Halide.h> ${mlirHeaders} ${testHeaders})
  segc_precompile(OnnxTest ${onnxHeaders} ${testHeaders})
  # GoogleTest's headers are read with what its targets define.
  foreach(combination IN ITEMS "" Halide Mlir HalideAndMlir Onnx)
    target_link_libraries(segcPrecompiled${combination}Test PRIVATE GTest::gtest)
  endforeach()
  target_link_libraries(segcPrecompiledOnnxTest PRIVATE fmt::fmt onnx_proto_messages)
  # What these tests do themselves takes no time: compiling them does.
  foreach(combination IN ITEMS MlirTest OnnxTest)
    target_compile_options(segcPrecompiled${combination} PRIVATE -O0)
  endforeach()
endif()

# segc_add_library(NAME source... [HEADERS combination] [LINK target...])
# A static library of one folder.
function(segc_add_library name)
  cmake_parse_arguments(ARG "" "HEADERS" "LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PUBLIC ${ARG_LINK})
  add_dependencies(${name} segcEnumsIncGen segcDialectIncGen)
  segc_use_precompiled(${name} "${ARG_HEADERS}")
endfunction()

# segc_add_test(NAME source... [HEADERS combination] [LINK target...])
# A GoogleTest program; every test in it becomes one of CTest's.
function(segc_add_test name)
  cmake_parse_arguments(ARG "" "HEADERS" "LINK" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  segc_use_precompiled(${name} "${ARG_HEADERS}Test")
  if(ARG_HEADERS STREQUAL Mlir OR ARG_HEADERS STREQUAL Onnx)
    target_compile_options(${name} PRIVATE -O0)
  endif()
  target_link_libraries(${name} PRIVATE ${ARG_LINK} GTest::gtest GTest::gtest_main GTest::gmock)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 120)
endfunction()
