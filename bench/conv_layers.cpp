//===- conv_layers.cpp - speed of single convolutions -----------*- C++ -*-===//
//
// Times convolution layers of segmentation networks through the printed code, as a
// network would run them:
//
//   conv_layers                      every layer with its default knobs, 1 and 2 threads
//   conv_layers NAME --try N         the N best knobs of the cost model, side by side
//   conv_layers NAME --knobs TW,TV,ROWS,PASS [...]
//   conv_layers --families           the best knobs of each family that fits
//   conv_layers NAME --winograd TW,TV,REGISTER_TILES,CHANNEL_TILES [...]    and the default
//
// Variants of a layer take turns, and the median counts, so that a busy machine does
// not favour one of them. One thread is timed by its processor time, two by the clock.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Winograd.h"
#include "runtime/segc_threads.h"
#include "schedules/cpu/Conv.h"
#include "tests/codegen/CompiledKernel.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <time.h>

using namespace segc;

namespace {

struct Layer {
  const char *name;
  int in, out, kernel, stride, dilation, pad, size, groups;
};

const Layer kLayers[] = {
    {"1x1", 256, 1024, 1, 1, 1, 0, 65, 1},     {"3x3", 256, 256, 3, 1, 1, 1, 65, 1},
    {"3x3d2", 256, 256, 3, 1, 2, 2, 65, 1},    {"3x3d12", 256, 256, 3, 1, 12, 12, 65, 1},
    {"aspp", 2048, 256, 3, 1, 12, 12, 33, 1},  {"depthwise", 256, 256, 3, 1, 2, 2, 65, 256},
    {"stem", 3, 64, 7, 2, 1, 3, 513, 1},       {"grouped", 256, 256, 3, 1, 1, 1, 65, 32},
    {"unet64", 64, 64, 3, 1, 1, 0, 572, 1},    {"unet512", 512, 512, 3, 1, 1, 0, 36, 1},
    {"fc6", 512, 4096, 7, 1, 1, 0, 22, 1},     {"fc7", 4096, 4096, 1, 1, 1, 0, 16, 1},
    {"3x3w17", 512, 512, 3, 1, 1, 1, 17, 1},   {"3x3w29", 256, 256, 3, 1, 1, 1, 29, 1},
    {"3x3w33", 256, 256, 3, 1, 1, 1, 33, 1},   {"3x3s2", 128, 128, 3, 2, 1, 1, 129, 1},
    {"1x1s2", 256, 512, 1, 2, 1, 0, 65, 1},    {"1x1w17", 2048, 512, 1, 1, 1, 0, 17, 1},
    {"1x1w33", 1024, 256, 1, 1, 1, 0, 33, 1},  {"m16-96", 16, 96, 1, 1, 1, 0, 257, 1},
    {"m96-24", 96, 24, 1, 1, 1, 0, 129, 1},    {"m24-144", 24, 144, 1, 1, 1, 0, 129, 1},
    {"m144-32", 144, 32, 1, 1, 1, 0, 65, 1},   {"m32-192", 32, 192, 1, 1, 1, 0, 65, 1},
    {"m960-160", 960, 160, 1, 1, 1, 0, 33, 1}, {"mstem", 3, 32, 3, 2, 1, 1, 513, 1},
    {"dw96s2", 96, 96, 3, 2, 1, 1, 257, 96},   {"dw576", 576, 576, 3, 1, 1, 1, 33, 576},
    {"classes", 256, 21, 1, 1, 1, 0, 129, 1},
};

int outputSize(const Layer &l) {
  return (l.size + 2 * l.pad - l.dilation * (l.kernel - 1) - 1) / l.stride + 1;
}

double flops(const Layer &l) {
  const double pixels = double(outputSize(l)) * outputSize(l);
  return 2 * pixels * l.kernel * l.kernel * l.in * double(l.out) / l.groups;
}

ConvSpec specOf(const Layer &l, int lanes) {
  ConvSpec spec;
  spec.inputBlock = l.in <= 4 ? 1 : lanes;
  spec.outputBlock = lanes;
  spec.inputChannels = l.in;
  spec.outputChannels = l.out;
  spec.groups = l.groups;
  spec.kernelH = spec.kernelW = l.kernel;
  spec.strideH = spec.strideW = l.stride;
  spec.dilationH = spec.dilationW = l.dilation;
  spec.padTop = spec.padLeft = spec.padRight = l.pad;
  spec.activation = seg::UnaryKind::Relu;
  return spec;
}

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Processor time of this thread: what other programs do counts little.
double threadTime() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec + time.tv_nsec * 1e-9;
}

#if defined(__x86_64__)
/// Fused multiply-adds on 15 registers that depend on nothing else. In assembly, so
/// that the flags this file is compiled with do not matter.
void multiplyAdds512(long rounds) {
  __asm__ volatile("vpxord %%zmm0, %%zmm0, %%zmm0" ::: "xmm0");
  for (long i = 0; i < rounds; ++i)
    __asm__ volatile(".irp r,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
                     "vfmadd231ps %%zmm0, %%zmm0, %%zmm\\r\n"
                     ".endr\n" ::
                         : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8",
                           "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
}

/// What the processor can do at most at this moment, in FLOP/s; 0 if unknown.
double peakNow() {
  if (!__builtin_cpu_supports("avx512f"))
    return 0;
  constexpr long rounds = 200000;
  const double begin = threadTime();
  multiplyAdds512(rounds);
  return 2.0 * 16 * 15 * rounds / (threadTime() - begin);
}
#else
double peakNow() { return 0; }
#endif

/// One layer's kernel with its data.
struct Variant {
  ConvKnobs knobs;
  int handle;
  std::vector<float> weights, bias, scratch;
  std::vector<double> seconds[2];
  /// Share of the peak measured just before, with one thread.
  std::vector<double> share;
};

void measure(const Layer &layer, const std::vector<ConvKnobs> &knobs, const CpuTarget &target,
             double milliseconds) {
  const ConvSpec spec = specOf(layer, target.lanes);
  KernelLibrary library(target);
  std::vector<Variant> variants;
  const std::vector<float> zeros(
      size_t(layer.out) * layer.in / layer.groups * layer.kernel * layer.kernel, 0.01f);
  const double start = now();
  variants.reserve(knobs.size());
  for (const ConvKnobs &k : knobs)
    variants.push_back({k,
                        library.add(buildConv(spec, k, target)),
                        packWeights(convPacking(spec, k), zeros.data()),
                        std::vector<float>(size_t(spec.outputBlocks()) * spec.outputBlock),
                        std::vector<float>(winogradScratch(spec, k) * k.workers),
                        {},
                        {}});
  const double printed = now();
  library.build();
  const double compiled = now();

  TestMap input(layer.in, layer.size, layer.size, spec.inputBlock, layer.pad, layer.pad + 8);
  TestMap output(layer.out, outputSize(layer), outputSize(layer), spec.outputBlock, 1, 1);
  input.fillRandom(1);
  ThreadPool pool(2);

  const int rounds =
      std::max(5, int(milliseconds / 1e3 / (flops(layer) / 100e9) / variants.size()));
  for (int round = 0; round < std::min(rounds, 400) + 1; ++round)
    for (Variant &v : variants)
      for (int threads = 1; threads <= 2; ++threads) {
        const double peak = threads == 1 ? peakNow() : 0;
        const auto clock = threads == 1 ? threadTime : now;
        const double begin = clock();
        std::vector<const void *> args{input.arg(), v.weights.data(), v.bias.data()};
        const auto integers = winogradIntegers(spec, v.knobs);
        if (v.knobs.family == ConvFamily::Winograd) {
          for (const int &value : integers)
            args.push_back(&value);
          args.push_back(v.scratch.data());
        }
        args.push_back(output.outputArg());
        library.call(v.handle, args, threads == 2 ? pool.parallel() : nullptr);
        if (round)
          v.seconds[threads - 1].push_back(clock() - begin);
        if (round && peak > 0)
          v.share.push_back(flops(layer) / v.seconds[0].back() / peak);
      }
  for (Variant &v : variants) {
    double median[2];
    for (int t = 0; t < 2; ++t) {
      std::sort(v.seconds[t].begin(), v.seconds[t].end());
      median[t] = v.seconds[t][v.seconds[t].size() / 2];
    }
    std::sort(v.share.begin(), v.share.end());
    const double share = v.share.empty() ? 0 : v.share[v.share.size() / 2];
    fmt::print("{:10} {:28} 1 thread {:8.3f} ms {:6.1f} GFLOP/s (best {:6.1f}, {:3.0f} % "
               "of peak), 2 threads {:8.3f} "
               "ms {:6.1f} GFLOP/s; print {:.2f} s, compile {:.2f} s\n",
               layer.name, v.knobs.key(), median[0] * 1e3, flops(layer) / median[0] / 1e9,
               flops(layer) / v.seconds[0][0] / 1e9, share * 100, median[1] * 1e3,
               flops(layer) / median[1] / 1e9, (printed - start) / variants.size(),
               (compiled - printed) / variants.size());
  }
  std::fflush(stdout);
}

} // namespace

int main(int argc, char **argv) {
  std::string only, arch = "native";
  size_t tries = 1;
  double milliseconds = 400;
  bool families = false;
  std::vector<std::array<int, 4>> given, winograd;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--try" && i + 1 < argc) {
      tries = std::stoul(argv[++i]);
    } else if (word == "--arch" && i + 1 < argc) {
      arch = argv[++i];
    } else if (word == "--ms" && i + 1 < argc) {
      milliseconds = std::stod(argv[++i]);
    } else if (word == "--knobs") {
      while (i + 1 < argc && std::isdigit(static_cast<unsigned char>(argv[i + 1][0]))) {
        std::array<int, 4> k{1, 1, 1, 0};
        std::sscanf(argv[++i], "%d,%d,%d,%d", &k[0], &k[1], &k[2], &k[3]);
        given.push_back(k);
      }
    } else if (word == "--families") {
      families = true;
    } else if (word == "--winograd") {
      while (i + 1 < argc && std::isdigit(static_cast<unsigned char>(argv[i + 1][0]))) {
        std::array<int, 4> k{1, 1, 1, 0};
        std::sscanf(argv[++i], "%d,%d,%d,%d", &k[0], &k[1], &k[2], &k[3]);
        winograd.push_back(k);
      }
    } else {
      only = word;
    }
  }
  const std::optional<CpuTarget> target = CpuTarget::fromArch(arch);
  if (!target) {
    fmt::print(stderr, "conv_layers: unknown arch '{}'\n", arch);
    return 1;
  }
  for (const Layer &layer : kLayers) {
    if (!only.empty() && only != layer.name)
      continue;
    const ConvSpec spec = specOf(layer, target->lanes);
    std::vector<ConvKnobs> knobs =
        candidateConvKnobs(spec, *target, outputSize(layer), outputSize(layer));
    if (!given.empty()) {
      ConvKnobs k = knobs.front();
      knobs.clear();
      for (const auto &[width, vectors, rows, pass] : given) {
        k.tileWidth = width;
        k.tileVectors = vectors;
        k.rowsPerTask = rows;
        k.blocksPerPass = pass;
        knobs.push_back(k);
      }
    } else if (families) {
      std::vector<ConvKnobs> best;
      for (const ConvKnobs &k : knobs)
        if (std::none_of(best.begin(), best.end(),
                         [&](const ConvKnobs &other) { return other.family == k.family; }))
          best.push_back(k);
      knobs = best;
    } else if (!winograd.empty()) {
      ConvKnobs k;
      k.family = ConvFamily::Winograd;
      knobs.resize(1);
      for (const auto &[width, vectors, tiles, part] : winograd) {
        k.tileWidth = width;
        k.tileVectors = vectors;
        k.rowsPerTask = tiles;
        k.channelTilesPerTask = part;
        k.workers = 4 * winogradParts(spec, k);
        if (isLegal(spec, k, *target))
          knobs.push_back(k);
      }
    } else {
      knobs.resize(std::min(tries, knobs.size()));
    }
    measure(layer, knobs, *target, milliseconds);
  }
}
