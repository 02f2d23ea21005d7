//===- ModelFile.h - an ONNX file on disk -----------------------*- C++ -*-===//
//
// Maps and parses a model, and finds the bytes of tensors that are stored beside
// it. Files come from strangers: a location of external data that is absolute,
// has "..", or leads out of the model's folder through a link is refused.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_FRONTENDS_ONNX_MODELFILE_H
#define SEGC_FRONTENDS_ONNX_MODELFILE_H

#include "frontends/onnx/OnnxProto.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace segc::onnximport {

/// Bytes and whoever keeps them alive.
struct OwnedBytes {
  llvm::ArrayRef<char> bytes;
  std::shared_ptr<const void> owner;
};

/// A whole file, mapped for reading. Empty, with the reason in `error`, if that fails.
std::optional<OwnedBytes> mapFile(const std::filesystem::path &path, std::string &error);

class ModelFile {
public:
  /// Null, with the reason in `error`, if the file cannot be read or is not an ONNX model.
  static std::unique_ptr<ModelFile> open(const std::string &path, std::string &error);

  /// The file's name without its folders, which starts every message.
  const std::string &name() const { return fileName; }
  const onnx::ModelProto &model() const { return *proto; }
  /// Keeps the parsed model, and with it all weights inside, alive.
  std::shared_ptr<const onnx::ModelProto> share() const { return proto; }

  /// The bytes of a tensor whose data is stored in another file. Where the model does not tell
  /// how many there are, they are `expected`, or fewer if the file ends before.
  std::optional<OwnedBytes> externalData(const onnx::TensorProto &tensor, uint64_t expected,
                                         std::string &error);

  /// Every file that holds tensors of the model, be they initialisers, attributes or inside
  /// functions. Nothing is said about whether they exist.
  std::set<std::string> externalFiles() const;

private:
  std::filesystem::path folder;
  std::string fileName;
  std::shared_ptr<const onnx::ModelProto> proto;
  std::map<std::string, OwnedBytes> mappedFiles;
};

/// Text from a model with quotes, backslashes and control characters escaped, shortened to what
/// a message can hold.
std::string escaped(llvm::StringRef text);

} // namespace segc::onnximport

#endif // SEGC_FRONTENDS_ONNX_MODELFILE_H
