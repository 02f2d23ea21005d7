//===- TensorProtoFile.cpp - ONNX tensors on disk -------------------------===//

#include "compiler/files/TensorProtoFile.h"

#include "compiler/files/FileError.h"

#include <llvm/Support/MemoryBuffer.h>
#include <onnx/onnx_pb.h>

#include <climits>
#include <cstring>

using llvm::StringRef;
using llvm::Twine;
using onnx::TensorProto;

namespace segc {
namespace {

/// Collects one tensor's elements from wherever its message keeps them.
class Reader {
public:
  Reader(const TensorProto &proto, StringRef name) : proto(proto), name(name) {}

  llvm::Expected<HostTensor> read();

private:
  /// Fills a tensor of `type`, whose elements raw_data stores as Raw. `field` is
  /// the typed field for it; `convert` makes an element from either.
  template <typename T, typename Raw, typename Field, typename Convert>
  llvm::Expected<HostTensor> fill(ElementType type, const Field &field, Convert convert) {
    const int64_t bytes = HostTensor::byteCount(type, dims);
    const int64_t elements = bytes < 0 ? -1 : bytes / static_cast<int64_t>(elementSize(type));
    if (elements < 0)
      return fileError(name, "has a shape whose size overflows");
    // The data is in memory already, so the count is known before any allocation.
    if (proto.has_raw_data()) {
      const std::string &raw = proto.raw_data();
      if (raw.size() % sizeof(Raw) != 0 ||
          raw.size() / sizeof(Raw) != static_cast<uint64_t>(elements))
        return fileError(name, "holds " + Twine(raw.size()) + " bytes of data; its shape needs " +
                                   Twine(elements) + " elements of " + Twine(sizeof(Raw)));
      HostTensor tensor(type, dims);
      T *to = tensor.data<T>();
      for (int64_t i = 0; i < elements; ++i) {
        Raw value;
        std::memcpy(&value, raw.data() + static_cast<size_t>(i) * sizeof(Raw), sizeof(Raw));
        to[i] = convert(value);
      }
      return tensor;
    }
    if (field.size() != elements)
      return fileError(name, "holds " + Twine(field.size()) + " elements; its shape needs " +
                                 Twine(elements));
    HostTensor tensor(type, dims);
    T *to = tensor.data<T>();
    for (int64_t i = 0; i < elements; ++i)
      to[i] = convert(static_cast<Raw>(field.Get(static_cast<int>(i))));
    return tensor;
  }

  /// The same where T holds every Raw.
  template <typename T, typename Raw = T, typename Field>
  llvm::Expected<HostTensor> fill(ElementType type, const Field &field) {
    return fill<T, Raw>(type, field, [](Raw value) { return static_cast<T>(value); });
  }

  const TensorProto &proto;
  StringRef name;
  std::vector<int64_t> dims;
};

llvm::Expected<HostTensor> Reader::read() {
  if (proto.data_location() == TensorProto::EXTERNAL || proto.external_data_size() > 0)
    return fileError(name, "keeps its data in another file, which is not supported here");
  if (proto.has_segment())
    return fileError(name, "is a segment of a tensor, which is not supported");
  if (static_cast<size_t>(proto.dims_size()) > HostTensor::maxRank)
    return fileError(name, "has too many dimensions");
  for (int64_t dim : proto.dims()) {
    if (dim < 0)
      return fileError(name, "has a negative extent");
    dims.push_back(dim);
  }

  switch (proto.data_type()) {
  case TensorProto::FLOAT:
    return fill<float>(ElementType::Float32, proto.float_data());
  case TensorProto::DOUBLE:
    return fill<double>(ElementType::Float64, proto.double_data());
  case TensorProto::FLOAT16:
    return fill<uint16_t>(ElementType::Float16, proto.int32_data());
  case TensorProto::BFLOAT16:
    return fill<uint16_t>(ElementType::BFloat16, proto.int32_data());
  case TensorProto::INT64:
    return fill<int64_t>(ElementType::Int64, proto.int64_data());
  case TensorProto::INT32:
    return fill<int32_t>(ElementType::Int32, proto.int32_data());
  case TensorProto::INT16:
    return fill<int16_t>(ElementType::Int16, proto.int32_data());
  case TensorProto::INT8:
    return fill<int8_t>(ElementType::Int8, proto.int32_data());
  case TensorProto::UINT64:
    return fill<uint64_t>(ElementType::UInt64, proto.uint64_data());
  case TensorProto::UINT32:
    return fill<uint32_t>(ElementType::UInt32, proto.uint64_data());
  case TensorProto::UINT16:
    return fill<uint16_t>(ElementType::UInt16, proto.int32_data());
  case TensorProto::UINT8:
    return fill<uint8_t>(ElementType::UInt8, proto.int32_data());
  case TensorProto::BOOL:
    return fill<uint8_t, uint8_t>(ElementType::Bool, proto.int32_data(),
                                  [](uint8_t value) { return uint8_t{value != 0}; });
  case TensorProto::UNDEFINED:
    return fileError(name, "does not say its element type, or is not a TensorProto");
  default:
    return fileError(name, "has ONNX element type " + Twine(proto.data_type()) +
                               ", which is not supported");
  }
}

} // namespace

llvm::Expected<HostTensor> parseTensorProto(StringRef bytes, StringRef name) {
  if (bytes.size() > static_cast<size_t>(INT_MAX))
    return fileError(name, "is larger than 2 GiB, the limit of a protobuf message");
  // Protobuf would print its own complaint besides ours.
  google::protobuf::LogSilencer silence;
  TensorProto proto;
  if (!proto.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return fileError(name, "is not an ONNX TensorProto");
  return Reader(proto, name).read();
}

llvm::Expected<HostTensor> readTensorProto(StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return fileError(path, buffer.getError().message());
  return parseTensorProto((*buffer)->getBuffer(), path);
}

} // namespace segc
