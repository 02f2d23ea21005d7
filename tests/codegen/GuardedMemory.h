//===- GuardedMemory.h - memory that nobody overruns ------------*- C++ -*-===//
//
// An array that ends where a page begins which may be neither read nor written: a kernel that
// runs over the end stops the test, whatever it does with what it finds there. For reads this
// is the only witness, since a value that is thrown away again shows nowhere.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_TESTS_CODEGEN_GUARDEDMEMORY_H
#define SEGC_TESTS_CODEGEN_GUARDEDMEMORY_H

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <new>

namespace segc {

template <typename T> class GuardedMemory {
public:
  GuardedMemory(size_t count, T value) : count(count) {
    const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    const size_t used = (count * sizeof(T) + page - 1) / page * page;
    mapped = used + page;
    base = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED || mprotect(static_cast<char *>(base) + used, page, PROT_NONE) != 0)
      throw std::bad_alloc();
    first = reinterpret_cast<T *>(static_cast<char *>(base) + used) - count;
    // What lies in front of the array, up to its page, is as wrong as the value is.
    std::fill(reinterpret_cast<T *>(base), first + count, value);
  }
  ~GuardedMemory() {
    if (base)
      munmap(base, mapped);
  }
  GuardedMemory(const GuardedMemory &other) : GuardedMemory(other.count, T()) {
    std::copy(reinterpret_cast<T *>(other.base), other.first + count, reinterpret_cast<T *>(base));
  }
  GuardedMemory &operator=(const GuardedMemory &) = delete;
  GuardedMemory(GuardedMemory &&other) noexcept
      : count(other.count), mapped(other.mapped), base(other.base), first(other.first) {
    other.base = nullptr;
  }

  size_t size() const { return count; }
  T *begin() { return first; }
  T *end() { return first + count; }
  T *data() { return first; }
  T &operator[](size_t i) { return first[i]; }
  const T &operator[](size_t i) const { return first[i]; }

private:
  size_t count, mapped;
  void *base;
  T *first;
};

} // namespace segc

#endif // SEGC_TESTS_CODEGEN_GUARDEDMEMORY_H
