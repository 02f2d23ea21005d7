// The hash table of lattice vertices gives each key its number, whatever the hashes.

#include "segc_vertex_table.h"

#include <gtest/gtest.h>

#include <vector>

namespace {

using segc::NarrowKey;
using segc::tableSlots;
using segc::VertexTable;
using segc::WideKey;

/// Inserts keys twice, more than a new table has slots for, and looks them up.
template <typename Word> void expectNumbered(const std::vector<Word> &keys, Word missing) {
  const int64_t slotCount = tableSlots(static_cast<int64_t>(keys.size()));
  std::vector<Word> memory(keys.size());
  std::vector<uint64_t> slots(static_cast<size_t>(slotCount), 12345);
  VertexTable<Word> table(memory.data(), slots.data(), slotCount);
  for (int round = 0; round < 2; ++round)
    for (size_t i = 0; i < keys.size(); ++i)
      ASSERT_EQ(table.insert(table.query(keys[i])), static_cast<int32_t>(i));
  EXPECT_EQ(table.count(), static_cast<int32_t>(keys.size()));
  EXPECT_TRUE(memory == keys);
  for (size_t i = 0; i < keys.size(); ++i)
    ASSERT_EQ(table.find(table.query(keys[i])), static_cast<int32_t>(i));
  EXPECT_EQ(table.find(table.query(missing)), -1);
}

TEST(VertexTable, NumbersKeysInOrder) {
  std::vector<NarrowKey> narrow;
  std::vector<WideKey> wide;
  for (uint64_t i = 0; i < 20000; ++i) {
    narrow.push_back(i % 100 | i / 100 << 24);
    wide.push_back(static_cast<WideKey>(i % 150) << 75 | i / 150);
  }
  expectNumbered(narrow, NarrowKey{100});
  expectNumbered(wide, static_cast<WideKey>(151) << 75);
}

TEST(VertexTable, ComparesKeysWhoseTagsAreEqual) {
  // The lower half of the hash, which is the tag, is that of `fold` for all of these.
  const uint64_t fold = 0x12345678;
  std::vector<NarrowKey> keys;
  for (uint64_t upper = 0; upper < 5000; ++upper)
    keys.push_back(upper << 32 | (fold ^ upper));
  ASSERT_EQ(segc::hashKey(keys.front()) & 0xffffffffu, segc::hashKey(keys.back()) & 0xffffffffu);
  expectNumbered(keys, NarrowKey{5000} << 32 | (fold ^ 5000));
}

} // namespace
