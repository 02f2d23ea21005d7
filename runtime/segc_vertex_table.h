//===- segc_vertex_table.h - the numbers of lattice vertices -----*- C++ -*-===//
//
// Part of the runtime that every generated package carries. C++17, no allocation.
//
// An open-addressing hash table in the caller's memory, from the keys of lattice
// vertices (segc_simplex.h) to numbers 0, 1, 2, ... in order of insertion. A slot is
// eight bytes: 32 bits of the key's hash, and the number plus one (0: empty). So a
// probe for a key that is not there hardly ever leaves the slots, and a slot is
// one size for narrow and wide keys.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_VERTEX_TABLE_H
#define SEGC_VERTEX_TABLE_H

#include "segc_simplex.h"

#include <algorithm>

namespace segc {

/// Slots, a power of two, in which `keys` keys leave a third of the slots empty.
inline int64_t tableSlots(int64_t keys) {
  int64_t slots = 64;
  while (slots < keys + keys / 2)
    slots *= 2;
  return slots;
}

/// Fibonacci hashing: the upper bits pick the slot. The fold lets fields in the
/// upper half reach the lower bits, which are the tag.
inline uint64_t hashKey(NarrowKey key) {
  return (key ^ (key >> 32)) * uint64_t{0x9E3779B97F4A7C15};
}
inline uint64_t hashKey(WideKey key) {
  const uint64_t upper = static_cast<uint64_t>(key >> 64) * uint64_t{0xC2B2AE3D27D4EB4F};
  return hashKey(static_cast<uint64_t>(key) ^ upper ^ (upper >> 29));
}

/// Says that slots and keys hold a table already.
struct VertexTableReady {};

template <typename Word> class VertexTable {
public:
  /// A key on its way to find(), its slot on its way to the cache.
  struct Query {
    Word key;
    uint64_t hash;
  };

  /// An empty table that grows in its memory: `keys` and tableSlots(n) slots hold n
  /// keys. It starts small to stay in cache, with room for `expected` keys.
  VertexTable(Word *keys, uint64_t *slots, int64_t maxSlots, int64_t expected = 0)
      : keys_(keys), slots_(slots), maxSlots_(maxSlots) {
    clear(std::min(maxSlots, std::max(tableSlots(expected), int64_t{1024})));
  }
  /// A table that another one filled, to be read; `slotCount` is its final size.
  VertexTable(Word *keys, uint64_t *slots, int64_t slotCount, VertexTableReady)
      : keys_(keys), slots_(slots), maxSlots_(slotCount) {
    setSize(slotCount);
  }

  int32_t count() const { return count_; }

  /// The number of a key, a new one if it has none. The keys lie in order of their
  /// numbers; the place of the next one may be where `key` came from.
  SEGC_INLINE int32_t insert(const Query &query) {
    uint64_t slot = query.hash >> shift_;
    for (; slots_[slot] != 0; slot = (slot + 1) & mask_) {
      const int32_t number = match(slots_[slot], query.hash, query.key);
      if (number >= 0)
        return number;
    }
    return add(slot, query);
  }

  void prefetch(const Query &query) const { __builtin_prefetch(slots_ + (query.hash >> shift_)); }
  Query query(Word key) const {
    const Query query = {key, hashKey(key)};
    prefetch(query);
    return query;
  }
  /// The number of a key, or -1.
  int32_t find(const Query &query) const {
    for (uint64_t slot = query.hash >> shift_; slots_[slot] != 0; slot = (slot + 1) & mask_) {
      const int32_t number = match(slots_[slot], query.hash, query.key);
      if (number >= 0)
        return number;
    }
    return -1;
  }

private:
  int32_t match(uint64_t slot, uint64_t hash, Word key) const {
    if (slot >> 32 != (hash & 0xffffffffu))
      return -1;
    const int32_t number = static_cast<int32_t>(slot & 0xffffffffu) - 1;
    return keys_[number] == key ? number : -1;
  }

  int32_t add(uint64_t slot, const Query &query) {
    slots_[slot] = query.hash << 32 | static_cast<uint64_t>(count_ + 1);
    keys_[count_++] = query.key;
    if (int64_t{count_} * 2 > size_ && size_ < maxSlots_)
      grow();
    return count_ - 1;
  }

  void setSize(int64_t size) {
    size_ = size;
    mask_ = static_cast<uint64_t>(size) - 1;
    shift_ = 64 - __builtin_ctzll(static_cast<unsigned long long>(size));
  }
  void clear(int64_t size) {
    setSize(size);
    std::fill(slots_, slots_ + size, uint64_t{0});
  }
  void grow() {
    clear(size_ * 2);
    for (int32_t number = 0; number < count_; ++number) {
      const uint64_t hash = hashKey(keys_[number]);
      uint64_t slot = hash >> shift_;
      while (slots_[slot] != 0)
        slot = (slot + 1) & mask_;
      slots_[slot] = hash << 32 | static_cast<uint64_t>(number + 1);
    }
  }

  Word *keys_;
  uint64_t *slots_;
  int64_t maxSlots_;
  int64_t size_ = 0;
  uint64_t mask_ = 0;
  int shift_ = 0;
  int32_t count_ = 0;
};

} // namespace segc

#endif // SEGC_VERTEX_TABLE_H
