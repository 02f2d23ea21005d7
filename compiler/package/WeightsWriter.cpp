//===- WeightsWriter.cpp - the weights file of a package --------*- C++ -*-===//

#include "compiler/package/WeightsWriter.h"
#include "compiler/codegen/NetworkPrinter.h"
#include "compiler/files/FileError.h"

#include <llvm/ADT/ArrayRef.h>

using namespace llvm;

namespace segc {

WeightsWriter::WeightsWriter(const std::string &path, std::error_code &error)
    : path(path), file(path, error) {}

Expected<std::unique_ptr<WeightsWriter>> WeightsWriter::create(const std::string &path) {
  std::error_code error;
  std::unique_ptr<WeightsWriter> writer(new WeightsWriter(path, error));
  if (error)
    return fileError(path, error.message());
  writer->file.write_zeros(kStoredHeader);
  return writer;
}

WeightsWriter::~WeightsWriter() {
  flush();
  file.clear_error();
}

void WeightsWriter::write_impl(const char *data, size_t size) {
  digest.update(ArrayRef<uint8_t>(reinterpret_cast<const uint8_t *>(data), size));
  file.write(data, size);
  written += size;
}

Expected<std::string> WeightsWriter::finish() {
  flush();
  MD5::MD5Result result = digest.final();
  std::string id = result.digest().str().str();
  std::string header = weightsHeader(id);
  file.pwrite(header.data(), header.size(), 0);
  file.close();
  if (file.has_error()) {
    std::string reason = file.error().message();
    file.clear_error();
    return fileError(path, reason);
  }
  return id;
}

} // namespace segc
