//===- segc_pages.h - giving pages of a file back ----------------*- C++ -*-===//
//
// Part of the runtime that every generated package carries. What was read once from a
// mapped file need not stay in the process's memory: the system can read it again. Linux
// alone; elsewhere nothing happens, and nothing depends on it.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_PAGES_H
#define SEGC_PAGES_H

#include <cstddef>
#include <cstdint>

#if defined(__linux__)
#include <cerrno>
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace segc {

/// Takes pages of one range of memory, a piece of a mapped file that nobody has written to, out
/// of the process.
class FilePages {
public:
  /// Nothing is ever given back where the range is not, or not surely, mapped from a file (a
  /// program that was unpacked into memory, say): its bytes would be lost. `writable` is memory
  /// of the process that nobody else uses meanwhile, at least a page of it or the answer is no.
  FilePages(const void *begin, size_t bytes, void *writable, size_t writableBytes) {
#if defined(__linux__) && defined(MADV_WIPEONFORK)
    const int error = errno;
    page_ = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
    begin_ = roundUp(reinterpret_cast<uintptr_t>(begin));
    end_ = (reinterpret_cast<uintptr_t>(begin) + bytes) / page_ * page_;
    const uintptr_t known = roundUp(reinterpret_cast<uintptr_t>(writable));
    const bool pageIsKnown = known + page_ <= reinterpret_cast<uintptr_t>(writable) + writableBytes;
    // Linux takes this advice for memory that belongs to the process alone, and refuses it for
    // files. That it takes it for memory known to be the process's shows that it tells them apart.
    if (begin_ >= end_ || !pageIsKnown || !takesForkAdvice(known) || takesForkAdvice(begin_) ||
        errno != EINVAL)
      end_ = begin_;
    errno = error;
#else
    (void)begin, (void)bytes, (void)writable, (void)writableBytes;
#endif
  }

  /// Everything before `end`, but for the page that holds it, has been read. Reading it again is
  /// allowed, and brings it back.
  void readUpTo(const void *end) {
#if defined(__linux__) && defined(MADV_WIPEONFORK)
    uintptr_t to = reinterpret_cast<uintptr_t>(end) / page_ * page_;
    to = to < end_ ? to : end_;
    if (to <= begin_)
      return;
    const int error = errno;
    (void)madvise(pointer(begin_), to - begin_, MADV_DONTNEED);
    errno = error;
#else
    (void)end;
#endif
  }

private:
#if defined(__linux__) && defined(MADV_WIPEONFORK)
  // Where a page begins: an address that is computed.
  static void *pointer(uintptr_t address) {
    return reinterpret_cast<void *>(address); // NOLINT(performance-no-int-to-ptr)
  }
  uintptr_t roundUp(uintptr_t address) const { return (address + page_ - 1) / page_ * page_; }
  bool takesForkAdvice(uintptr_t address) const {
    errno = 0;
    if (madvise(pointer(address), page_, MADV_WIPEONFORK) != 0)
      return false;
    (void)madvise(pointer(address), page_, MADV_KEEPONFORK);
    return true;
  }

  uintptr_t page_ = 1, begin_ = 0, end_ = 0;
#endif
};

} // namespace segc

#endif // SEGC_PAGES_H
