#!/usr/bin/env python3
"""Shows that the tests of the runtime for CUDA would fail, if the runtime were wrong.

    mutations.py

One mistake at a time is made in a copy of runtime/: a barrier less, a guard less, an index that is
off. The tests of tests/runtime/cuda, compiled against the copy, must fail, by whatever means; where
they pass, a test is missing. Without a mistake they must pass, and compile without a warning. A
mistake that does not compile shows nothing, and is a failure.

A part of the mistakes has its turn each day, all have it with SEGC_TEST_ALL=1. $CXX is the
compiler, else c++.
"""

import concurrent.futures
import os
import pathlib
import re
import shutil
import sys
import tempfile
from typing import NamedTuple

from results import Results, is_turn, run

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
RUNTIME, TESTS = ROOT / "runtime", ROOT / "tests/runtime/cuda"
# Compiling takes longer than running, and a failure ends the run.
FLAGS = ["-std=c++17", "-Og", "-march=native", "-ffp-contract=off", "-DSEGC_CUDA_EMULATION"]
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
TURNS = 10


class Mutation(NamedTuple):
    breaks: str  # what is wrong then
    file: str  # of runtime/
    text: str  # occurs there once
    becomes: str
    test: str  # of tests/runtime/cuda: a program of its own


MUTATIONS = [Mutation(*row) for row in [
    # The loop over steps.
    ("no barrier between steps", "segc_cuda_sums.h", """\
overwritten next.
    __syncthreads();
""", """\
overwritten next.
""", "ConvShapesTest"),
    ("a step is not waited for", "segc_cuda_sums.h",
     "awaitCopies<Tile::stages - 2>", "awaitCopies<Tile::stages - 1>", "ConvShapesTest"),
    ("too few steps are copied ahead", "segc_cuda_sums.h",
     "step < Tile::stages - 1; ++step", "step < Tile::stages - 2; ++step", "ConvShapesTest"),
    ("a stage is overwritten too early", "segc_cuda_sums.h",
     "copy(step + Tile::stages - 1)", "copy(step + Tile::stages)", "ConvShapesTest"),
    ("the last steps have no groups of copies", "segc_cuda_sums.h", """\
    }
    endCopies();
""", """\
      endCopies();
    }
""", "ConvShapesTest"),
    ("products of another stage", "segc_cuda_sums.h",
     "const unsigned char *const stage = shared + step %",
     "const unsigned char *const stage = shared + (step + 1) %", "ConvShapesTest"),
    ("memory for a stage less", "segc_cuda_sums.h",
     "kStageBytes * Tile::stages;", "kStageBytes * (Tile::stages - 1);", "ConvShapesTest"),
    # The slices of a block.
    ("no barrier before a slice hands over", "segc_cuda_sums.h",
     "    __syncthreads();\n    if (sums.slice == slice)", "    if (sums.slice == slice)",
     "ConvTilesTest"),
    ("no barrier behind a slice that hands over", "segc_cuda_sums.h",
     "    __syncthreads();\n    if (sums.slice == 0)", "    if (sums.slice == 0)",
     "ConvShapesTest"),
    ("a slice is not added", "segc_cuda_sums.h",
     "slice = 1; slice < Tile::slices;", "slice = 1; slice < Tile::slices - 1;", "ConvShapesTest"),
    ("a slice replaces the others", "segc_cuda_sums.h",
     "sums.sum(i, j) += handedOver", "sums.sum(i, j) = handedOver", "ConvShapesTest"),
    ("all slices sum the first part of a step", "segc_cuda_sums.h",
     "this->slice * this->kChunksOfSlice + c", "c", "ConvShapesTest"),
    ("all slices finish", "segc_cuda_conv.h",
     "  if (sums.slice)\n    return;\n", "", "ConvShapesTest"),
    # Products.
    ("odd rows of a thread are taken for even ones", "segc_cuda_sums.h",
     "chunkPlace<chunks>(row(1), chunk)", "chunkPlace<chunks>(row(0), chunk)", "ConvShapesTest"),
    ("a product is forgotten", "segc_cuda_sums.h",
     "s = device::fma(ofRow[i].w, ofColumn.w, s);", "", "ConvShapesTest"),
    ("sums begin with something", "segc_cuda_sums.h",
     "sums_[i][j] = 0;", "sums_[i][j] = 1;", "ConvShapesTest"),
    # Where chunks are.
    ("pixels are not where sums look for them", "segc_cuda_conv.h",
     "left + chunkPlace<Tile::chunks>(row, chunk_)",
     "left + (row * Tile::chunks + chunk_) * kChunkBytes", "ConvShapesTest"),
    ("weights are not where sums look for them", "segc_cuda_conv.h",
     "right + chunkPlace<Tile::chunks>(column, chunk_)",
     "right + (column * Tile::chunks + chunk_) * kChunkBytes", "ConvShapesTest"),
    ("rows of 4 chunks meet in a bank", "segc_cuda_copy.h",
     "chunk ^ (row >> 1 & 3)", "chunk ^ (row & 3)", "FibersTest"),
    ("rows of 8 chunks meet in a bank", "segc_cuda_copy.h",
     "chunk ^ (row & 7)", "chunk ^ (row >> 1 & 7)", "FibersTest"),
    ("two chunks in one place", "segc_cuda_copy.h",
     "chunk ^ (row & 7)", "chunk | (row & 7)", "FibersTest"),
    # What is copied.
    ("rows above and below the image are read", "segc_cuda_conv.h",
     "static_cast<unsigned>(y) < static_cast<unsigned>(maps_.height)", "y > -(1 << 20)",
     "ConvShapesTest"),
    ("pixels behind the last tap are read", "segc_cuda_conv.h",
     "const bool exists = isTap && static_cast", "const bool exists = static_cast",
     "ConvShapesTest"),
    ("weights behind the last tap are read", "segc_cuda_conv.h",
     "isTap && i * kRowsAtOnce < channelsLeft_", "i * kRowsAtOnce < channelsLeft_",
     "ConvShapesTest"),
    ("weights of channels that do not exist are read", "segc_cuda_conv.h",
     "isTap && i * kRowsAtOnce < channelsLeft_", "isTap", "ConvShapesTest"),
    ("later tiles of channels have too many", "segc_cuda_conv.h",
     "kChannels - firstChannel - row_", "kChannels - row_", "ConvShapesTest"),
    ("what does not exist is copied", "segc_cuda_copy.h",
     "open.push_back({to, exists ? from : nullptr, kChunkBytes})",
     "open.push_back({to, from, kChunkBytes})", "ConvShapesTest"),
    ("rows behind the tile are copied", "segc_cuda_conv.h",
     "      if (Tile::rows % kRowsAtOnce && row >= Tile::rows)\n        break;\n", "",
     "ConvTilesTest"),
    ("columns behind the tile are copied", "segc_cuda_conv.h",
     "      if (Tile::columns % kRowsAtOnce && column >= Tile::columns)\n        break;\n", "",
     "ConvTilesTest"),
    # Taps and channels.
    ("taps change places", "segc_cuda_conv.h", "tapY_ * Shape::kernelWidth + tapX_",
     "tapX_ * Shape::kernelHeight + tapY_", "ConvShapesTest"),
    ("a tap begins with its first channel", "segc_cuda_conv.h",
     "inTap_ -= kChunksOfTap;", "inTap_ = 0;", "ConvShapesTest"),
    ("no taps are left out", "segc_cuda_conv.h",
     "while (inTap_ >= kChunksOfTap", "if (inTap_ >= kChunksOfTap", "ConvShapesTest"),
    ("threads begin with the first tap", "segc_cuda_conv.h",
     "    inTap_ = chunk_;\n    settle();\n", "    inTap_ = chunk_;\n", "ConvShapesTest"),
    ("a step has fewer chunks", "segc_cuda_conv.h",
     "inTap_ += Tile::chunks;", "inTap_ += Tile::chunks / 2;", "ConvShapesTest"),
    ("the last step is forgotten", "segc_cuda_conv.h",
     "(kSummed + Tile::chunks * kChunkElements - 1) / (Tile::chunks * kChunkElements)",
     "kSummed / (Tile::chunks * kChunkElements)", "ConvShapesTest"),
    ("a chunk is the first of its block", "segc_cuda_conv.h",
     "maps_.blockPitch + channel % kChannelBlock;", "maps_.blockPitch;", "ConvShapesTest"),
    ("nothing lies above the image", "segc_cuda_conv.h",
     "y * Shape::strideY - Shape::padTop", "y * Shape::strideY", "ConvShapesTest"),
    ("nothing lies left of the image", "segc_cuda_conv.h",
     "Shape::strideX - Shape::padLeft", "Shape::strideX", "ConvShapesTest"),
    ("rows have the stride of columns", "segc_cuda_conv.h",
     "y * Shape::strideY", "y * Shape::strideX", "ConvShapesTest"),
    ("columns have no stride", "segc_cuda_conv.h",
     "(pixel - y * maps.outputWidth) * Shape::strideX", "(pixel - y * maps.outputWidth)",
     "ConvShapesTest"),
    ("rows are not dilated", "segc_cuda_conv.h",
     "tapY_ * Shape::dilationY", "tapY_", "ConvShapesTest"),
    ("columns are not dilated", "segc_cuda_conv.h",
     "tapX_ * Shape::dilationX", "tapX_", "ConvShapesTest"),
    ("the columns beside the image are the image", "segc_cuda_conv.h",
     "input.min[1] * input.stride[1]", "0", "ConvShapesTest"),
    # Groups.
    ("groups read the first group's channels", "segc_cuda_conv.h",
     "maps.input + group * kBlocks * maps.blockPitch", "maps.input", "ConvShapesTest"),
    ("groups read the first group's weights", "segc_cuda_conv.h",
     "(group * kChannels + firstChannel + row_)", "(firstChannel + row_)", "ConvShapesTest"),
    ("groups write the first group's channels", "segc_cuda_conv.h",
     "(group * Operands::kChannels + channel) / kChannelBlock", "channel / kChannelBlock",
     "ConvShapesTest"),
    ("groups have the first one's tiles", "segc_cuda_conv.h",
     "blockIdx.y) % tilesOfGroup * Tile::columns", "blockIdx.y) * Tile::columns",
     "ConvShapesTest"),
    # What is written.
    ("columns count from the first pixel", "segc_cuda_conv.h",
     "y = pixel / maps.outputWidth, x = pixel - y * maps.outputWidth;",
     "y = pixel / maps.outputWidth, x = pixel;", "ConvShapesTest"),
    ("pixels behind the last one are written", "segc_cuda_conv.h",
     "    if (pixel >= maps.outputPixels)\n      continue;\n", "", "ConvShapesTest"),
    ("channels behind the last one are written", "segc_cuda_conv.h",
     "      if (channel < Operands::kChannels)\n", "", "ConvShapesTest"),
    ("the last pixels have no block", "segc_cuda_conv.h",
     "{(maps.outputPixels + Tile::rows - 1) / Tile::rows,", "{maps.outputPixels / Tile::rows,",
     "ConvShapesTest"),
    ("the last channels have no block", "segc_cuda_conv.h",
     "Shape::groups * ((Operands::kChannels + Tile::columns - 1) / Tile::columns)",
     "Shape::groups * (Operands::kChannels / Tile::columns)", "ConvShapesTest"),
    # The emulation's own eyes.
    ("the emulation's shared memory is clean", "segc_cuda_fibers.h",
     "std::memset(sharedMemory, 0xff, sharedBytes);", "", "FibersTest"),
    ("the emulation's shared memory has room behind it", "segc_cuda_fibers.h",
     "(sharedBytes + 15) / 16 * 16", "(sharedBytes + 31) / 32 * 32", "FibersTest"),
    ("the emulation's copies leave what was there", "segc_cuda_copy.h",
     "std::memset(to, 0xff, kChunkBytes);", "", "FibersTest"),
    ("the emulation's small copies leave what was there", "segc_cuda_copy.h",
     "std::memset(to, 0xff, 4);", "", "FibersTest"),
    ("the emulation's copies outlive their block", "segc_cuda_fibers.h",
     "fibers[i]->groups.clear();", "", "FibersTest"),
    ("the emulation's open copies outlive their block", "segc_cuda_fibers.h",
     "fibers[i]->open.clear();", "", "FibersTest"),
    ("the emulation's zeros are not written", "segc_cuda_copy.h",
     "std::memset(copy.to, 0, copy.bytes);", ";", "FibersTest"),
    ("the emulation's blocks may be too large", "segc_cuda_fibers.h",
     "threads <= 0 || threads > 1024 ||", "threads <= 0 ||", "FibersTest"),
    ("the emulation's shared memory has no limit", "segc_cuda_fibers.h",
     "|| sharedBytes > (size_t{227} << 10)", "", "FibersTest"),
    ("the emulation's copies need no waiting", "segc_cuda_copy.h",
     "for (; fiber.groups.size() > newest;", "for (; fiber.groups.size() > 0;", "FibersTest"),
    ("the emulation's copies need not be aligned", "segc_cuda_copy.h",
     "reinterpret_cast<uintptr_t>(from) % kChunkBytes", "false", "FibersTest"),
    ("the emulation takes one barrier for another", "segc_cuda_fibers.h",
     "state != state || fibers[i]->place != place)", "state != state)", "FibersTest"),
    ("the emulation's barriers are for some", "segc_cuda_fibers.h", """\
    for (int i = first; i < end; ++i) {
      if (fibers[i]->state != state || fibers[i]->place != place)
""", """\
    for (int i = first; i < end; ++i) {
      if (fibers[i]->state != state)
        continue;
      if (fibers[i]->place != place)
""", "FibersTest"),
    ("the emulation's warps keep their order", "segc_cuda_fibers.h",
     "runWarp(static_cast<int>(order[static_cast<uint64_t>(w)]) * kWarp)", "runWarp(w * kWarp)",
     "FibersTest"),
    ("the emulation's blocks keep their order", "segc_cuda_fibers.h",
     "const uint64_t block = order[i];", "const uint64_t block = i;", "FibersTest"),
    ("the emulation's lanes are another warp's", "segc_cuda_fibers.h",
     "lane & (segc::emulation::kWarp - 1)", "lane", "FibersTest"),
    ("the emulation's lanes do not wait to be read", "segc_cuda_fibers.h", """\
kWarp - 1));
  __syncwarp();
""", """\
kWarp - 1));
""", "FibersTest"),
    # Prefix sums and the stable sort.
    ("a chunk's sum lacks those before it", "segc_cuda_order.h",
     "before ? before[chunk] : 0", "0", "OrderTest"),
    ("sums are those before and at a place", "segc_cuda_order.h",
     "    values[i] = sum;\n    sum += value;", "    sum += value;\n    values[i] = sum;",
     "OrderTest"),
    ("the last chunk has no sum", "segc_cuda_order.h",
     "const int64_t chunks = (count + kSumChunk - 1) / kSumChunk;\n  if",
     "const int64_t chunks = count / kSumChunk + (count < kSumChunk);\n  if", "OrderTest"),
    ("digits are not counted anew", "segc_cuda_order.h",
     "    counters[digit * chunks + chunk] = 0;", "    ;", "OrderTest"),
    ("high bits of a key are not sorted by", "segc_cuda_order.h",
     "(shift < 31 && largest >> shift)", "(shift < 16 && largest >> shift)", "OrderTest"),
    ("a digit has seven bits", "segc_cuda_order.h",
     "(kDigits - 1);", "(kDigits / 2 - 1);", "OrderTest"),
    ("chunks share a place", "segc_cuda_order.h",
     "places[digitOf(elements[i], shift) * chunks + chunk]++",
     "places[digitOf(elements[i], shift) * chunks]++", "OrderTest"),
    # Lattices.
    ("rows count as columns", "segc_cuda_lattice.h",
     "pixel % width, row = pixel / width", "pixel / width, row = pixel % width", "CrfKernelsTest"),
    ("two keys share a slot", "segc_cuda_lattice.h",
     "    if (holder != 0 && work.keys[holder - 1] != key)\n      continue;\n", "",
     "CrfKernelsTest"),
    ("who claims a slot numbers it", "segc_cuda_lattice.h",
     "work.firsts[work.slotOf[tap]] == tap;\n", "work.table[work.slotOf[tap]] == tap + 1;\n",
     "CrfKernelsTest"),
    ("the last tap of a slot numbers it", "segc_cuda_lattice.h",
     "    if (own < work.firsts[slot])\n      atomicMin(work.firsts + slot, own);",
     "    work.firsts[slot] = own;", "CrfKernelsTest"),
    ("taps are listed without their column", "segc_cuda_lattice.h",
     "static_cast<int32_t>(place) + taps.column}", "static_cast<int32_t>(place)}",
     "CrfKernelsTest"),
    ("a vertex has no end", "segc_cuda_lattice.h",
     "    work.begin[sorted[i].key + 1] = static_cast<int32_t>(work.taps);", "    ;",
     "CrfKernelsTest"),
    ("a vertex begins with its second tap", "segc_cuda_lattice.h",
     "work.begin[sorted[i].key] = static_cast<int32_t>(i);",
     "work.begin[sorted[i].key] = static_cast<int32_t>(i + 1);", "CrfKernelsTest"),
    ("any vertex is a neighbour", "segc_cuda_lattice.h",
     "    if (work.keys[work.table[at] - 1] != next)\n      continue;\n", "", "CrfKernelsTest"),
    ("no vertex has one before it", "segc_cuda_lattice.h",
     "work.before[row + other] = own;", "", "CrfKernelsTest"),
    ("no vertex has one behind it", "segc_cuda_lattice.h",
     "work.behind[row + own] = other;", "", "CrfKernelsTest"),
    ("vertices without a place are used", "segc_cuda_lattice.h",
     "number < work.most ? number : static_cast<int32_t>(work.most) - 1", "number",
     "CrfKernelsTest"),
    ("vertices without a place are not reported", "segc_cuda_lattice.h",
     "atomicMax(work.status, SEGC_ERROR_CAPACITY);", "", "CrfKernelsTest"),
    ("colours out of reach are not reported", "segc_cuda_lattice.h",
     "    atomicMax(work.status, SEGC_ERROR_VALUE);", "    ;", "CrfKernelsTest"),
    # Filters.
    ("columns beside the scores are looked at", "segc_cuda_crf.h",
     " - int64_t{map.min[1]} * map.stride[1]", "", "CrfKernelsTest"),
    ("scores of one block are looked at", "segc_cuda_crf.h",
     "row / map.extent[2] * map.stride[3] +", "0 +", "CrfKernelsTest"),
    ("scores of one row are looked at", "segc_cuda_crf.h",
     "row % map.extent[2] * map.stride[2] +", "0 +", "CrfKernelsTest"),
    ("threads filter one number each", "segc_cuda_crf.h",
     "lane = i % length;\n    float sum = 0;",
     "lane = i % length;\n    if (i >= int64_t{gridDim.x} * blockDim.x)\n      return;\n"
     "    float sum = 0;", "CrfKernelsTest"),
    ("a vertex lacks its last tap", "segc_cuda_crf.h",
     "entry < lattice.begin[vertex + 1];", "entry < lattice.begin[vertex + 1] - 1;",
     "CrfKernelsTest"),
    ("taps splat another pixel", "segc_cuda_crf.h",
     "rows[int64_t{tap / tapsOfPixel} * length", "rows[int64_t{tap % tapsOfPixel} * length",
     "CrfKernelsTest"),
    ("all axes are the first", "segc_cuda_crf.h",
     "place = axis * lattice.most + vertex;", "place = vertex;", "CrfKernelsTest"),
    ("a neighbour counts as much as the vertex", "segc_cuda_crf.h",
     "device::fma(0.5f, sum, from[i])", "device::fma(1.0f, sum, from[i])", "CrfKernelsTest"),
    ("a missing neighbour is read", "segc_cuda_crf.h",
     "(behind < 0 ? 0.0f : from[behind * length + lane])", "from[behind * length + lane]",
     "CrfKernelsTest"),
    ("the filter's weight is ignored", "segc_cuda_crf.h",
     "device::sqrt(strength / sum)", "device::sqrt(1 / sum)", "CrfKernelsTest"),
    ("rows begin with the table", "segc_cuda_crf.h",
     "first + lattice.vertex[i] * padded", "lattice.vertex[i] * padded", "CrfKernelsTest"),
]]


def compiler():
    return os.environ.get("CXX", "c++")


def compiled(test, runtime, program, extra=()):
    """What the compiler says of a test beside such a runtime."""
    return run([compiler(), *FLAGS, *extra, f"-I{runtime}", TESTS / f"{test}.cpp", "-o", program,
                "-lgtest", "-lgtest_main", "-lpthread"])


def ran(program):
    return run([program, "--gtest_fail_fast"], timeout=120)


def unchanged(test, folder):
    """Whether a test of the runtime as it is passes, and what it says otherwise."""
    program = folder / test
    outcome = compiled(test, RUNTIME, program, WARNINGS)
    if outcome.code == 0:
        outcome = ran(program)
    return outcome.code == 0, outcome.text if outcome.code else ""


def mistaken(text, mutation, folder):
    """Whether the test of a mutation fails, and where; `text` is that of the file."""
    folder.mkdir()
    runtime = shutil.copytree(RUNTIME, folder / "runtime")
    (runtime / mutation.file).write_text(text.replace(mutation.text, mutation.becomes))
    outcome = compiled(mutation.test, runtime, folder / "test")
    if outcome.code:
        return False, f"does not compile, which shows nothing\n{outcome.text}"
    outcome = ran(folder / "test")
    shutil.rmtree(folder)
    failed = re.search(r"^\[  FAILED  \] (\S+) \(", outcome.out, re.MULTILINE)
    begun = re.findall(r"^\[ RUN      \] (\S+)", outcome.out, re.MULTILINE)
    if outcome.code and failed:
        return True, f"seen by {failed[1]}"
    if outcome.code and begun:
        return True, f"seen by {begun[-1]}, which does not end as it should"
    return False, f"not seen by {mutation.test}\n{outcome.text}"


def main():
    if len(sys.argv) > 1:
        sys.exit(__doc__)
    results, mutations = Results(), []
    for mutation in MUTATIONS:
        text = (RUNTIME / mutation.file).read_text()
        times = text.count(mutation.text)
        # The table must keep up with the runtime every day.
        if times != 1:
            results.fail(mutation.breaks, f"{mutation.file} has the text {times} times")
        elif is_turn(mutation.breaks, TURNS):
            mutations.append((text, mutation))
        else:
            results.skip(mutation.breaks, "its turn is another day")
    with tempfile.TemporaryDirectory() as temporary, \
            concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        folder = pathlib.Path(temporary)
        waiting = {}
        for test in sorted({mutation.test for _, mutation in mutations}):
            waiting[pool.submit(unchanged, test, folder)] = f"{test} of the runtime as it is"
        for i, (text, mutation) in enumerate(mutations):
            waiting[pool.submit(mistaken, text, mutation, folder / str(i))] = mutation.breaks
        for done in concurrent.futures.as_completed(waiting):
            is_right, note = done.result()
            (results.ok if is_right else results.fail)(waiting[done], note)
    results.finish()


if __name__ == "__main__":
    main()
