//===- NpyFile.cpp - NumPy arrays on disk ---------------------------------===//

#include "compiler/files/NpyFile.h"

#include "compiler/files/FileError.h"

#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/Endian.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/raw_ostream.h>

#include <cstring>
#include <optional>
#include <utility>

using llvm::StringRef;

namespace segc {
namespace {

constexpr StringRef kMagic("\x93NUMPY", 6);

/// What the header says.
struct Header {
  StringRef descr;
  bool fortranOrder = false;
  std::vector<int64_t> dims;
};

/// Parses the dictionary {'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }
/// in any order of keys. An empty `problem()` means success.
class HeaderParser {
public:
  explicit HeaderParser(StringRef text) : rest(text) {}

  const std::string &problem() const { return problemText; }

  Header parse() {
    Header header;
    bool seen[3] = {};
    expect('{');
    while (problemText.empty() && !accept('}')) {
      const StringRef key = quoted();
      expect(':');
      if (!problemText.empty())
        break;
      int index;
      if (key == "descr") {
        index = 0;
        header.descr = elementText();
      } else if (key == "fortran_order") {
        index = 1;
        header.fortranOrder = boolean();
      } else if (key == "shape") {
        index = 2;
        header.dims = shape();
      } else {
        fail("the header has an unknown key");
        break;
      }
      if (seen[index])
        fail("the header has the key '" + key.str() + "' twice");
      seen[index] = true;
      if (!accept(',') && !peek('}'))
        fail("the header is not a dictionary");
    }
    skipSpace();
    if (!rest.empty())
      fail("the header goes on behind its dictionary");
    if (!(seen[0] && seen[1] && seen[2]))
      fail("the header lacks 'descr', 'fortran_order' or 'shape'");
    return header;
  }

private:
  void fail(std::string text) {
    if (problemText.empty())
      problemText = std::move(text);
  }
  void skipSpace() { rest = rest.ltrim(" \t\r\n"); }
  bool peek(char c) {
    skipSpace();
    return rest.starts_with(StringRef(&c, 1));
  }
  bool accept(char c) {
    if (!peek(c))
      return false;
    rest = rest.drop_front();
    return true;
  }
  void expect(char c) {
    if (!accept(c))
      fail(std::string("the header lacks a '") + c + "'");
  }

  StringRef quoted() {
    skipSpace();
    const char quote = rest.empty() ? '\0' : rest.front();
    const size_t end = rest.find(quote, 1);
    if ((quote != '\'' && quote != '"') || end == StringRef::npos) {
      fail("the header lacks a quoted word");
      return {};
    }
    const StringRef word = rest.slice(1, end);
    rest = rest.drop_front(end + 1);
    return word;
  }

  StringRef elementText() {
    if (peek('[')) {
      fail("structured arrays are not supported");
      return {};
    }
    return quoted();
  }

  bool boolean() {
    skipSpace();
    if (rest.consume_front("True"))
      return true;
    if (!rest.consume_front("False"))
      fail("'fortran_order' is neither True nor False");
    return false;
  }

  std::vector<int64_t> shape() {
    std::vector<int64_t> dims;
    expect('(');
    while (problemText.empty() && !accept(')')) {
      skipSpace();
      uint64_t dim = 0;
      // consumeInteger reports overflow, too.
      if (rest.consumeInteger(10, dim) || dim > static_cast<uint64_t>(INT64_MAX))
        fail("'shape' holds something that is not an extent");
      dims.push_back(static_cast<int64_t>(dim));
      rest.consume_front("L"); // Python 2 wrote 3L.
      if (dims.size() > HostTensor::maxRank)
        fail("the array has too many dimensions");
      if (!accept(',') && !peek(')'))
        fail("'shape' is not a tuple");
    }
    return dims;
  }

  StringRef rest;
  std::string problemText;
};

/// How NumPy calls element types; bfloat16 is none of its own.
constexpr std::pair<ElementType, const char *> kTypes[] = {
    {ElementType::Float32, "f4"}, {ElementType::Float64, "f8"}, {ElementType::Float16, "f2"},
    {ElementType::Int64, "i8"},   {ElementType::Int32, "i4"},   {ElementType::Int16, "i2"},
    {ElementType::Int8, "i1"},    {ElementType::UInt64, "u8"},  {ElementType::UInt32, "u4"},
    {ElementType::UInt16, "u2"},  {ElementType::UInt8, "u1"},   {ElementType::Bool, "b1"},
};

std::optional<ElementType> typeOf(StringRef descr) {
  // '=' says that the byte order is the writer's own, '|' that it does not matter.
  for (auto [type, name] : kTypes)
    if (descr.drop_front() == name && (StringRef("<=").contains(descr.front()) ||
                                       (descr.front() == '|' && elementSize(type) == 1)))
      return type;
  return std::nullopt;
}

std::string descrOf(ElementType type) {
  const auto *found = llvm::find_if(kTypes, [=](auto &entry) { return entry.first == type; });
  return (elementSize(type) == 1 ? "|" : "<") + std::string(found->second);
}

/// Copies elements that lie first dimension innermost into the tensor.
void copyFortranOrder(StringRef data, HostTensor &tensor) {
  const size_t size = elementSize(tensor.type());
  const std::vector<int64_t> &dims = tensor.dims();
  std::vector<int64_t> stride(dims.size());
  int64_t step = 1;
  for (size_t d = 0; d < dims.size(); ++d) {
    stride[d] = step;
    step *= dims[d];
  }
  std::vector<int64_t> index(dims.size());
  int64_t from = 0;
  for (int64_t to = 0, count = tensor.elementCount(); to < count; ++to) {
    std::memcpy(tensor.bytes().data() + static_cast<size_t>(to) * size,
                data.data() + static_cast<size_t>(from) * size, size);
    for (size_t d = dims.size(); d-- > 0;) {
      from += stride[d];
      if (++index[d] < dims[d])
        break;
      from -= stride[d] * dims[d];
      index[d] = 0;
    }
  }
}

} // namespace

llvm::Expected<HostTensor> parseNpy(StringRef bytes, StringRef name) {
  if (!bytes.starts_with(kMagic) || bytes.size() < 10)
    return fileError(name, "is not a .npy file");
  const unsigned major = static_cast<unsigned char>(bytes[6]);
  if (major < 1 || major > 3)
    return fileError(name, "has .npy version " + llvm::Twine(major) + ", not 1, 2 or 3");
  const size_t start = major == 1 ? 10 : 12;
  if (bytes.size() < start)
    return fileError(name, "ends within its header");
  const size_t length = major == 1 ? llvm::support::endian::read16le(bytes.data() + 8)
                                   : llvm::support::endian::read32le(bytes.data() + 8);
  if (length > bytes.size() - start)
    return fileError(name, "ends within its header");

  HeaderParser parser(bytes.substr(start, length));
  Header header = parser.parse();
  if (!parser.problem().empty())
    return fileError(name, parser.problem());
  const std::optional<ElementType> type =
      header.descr.empty() ? std::nullopt : typeOf(header.descr);
  if (!type) {
    std::string shown;
    llvm::raw_string_ostream(shown).write_escaped(header.descr.substr(0, 40));
    return fileError(name,
                     "has elements of type '" + shown +
                         "'; little-endian f2, f4, f8, i1 to i8, u1 to u8 and b1 are supported");
  }
  const StringRef data = bytes.drop_front(start + length);
  const int64_t wanted = HostTensor::byteCount(*type, header.dims);
  if (wanted < 0)
    return fileError(name, "has a shape whose size overflows");
  if (static_cast<uint64_t>(wanted) != data.size())
    return fileError(name, "holds " + llvm::Twine(data.size()) +
                               " bytes of data; its shape needs " + llvm::Twine(wanted));

  HostTensor tensor(*type, std::move(header.dims));
  if (header.fortranOrder && tensor.rank() > 1)
    copyFortranOrder(data, tensor);
  else if (!data.empty())
    std::memcpy(tensor.bytes().data(), data.data(), data.size());
  if (*type == ElementType::Bool)
    for (std::byte &b : tensor.bytes())
      b = b == std::byte{0} ? std::byte{0} : std::byte{1};
  return tensor;
}

llvm::Expected<HostTensor> readNpy(StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return fileError(path, buffer.getError().message());
  return parseNpy((*buffer)->getBuffer(), path);
}

std::string formatNpy(const HostTensor &tensor) {
  if (tensor.type() == ElementType::BFloat16)
    return formatNpy(tensor.toFloat32());
  std::string header = "{'descr': '";
  header += descrOf(tensor.type());
  header += "', 'fortran_order': False, 'shape': (";
  for (int64_t dim : tensor.dims())
    header += std::to_string(dim) + ",";
  header += "), }";
  // Data starts at a multiple of 64 bytes; a newline ends the header.
  header.append((64 - (10 + header.size() + 1) % 64) % 64, ' ');
  header += '\n';

  std::string file = kMagic.str();
  file += '\1';
  file += '\0';
  file += static_cast<char>(header.size() & 0xff);
  file += static_cast<char>(header.size() >> 8);
  file += header;
  file.append(reinterpret_cast<const char *>(tensor.bytes().data()), tensor.bytes().size());
  return file;
}

llvm::Error writeNpy(StringRef path, const HostTensor &tensor) {
  std::error_code code;
  llvm::raw_fd_ostream stream(path, code);
  if (code)
    return fileError(path, code.message());
  stream << formatNpy(tensor);
  stream.close();
  if (stream.has_error()) {
    code = stream.error();
    stream.clear_error();
    return fileError(path, code.message());
  }
  return llvm::Error::success();
}

} // namespace segc
