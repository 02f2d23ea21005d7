//===- BenchCommand.cpp - segc bench ----------------------------*- C++ -*-===//
//
// The network runs in a process of its own, which holds nothing else: its memory is the
// network's.
//
//===----------------------------------------------------------------------===//

#include "compiler/commands/Commands.h"
#include "compiler/commands/LayerTable.h"
#include "compiler/dialect/Dim.h"
#include "compiler/dialect/DimText.h"
#include "compiler/dialect/Seg.h"
#include "compiler/package/NetworkBuild.h"

#include "llvm/Support/raw_ostream.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <thread>

using namespace llvm;
using namespace mlir;
using nlohmann::ordered_json;

namespace segc {

namespace {

/// What the network's program printed.
struct Measurement {
  int64_t prepared = 0, workspace = 0, peak = 0;
  double prepare = 0; ///< milliseconds
  std::vector<double> times;
  struct Step {
    double ms;
    std::string op, node;
  };
  std::vector<Step> steps;
};

Measurement parse(StringRef text) {
  Measurement result;
  SmallVector<StringRef> lines;
  text.split(lines, '\n', -1, false);
  for (StringRef line : lines) {
    auto [key, value] = line.split(' ');
    double number = 0;
    if (key == "prepare")
      value.getAsDouble(result.prepare);
    else if (key == "prepared")
      value.getAsInteger(10, result.prepared);
    else if (key == "workspace")
      value.getAsInteger(10, result.workspace);
    else if (key == "peak")
      value.getAsInteger(10, result.peak);
    else if (key == "time" && !value.getAsDouble(number))
      result.times.push_back(number);
    else if (key == "step") {
      auto [ms, layer] = value.split(' ');
      auto [op, node] = layer.split('\t');
      if (!ms.getAsDouble(number))
        result.steps.push_back({number, op.str(), node.str()});
    }
  }
  return result;
}

class Bench {
public:
  explicit Bench(const CommandLine &line)
      : line(line),
        threads(line.threads ? line.threads : std::max(1u, std::thread::hardware_concurrency())) {}

  std::optional<Failure> run() {
    Progress progress(Progress::standardError(line.quiet, line.color));
    if (auto failure = readNetwork())
      return failure;
    auto folder = buildForRunning(line.compile, NetworkForm::Program, progress);
    if (!folder)
      return folder.failure();
    auto program = NetworkProgram::open(folder->path(), line.compile, threads);
    if (!program)
      return program.failure();
    progress.phase("measuring");
    std::vector<std::string> arguments{"bench", std::to_string(threads), std::to_string(line.runs),
                                       std::to_string(line.warmup), line.profile ? "1" : "0"};
    for (int64_t extent : extents)
      arguments.push_back(std::to_string(extent));
    ProcessResult result = (*program)->call(arguments);
    progress.finish();
    if (result.state == ProcessResult::State::Exited && result.code == 1)
      return Failure::input(line.compile.model + ": " + StringRef(result.err).trim().str());
    measurement = parse(result.out);
    if (!result.succeeded() || static_cast<int>(measurement.times.size()) != line.runs)
      return Failure::bug("the network's program: " + result.describe() + "\n" + result.err);
    std::sort(measurement.times.begin(), measurement.times.end());
    return tell();
  }

private:
  std::optional<Failure> readNetwork() {
    auto context = makeContext();
    auto module = loadGraph(*context, line.compile);
    if (!module)
      return module.failure();
    func::FuncOp function = *(*module)->getOps<func::FuncOp>().begin();
    StringMap<int64_t> symbols;
    if (auto failure = chooseExtents(function, symbols))
      return failure;
    table = layerTable(function, symbols);
    return std::nullopt;
  }

  /// Values for the extents that are free: --shape's, and one image where the batch is free.
  std::optional<Failure> chooseExtents(func::FuncOp function, StringMap<int64_t> &symbols) {
    for (unsigned i = 0; i < function.getNumArguments(); ++i) {
      auto type = cast<seg::TensorType>(function.getArgumentTypes()[i]);
      auto given = line.compile.shapes.find(argumentName(function, i));
      for (unsigned d = 0; d < type.getRank(); ++d) {
        seg::DimAttr dim = type.getDim(d);
        if (dim.getKind() != seg::DimKind::Symbol)
          continue;
        if (given != line.compile.shapes.end() && d < given->second.size() && given->second[d])
          symbols.try_emplace(dim.getSymbol(), *given->second[d]);
        else if (d == 0)
          symbols.try_emplace(dim.getSymbol(), 1);
      }
    }
    Failure failure;
    for (unsigned i = 0; i < function.getNumArguments(); ++i) {
      auto type = cast<seg::TensorType>(function.getArgumentTypes()[i]);
      std::string shape;
      bool known = true;
      for (seg::DimAttr dim : type.getShape()) {
        auto value = seg::evaluate(dim, symbols);
        shape += (shape.empty() ? "" : "x") + seg::shortText(dim);
        known &= value.has_value();
        extents.push_back(value.value_or(0));
      }
      if (!known)
        failure.messages.push_back(fmt::format(
            "{}: input \"{}\" has free extents ({}): choose them with --shape {}=...",
            line.compile.model, argumentName(function, i), shape, argumentName(function, i)));
    }
    if (failure.messages.empty())
      return std::nullopt;
    return failure;
  }

  double median() const {
    const std::vector<double> &times = measurement.times;
    const size_t middle = times.size() / 2;
    return times.size() % 2 ? times[middle] : (times[middle - 1] + times[middle]) / 2;
  }

  ordered_json figures() const {
    ordered_json object = {{"model", line.compile.model},
                           {"arch", line.compile.target->arch},
                           {"precision", line.compile.target.cuda()
                                             ? nameOf(line.compile.target.cuda()->precision)
                                             : "fp32"},
                           {"threads", threads},
                           {"runs", line.runs},
                           {"warmup", line.warmup},
                           {"median_ms", median()},
                           {"min_ms", measurement.times.front()},
                           {"max_ms", measurement.times.back()},
                           {"macs", table.macs},
                           {"gmacs_per_s", static_cast<double>(table.macs) / 1e6 / median()},
                           {"parameters", table.parameters},
                           {"prepare_ms", measurement.prepare},
                           {"prepared_bytes", measurement.prepared},
                           {"workspace_bytes", measurement.workspace},
                           {"peak_rss_bytes", measurement.peak}};
    if (line.profile)
      object["layers"] = layers();
    return object;
  }

  /// The measured steps, with the work of the layer of the same name. A layer of several steps
  /// counts its work in the one that took longest.
  ordered_json layers() const {
    StringMap<std::pair<int64_t, int64_t>> work;
    for (const Layer &layer : table.layers) {
      auto &[macs, bytes] = work[oneLine(layer.node)];
      macs += layer.macs;
      bytes += layer.bytes;
    }
    StringMap<size_t> longest;
    for (size_t i = 0; i < measurement.steps.size(); ++i) {
      auto [it, added] = longest.try_emplace(measurement.steps[i].node, i);
      if (!added && measurement.steps[i].ms > measurement.steps[it->second].ms)
        it->second = i;
    }
    ordered_json list = ordered_json::array();
    for (size_t i = 0; i < measurement.steps.size(); ++i) {
      const Measurement::Step &step = measurement.steps[i];
      std::pair<int64_t, int64_t> cost{0, 0};
      if (auto found = work.find(step.node); found != work.end() && longest.lookup(step.node) == i)
        cost = found->second;
      list.push_back({{"name", step.node},
                      {"op", step.op},
                      {"ms", step.ms},
                      {"macs", cost.first},
                      {"bytes", cost.second}});
    }
    return list;
  }

  static std::string oneLine(std::string text) {
    for (char &c : text)
      if (static_cast<unsigned char>(c) < 32)
        c = '_';
    return text;
  }

  std::optional<Failure> tell() const {
    const ordered_json object = figures();
    const std::string text =
        object.dump(1, ' ', true, ordered_json::error_handler_t::replace) + "\n";
    if (line.json == "-") {
      fmt::print("{}", text);
      return std::nullopt;
    }
    if (!line.json.empty()) {
      std::ofstream file(line.json);
      if (!(file << text << std::flush))
        return Failure::input(line.json + ": cannot be written");
    }
    fmt::print(
        "{}: {:.2f} ms (median of {}; {:.2f} to {:.2f}), {:.2f} GMAC, {:.1f} GMAC/s, "
        "{} threads\nworkspace {:.1f} MB, peak memory {:.1f} MB; weights prepared in {:.1f} ms, "
        "{:.1f} MB\n",
        line.compile.model, median(), line.runs, measurement.times.front(),
        measurement.times.back(), static_cast<double>(table.macs) / 1e9,
        static_cast<double>(table.macs) / 1e6 / median(), threads,
        static_cast<double>(measurement.workspace) / 1e6,
        static_cast<double>(measurement.peak) / 1e6, measurement.prepare,
        static_cast<double>(measurement.prepared) / 1e6);
    if (line.profile) {
      fmt::print("\n{:>10} {:>10} {:>10}  {:<18} {}\n", "ms", "MMAC", "GMAC/s", "operator", "node");
      for (const auto &layer : object["layers"]) {
        const double ms = layer["ms"], macs = layer["macs"];
        fmt::print("{:>10.3f} {:>10.1f} {:>10.1f}  {:<18} {}\n", ms, macs / 1e6,
                   ms > 0 ? macs / 1e6 / ms : 0, layer["op"].get<std::string>(),
                   layer["name"].get<std::string>());
      }
    }
    return std::nullopt;
  }

  const CommandLine &line;
  int threads;
  std::vector<int64_t> extents; ///< of all inputs
  LayerTable table;
  Measurement measurement;
};

} // namespace

int runBenchCommand(const CommandLine &line) {
  auto failure = Bench(line).run();
  return failure ? report(*failure, line) : 0;
}

} // namespace segc
