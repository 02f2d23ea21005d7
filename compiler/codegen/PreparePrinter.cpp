//===- PreparePrinter.cpp - what a package makes of its weights -*- C++ -*-===//

#include "compiler/codegen/PreparePrinter.h"

#include "llvm/Support/MD5.h"

#include <fmt/format.h>

using namespace llvm;

namespace segc {

int64_t storedBytesOf(const Program &program) { return kStoredHeader + program.weightBytes; }

static const char *nameOf(WeightType type) {
  switch (type) {
  case WeightType::Float32:
    return "Float32";
  case WeightType::Float16:
    return "Float16";
  case WeightType::BFloat16:
    return "BFloat16";
  }
  llvm_unreachable("a type without a name");
}

static const char *nameOf(PackingKind kind) {
  switch (kind) {
  case PackingKind::Widen:
    return "Widen";
  case PackingKind::Reorder:
    return "Reorder";
  case PackingKind::Winograd:
    return "Winograd";
  }
  llvm_unreachable("a kind without a name");
}

static std::string printPiece(const PreparedPiece &piece) {
  const Packing &p = piece.packing;
  const std::string element = p.element == WeightType::Float32
                                  ? ""
                                  : fmt::format(", segc::WeightType::{}", nameOf(p.element));
  return fmt::format("{{segc::WeightType::{}, {}, {}, {},\n     {{segc::PackingKind::{}, {}, {}, "
                     "{}, {}, {}, {}, {}, {}, {}, {}{}}}}}",
                     nameOf(piece.type), piece.stored, piece.scale, piece.prepared, nameOf(p.kind),
                     p.outputChannels, p.inputChannels, p.taps, p.transposedGroups, p.allGroups,
                     p.tiles, p.blocks, p.block, p.vectors, p.lanes, element);
}

std::string printPreparation(const Program &program, const NetworkNames &names) {
  // Memory that another network, or this one for other kernels, prepared is told apart by this.
  std::string table, id = names.weightsId;
  for (const PreparedWeights &prepared : program.prepared) {
    const std::string piece = printPiece(prepared.piece);
    id += piece;
    table +=
        fmt::format("    // {}\n    {},\n", commented(seg::nodeName(prepared.location)), piece);
  }
  MD5 digest;
  digest.update(id);
  MD5::MD5Result result;
  digest.final(result);

  std::string text;
  if (!table.empty())
    text = fmt::format(
        "/// What kernels read of weights in another order or type than the model's: where they "
        "are\n/// stored, their scale, where they go in the prepared memory; and the order "
        "(segc_prepare.h).\nconstexpr segc::PreparedPiece kPieces[] = {{\n{}}};\n\n",
        table);
  return text + fmt::format("constexpr segc::Preparation kPreparation = {{\n"
                            "    \"segc weights 1 {}\",\n    \"segc prepared 1 {}\",\n"
                            "    {}, {}, {}, {}}};\n\n",
                            names.weightsId, std::string(result.digest()),
                            table.empty() ? "nullptr" : "kPieces", program.prepared.size(),
                            storedBytesOf(program), program.preparedBytes);
}

std::string printPrepareFunctions(const NetworkNames &names) {
  const std::string own = names.embedsWeights ? names.name + "_weights_data" : "";
  const std::string prepare =
      names.embedsWeights ? fmt::format(R"(  // The library's own weights come from its file.
  if (!weights)
    return segc::prepare(kPreparation, {}, memory, bytes, parallel, true);
)",
                                        own)
                          : "";
  return fmt::format(R"(int32_t {0}_prepared_size(size_t *bytes) {{
  if (!bytes)
    return SEGC_ERROR_NULL;
  *bytes = static_cast<size_t>(kPreparation.preparedBytes);
  return SEGC_OK;
}}

int32_t {0}_prepare(const void *weights, void *memory, size_t bytes,
    const segc_parallel *parallel) {{
{1}  return segc::prepare(kPreparation, weights, memory, bytes, parallel, false);
}}

int32_t {0}_prepare_mapped(const void *weights, void *memory, size_t bytes,
    const segc_parallel *parallel) {{
  return segc::prepare(kPreparation, {2}, memory, bytes, parallel, true);
}}

)",
                     names.name, prepare,
                     names.embedsWeights ? "weights ? weights : " + own : "weights");
}

} // namespace segc
