//===- Storage.cpp - which values share memory ------------------*- C++ -*-===//

#include "compiler/lowering/Storage.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

using llvm::enumerate;
using llvm::isAlnum;
using llvm::isDigit;
using namespace mlir;

namespace segc {

using mlir::Value;

bool isReservedWord(StringRef word) {
  static const StringSet<> words = {"alignas",
                                    "alignof",
                                    "and",
                                    "and_eq",
                                    "asm",
                                    "assert",
                                    "auto",
                                    "bitand",
                                    "bitor",
                                    "bool",
                                    "break",
                                    "case",
                                    "catch",
                                    "char",
                                    "char16_t",
                                    "char32_t",
                                    "class",
                                    "compl",
                                    "const",
                                    "const_cast",
                                    "constexpr",
                                    "continue",
                                    "decltype",
                                    "default",
                                    "delete",
                                    "do",
                                    "double",
                                    "dynamic_cast",
                                    "else",
                                    "enum",
                                    "errno",
                                    "explicit",
                                    "export",
                                    "extern",
                                    "false",
                                    "float",
                                    "for",
                                    "friend",
                                    "goto",
                                    "if",
                                    "inline",
                                    "int",
                                    "long",
                                    "main",
                                    "mutable",
                                    "namespace",
                                    "new",
                                    "noexcept",
                                    "not",
                                    "not_eq",
                                    "nullptr",
                                    "operator",
                                    "or",
                                    "or_eq",
                                    "private",
                                    "protected",
                                    "public",
                                    "register",
                                    "reinterpret_cast",
                                    "requires",
                                    "restrict",
                                    "return",
                                    "short",
                                    "signed",
                                    "sizeof",
                                    "static",
                                    "static_assert",
                                    "static_cast",
                                    "std",
                                    "struct",
                                    "switch",
                                    "template",
                                    "this",
                                    "thread_local",
                                    "throw",
                                    "true",
                                    "try",
                                    "typedef",
                                    "typeid",
                                    "typename",
                                    "union",
                                    "unsigned",
                                    "using",
                                    "virtual",
                                    "void",
                                    "volatile",
                                    "wchar_t",
                                    "while",
                                    "xor",
                                    "xor_eq",
                                    "linux",
                                    "unix",
                                    "concept",
                                    "consteval",
                                    "constinit",
                                    "co_await",
                                    "co_return",
                                    "co_yield",
                                    "stdin",
                                    "stdout",
                                    "stderr",
                                    "NULL",
                                    "EOF",
                                    "segc"};
  return words.contains(word);
}

/// Words that generated functions use.
static bool isTaken(StringRef word) {
  static const StringSet<> words = {"batch",    "block",     "Buffer",
                                    "buffer",   "bytes",     "c",
                                    "count",    "e",         "elementBytes",
                                    "Extents",  "extentsOf", "h",
                                    "i",        "d",         "inputs",
                                    "k",        "kBuffers",  "kInputs",
                                    "kLives",   "kOutputs",  "left",
                                    "map",      "n",         "offsets",
                                    "order",    "outputs",   "packed",
                                    "parallel", "Plan",      "plan",
                                    "planFor",  "prepared",  "results",
                                    "right",    "shapes",    "sizes",
                                    "status",   "step",      "w",
                                    "weights",  "workspace", "workspaceBytes"};
  return words.contains(word) || word.starts_with("segc_");
}

std::string toIdentifier(StringRef text) {
  std::string name;
  for (char c : text)
    if (isAlnum(c))
      name += c;
    else if (!name.empty() && name.back() != '_')
      name += '_';
  while (!name.empty() && name.back() == '_')
    name.pop_back();
  if (name.size() > 60)
    name = name.substr(name.size() - 60);
  while (!name.empty() && name.front() == '_')
    name.erase(0, 1);
  if (name.empty() || isDigit(name.front()))
    name = "t" + name;
  // No other identifier ends in '_'.
  return isReservedWord(name) || isTaken(name) ? name + "_" : name;
}

Storage::Storage(func::FuncOp function) {
  Block &block = function.getBody().front();
  for (Operation &op : block) {
    if (auto concat = dyn_cast<seg::ConcatOp>(op)) {
      auto placed = op.getAttrOfType<DenseBoolArrayAttr>(seg::kPlacedAttr);
      int64_t channel = 0;
      for (auto [i, input] : enumerate(concat.getInputs())) {
        if (placed && placed[i])
          links[input] = {concat.getOutput(), channel / typeOf(concat).getLayout().getBlock()};
        if (concat.getAxis() == 1 && typeOf(input).getDim(1).isConstant())
          channel += typeOf(input).getDim(1).getValue();
      }
    } else if (auto reshape = dyn_cast<seg::ReshapeOp>(op)) {
      links[reshape.getOutput()] = {reshape.getInput(), 0};
    }
  }
  for (auto [i, argument] : enumerate(block.getArguments()))
    roots[argument] = InputPlace{static_cast<unsigned>(i)};
  for (auto [i, result] : enumerate(block.getTerminator()->getOperands())) {
    Value root = rootOf(result).first;
    if (constantOf(root) || roots.contains(root))
      copies.push_back({result, static_cast<unsigned>(i)});
    else
      roots[root] = OutputPlace{static_cast<unsigned>(i)};
  }

  // What is left goes into the workspace, alive from the first writer to the last reader.
  DenseMap<Value, int> bufferOf;
  llvm::StringSet<> names;
  int step = 0;
  for (Operation &op : block) {
    auto extend = [&](Value value) {
      auto found = bufferOf.find(rootOf(value).first);
      if (found != bufferOf.end())
        buffers[found->second].last = step;
    };
    if (!isa<seg::ConstantOp>(op)) {
      for (Value result : op.getResults()) {
        Value root = rootOf(result).first;
        if (!constantOf(root) && !roots.contains(root)) {
          std::string name = toIdentifier(seg::nodeName(op.getLoc()));
          std::string unique = name;
          for (int suffix = 2; !names.insert(unique).second; ++suffix)
            unique = name + "_" + std::to_string(suffix);
          bufferOf[root] = buffers.size();
          roots[root] = WorkspacePlace{static_cast<int>(buffers.size())};
          buffers.push_back({unique, typeOf(root), step, step});
        }
        extend(result);
      }
      for (Value operand : op.getOperands())
        extend(operand);
    }
    ++step;
  }
}

std::pair<Value, int64_t> Storage::rootOf(Value value) const {
  int64_t firstBlock = 0;
  for (auto found = links.find(value); found != links.end(); found = links.find(value)) {
    firstBlock += found->second.firstBlock;
    value = found->second.parent;
  }
  return {value, firstBlock};
}

std::optional<Place> Storage::placeOf(Value value) const {
  auto [root, firstBlock] = rootOf(value);
  if (constantOf(root))
    return std::nullopt;
  Place place = roots.find(root)->second; // every value of the function has one
  if (auto *workspace = std::get_if<WorkspacePlace>(&place))
    workspace->firstBlock = firstBlock;
  return place;
}

seg::ConstantOp Storage::constantOf(Value value) const {
  return rootOf(value).first.getDefiningOp<seg::ConstantOp>();
}

} // namespace segc
