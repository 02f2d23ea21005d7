//===- CaseFolder.h - recorded inputs and outputs of a network --*- C++ -*-===//
//
// What `segc check` finds in a folder. Three layouts are known:
//
//   ONNX's backend tests   model.onnx, test_data_set_K/{input,output}_J.pb
//   a zoo's export         model.onnx, manifest.json, which names inputs, outputs and
//                          tolerances, with .npy or .pb files
//   golden/golden.json     one network (*.onnx) with images, and recorded scores of which
//                          every step-th row and column may be kept, and label maps
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_COMMANDS_CASEFOLDER_H
#define SEGC_COMMANDS_CASEFOLDER_H

#include "compiler/commands/Comparison.h"
#include "compiler/package/Failure.h"
#include "compiler/package/Network.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace segc {

struct RecordedInput {
  std::string name; ///< empty: by position
  std::string file;
  // Images only: the top left corner of this size, normalised.
  int64_t height = 0;
  int64_t width = 0;
  std::array<double, 3> mean{};
  std::array<double, 3> std{1, 1, 1};
};

struct RecordedOutput {
  std::string name; ///< empty: by position
  std::string file;
  Tolerance tolerance;
  int64_t step = 1;
  std::string labelMap; ///< a .png with the classes of all pixels; empty if there is none
};

struct RecordedCase {
  std::string name;
  std::vector<RecordedInput> inputs;
  std::vector<RecordedOutput> outputs;
};

struct CaseFolder {
  std::string model;
  std::vector<RecordedCase> cases;
};

/// Finds the model and the cases at `path`, a folder or a model file in one. `atol` and `rtol`
/// are for outputs without a tolerance of their own.
Result<CaseFolder> readCaseFolder(const std::string &path, double atol, double rtol);

/// Whether `path` is a folder that readCaseFolder can take.
bool isCaseFolder(const std::string &path);

/// Reads a .npy, .pb, .png or .jpg file; images as 1x3xHxW, or with the channels on another axis,
/// in [0, 1] or, for a network that `wants` UInt8, as bytes.
Result<HostTensor> readTensor(const std::string &path, ElementType wants = ElementType::Float32,
                              unsigned channelsAxis = 1);
/// Whether readTensor would read an image from a file of this name.
bool isImageFile(const std::string &path);

/// Gives what is recorded by position the names that the model has for it, if it can be told.
void nameRecordedPorts(CaseFolder &tests);
/// Leaves out what is recorded for inputs and outputs that the network does not have: those that
/// --outputs drops.
void dropUnknownPorts(RecordedCase &recorded, const Network &network);

/// Runs the network on a case's inputs and compares. A failure is a message of its own.
/// `channelsAxis` tells where an output has its classes, and is asked only where labels are
/// compared; nothing if that is not known.
Result<Comparison>
checkCase(Network &network, const RecordedCase &recorded,
          llvm::function_ref<std::optional<unsigned>(size_t output)> channelsAxis);

} // namespace segc

#endif // SEGC_COMMANDS_CASEFOLDER_H
