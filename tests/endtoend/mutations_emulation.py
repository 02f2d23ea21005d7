"""Mistakes in what shows mistakes, the emulation of CUDA (segc_cuda_fibers.h, segc_cuda_copy.h).

Rows are those of mutations.py: what is wrong then, the file of runtime/, a text that occurs there
once, what it becomes, and the program of tests/runtime/cuda that must fail.
"""

MUTATIONS = [
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
     "std::memset(static_cast<char *>(copy.to) + copy.bytes, 0, copy.zeros);", ";", "FibersTest"),
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
    ("the emulation's lanes keep their order", "segc_cuda_fibers.h",
     "static_cast<int>(orderOfWarp[static_cast<uint64_t>(i)])", "i", "FibersTest"),
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
]
