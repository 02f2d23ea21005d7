//===- ModelFile.cpp - an ONNX file on disk -------------------------------===//

#include "frontends/onnx/ModelFile.h"

#include "llvm/ADT/StringExtras.h"

#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace segc::onnximport {

namespace fs = std::filesystem;

std::optional<OwnedBytes> mapFile(const fs::path &path, std::string &error) {
  // Without O_NONBLOCK, opening a pipe would wait for its writer.
  int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) {
    error = fmt::format("cannot be opened: {}", std::strerror(errno));
    return std::nullopt;
  }
  struct stat status;
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(descriptor);
    error = "is not a regular file";
    return std::nullopt;
  }
  size_t size = static_cast<size_t>(status.st_size);
  if (size == 0) {
    ::close(descriptor);
    return OwnedBytes{};
  }
  void *address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
  int mapError = errno;
  ::close(descriptor);
  if (address == MAP_FAILED) {
    error = fmt::format("cannot be mapped: {}", std::strerror(mapError));
    return std::nullopt;
  }
  std::shared_ptr<const void> owner(address, [size](void *mapped) { ::munmap(mapped, size); });
  return OwnedBytes{llvm::ArrayRef<char>(static_cast<char *>(address), size), std::move(owner)};
}

std::unique_ptr<ModelFile> ModelFile::open(const std::string &path, std::string &error) {
  auto file = std::make_unique<ModelFile>();
  file->fileName = fs::path(path).filename().string();
  file->folder = fs::path(path).parent_path();
  if (file->folder.empty())
    file->folder = ".";

  std::string reason;
  std::optional<OwnedBytes> content = mapFile(path, reason);
  if (!content) {
    error = fmt::format("{}: {}", escaped(path), reason);
    return nullptr;
  }
  if (content->bytes.size() > INT_MAX) {
    error = fmt::format("{}: larger than 2 GiB, the limit of the format; store the weights as "
                        "external data",
                        escaped(file->fileName));
    return nullptr;
  }
  auto model = std::make_shared<onnx::ModelProto>();
  google::protobuf::io::ArrayInputStream stream(content->bytes.data(),
                                                static_cast<int>(content->bytes.size()));
  google::protobuf::io::CodedInputStream coded(&stream);
  coded.SetTotalBytesLimit(INT_MAX);
  if (content->bytes.empty() || !model->ParseFromCodedStream(&coded) ||
      !coded.ConsumedEntireMessage() || !model->has_graph()) {
    error = fmt::format("{}: not an ONNX model, or damaged (it may be truncated)",
                        escaped(file->fileName));
    return nullptr;
  }
  file->proto = std::move(model);
  return file;
}

static std::optional<uint64_t> parseNumber(llvm::StringRef text) {
  uint64_t number = 0;
  if (text.getAsInteger(10, number))
    return std::nullopt;
  return number;
}

std::optional<OwnedBytes> ModelFile::externalData(const onnx::TensorProto &tensor,
                                                  uint64_t expected, std::string &error) {
  std::string location;
  uint64_t offset = 0;
  std::optional<uint64_t> length;
  for (const onnx::StringStringEntryProto &entry : tensor.external_data()) {
    if (entry.key() == "location") {
      location = entry.value();
    } else if (entry.key() == "offset" || entry.key() == "length") {
      std::optional<uint64_t> number = parseNumber(entry.value());
      if (!number) {
        error =
            fmt::format("external {} \"{}\" is not a number", entry.key(), escaped(entry.value()));
        return std::nullopt;
      }
      (entry.key() == "offset" ? offset : length.emplace()) = *number;
    }
  }

  fs::path relative(location);
  bool leavesFolder = relative.is_absolute() || location.find('\0') != std::string::npos;
  for (const fs::path &part : relative)
    leavesFolder |= part == "..";
  if (location.empty() || leavesFolder) {
    error = fmt::format("external location \"{}\" is not a path inside the model's folder",
                        escaped(location));
    return std::nullopt;
  }
  std::error_code code;
  fs::path base = fs::canonical(folder, code);
  fs::path resolved = code ? fs::path() : fs::canonical(folder / relative, code);
  if (code) {
    error =
        fmt::format("external file \"{}\" cannot be opened: {}", escaped(location), code.message());
    return std::nullopt;
  }
  fs::path fromBase = resolved.lexically_relative(base);
  if (fromBase.empty() || *fromBase.begin() == "..") {
    error =
        fmt::format("external location \"{}\" leads out of the model's folder", escaped(location));
    return std::nullopt;
  }

  auto mapped = mappedFiles.find(resolved.string());
  if (mapped == mappedFiles.end()) {
    std::string reason;
    std::optional<OwnedBytes> content = mapFile(resolved, reason);
    if (!content) {
      error = fmt::format("external file \"{}\" {}", escaped(location), reason);
      return std::nullopt;
    }
    mapped = mappedFiles.emplace(resolved.string(), std::move(*content)).first;
  }
  const OwnedBytes &content = mapped->second;
  uint64_t size = content.bytes.size();
  if (offset > size || (length && *length > size - offset)) {
    error = fmt::format("external file \"{}\" has {} bytes: offset {}{} lies outside",
                        escaped(location), size, offset,
                        length ? fmt::format(" and length {}", *length) : "");
    return std::nullopt;
  }
  return OwnedBytes{content.bytes.slice(offset, length.value_or(std::min(expected, size - offset))),
                    content.owner};
}

namespace {

/// Collects the locations of external tensors.
class Locations {
public:
  void add(const onnx::GraphProto &graph) {
    for (const onnx::TensorProto &tensor : graph.initializer())
      add(tensor);
    for (const onnx::SparseTensorProto &tensor : graph.sparse_initializer())
      add(tensor);
    add(graph.node());
  }
  void add(const google::protobuf::RepeatedPtrField<onnx::NodeProto> &nodes) {
    for (const onnx::NodeProto &node : nodes)
      for (const onnx::AttributeProto &attribute : node.attribute()) {
        if (attribute.has_t())
          add(attribute.t());
        if (attribute.has_sparse_tensor())
          add(attribute.sparse_tensor());
        if (attribute.has_g())
          add(attribute.g());
        for (const onnx::TensorProto &tensor : attribute.tensors())
          add(tensor);
        for (const onnx::GraphProto &graph : attribute.graphs())
          add(graph);
      }
  }

  std::set<std::string> found;

private:
  void add(const onnx::SparseTensorProto &tensor) {
    add(tensor.values());
    add(tensor.indices());
  }
  void add(const onnx::TensorProto &tensor) {
    for (const onnx::StringStringEntryProto &entry : tensor.external_data())
      if (entry.key() == "location")
        found.insert(entry.value());
  }
};

} // namespace

std::set<std::string> ModelFile::externalFiles() const {
  Locations locations;
  locations.add(proto->graph());
  for (const onnx::FunctionProto &function : proto->functions())
    locations.add(function.node());
  std::set<std::string> files;
  for (const std::string &location : locations.found)
    files.insert((folder / location).string());
  return files;
}

std::string escaped(llvm::StringRef text) {
  constexpr size_t kLongest = 200;
  std::string result;
  for (unsigned char c : text.take_front(kLongest)) {
    if (c == '"' || c == '\\')
      (result += '\\') += static_cast<char>(c);
    else if (c < 0x20 || c >= 0x7f)
      result += fmt::format("\\x{:02x}", c);
    else
      result += static_cast<char>(c);
  }
  return text.size() > kLongest ? result + "..." : result;
}

} // namespace segc::onnximport
