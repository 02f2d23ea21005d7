// What is kept comes back whole or not at all, and does not grow without bounds.

#include "compiler/package/Cache.h"

#include "tests/files/TestFolder.h"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>
#include <utime.h>

namespace {

using namespace segc;
namespace fs = std::filesystem;

constexpr uint64_t kMuch = 1 << 30;

CacheKey keyOf(const std::string &text) { return CacheKey("test").add(text); }

/// The only entry of a cache.
fs::path onlyFile(const std::string &folder) {
  fs::path found;
  for (const auto &entry : fs::directory_iterator(folder)) {
    if (entry.path().filename() == "llvmcache.timestamp")
      continue;
    EXPECT_TRUE(found.empty()) << entry.path() << " besides " << found;
    found = entry.path();
  }
  return found;
}

TEST(Cache, ReturnsWhatWasPut) {
  TestFolder folder;
  const std::string result("text\0with a zero\n", 17);
  Cache(true, folder / "cache", kMuch).put(keyOf("a"), result);
  Cache cache(true, folder / "cache", kMuch);
  EXPECT_EQ(cache.get(keyOf("a")), result);
  EXPECT_EQ(cache.get(keyOf("b")), std::nullopt);
  cache.put(keyOf("b"), "");
  EXPECT_EQ(cache.get(keyOf("b")), "");
}

TEST(Cache, KeysTellPartsApart) {
  EXPECT_NE(CacheKey("k").add("ab").add("c").text(), CacheKey("k").add("a").add("bc").text());
  EXPECT_NE(CacheKey("k").add("a").text(), CacheKey("l").add("a").text());
  EXPECT_EQ(CacheKey("k").add("a").text(), CacheKey("k").add("a").text());
  EXPECT_EQ(CacheKey("k").text().size(), 32U);
}

TEST(Cache, DamagedEntriesAreNone) {
  TestFolder folder;
  const std::string result(1000, 'x');
  for (int damage = 0; damage < 4; ++damage) {
    Cache cache(true, folder / "cache", kMuch);
    cache.put(keyOf("a"), result);
    const fs::path file = onlyFile(folder / "cache");
    const auto size = fs::file_size(file);
    if (damage == 0) // a byte of the result
      std::fstream(file, std::ios::in | std::ios::out).seekp(static_cast<int>(size) - 7).put('y');
    else if (damage == 1) // of the digest
      std::fstream(file, std::ios::in | std::ios::out).seekp(20).put('y');
    else
      fs::resize_file(file, damage == 2 ? size - 1 : 5);
    EXPECT_EQ(cache.get(keyOf("a")), std::nullopt) << damage;
    EXPECT_FALSE(fs::exists(file)) << damage;
    cache.put(keyOf("a"), result);
    EXPECT_EQ(cache.get(keyOf("a")), result) << damage;
  }
}

TEST(Cache, LinksFilesThatItKeeps) {
  TestFolder folder;
  const std::string large(100000, 'x');
  folder.put("made", large);
  Cache cache(true, folder / "cache", kMuch);
  EXPECT_FALSE(cache.link(keyOf("a"), folder / "none"));
  cache.keep(keyOf("a"), folder / "made");
  fs::remove(folder / "made");
  ASSERT_TRUE(cache.link(keyOf("a"), folder / "used"));
  EXPECT_EQ(folder.get("used"), large);
  EXPECT_FALSE(cache.link(keyOf("b"), folder / "other"));
  cache.put(keyOf("b"), "no digest");
  EXPECT_FALSE(cache.link(keyOf("b"), folder / "other"));
  EXPECT_FALSE(fs::exists(folder / "other"));

  // A damaged one is none, and may be made anew.
  fs::resize_file(folder / "used", large.size() - 1); // the same file
  EXPECT_FALSE(cache.link(keyOf("a"), folder / "again"));
  folder.put("made", large);
  cache.keep(keyOf("a"), folder / "made");
  ASSERT_TRUE(cache.link(keyOf("a"), folder / "again"));
  EXPECT_EQ(folder.get("again"), large);
}

TEST(Cache, SwitchedOffItKeepsNothing) {
  TestFolder folder;
  Cache(true, folder / "cache", kMuch).put(keyOf("a"), "x");
  Cache cache(false, folder / "cache", kMuch);
  EXPECT_EQ(cache.get(keyOf("a")), std::nullopt);
  Cache(false, folder / "none", kMuch).put(keyOf("a"), "x");
  EXPECT_FALSE(fs::exists(folder / "none"));
}

TEST(Cache, AFolderThatCannotBeIsNoError) {
  TestFolder folder;
  folder.put("file", "");
  Cache cache(true, folder / "file/cache", kMuch);
  cache.put(keyOf("a"), "x");
  EXPECT_EQ(cache.get(keyOf("a")), std::nullopt);
}

TEST(Cache, WhatWasUsedLeastRecentlyGoes) {
  TestFolder folder;
  const std::string large(10000, 'x');
  {
    Cache cache(true, folder / "cache", kMuch);
    for (const char *name : {"a", "b", "c", "d"})
      cache.put(keyOf(name), large);
  }
  for (const auto &entry : fs::directory_iterator(folder / "cache")) {
    const utimbuf longAgo{1000000, 1000000};
    utime(entry.path().c_str(), &longAgo);
  }
  {
    Cache cache(true, folder / "cache", 35000);
    EXPECT_TRUE(cache.get(keyOf("b"))); // is used
    cache.put(keyOf("e"), large);
  }
  Cache cache(true, folder / "cache", kMuch);
  EXPECT_TRUE(cache.get(keyOf("b")));
  EXPECT_TRUE(cache.get(keyOf("e")));
  int others = 0;
  for (const char *name : {"a", "c", "d"})
    others += cache.get(keyOf(name)).has_value();
  EXPECT_EQ(others, 1);
}

TEST(Cache, ManyAtOnce) {
  TestFolder folder;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int round = 0; round < 20; ++round) {
        Cache cache(true, folder / "cache", 60000);
        for (int i = 0; i < 10; ++i) {
          const std::string result(1000 * (i + 1), static_cast<char>('a' + i));
          if (auto found = cache.get(keyOf(std::to_string(i))))
            EXPECT_EQ(*found, result);
          else
            cache.put(keyOf(std::to_string(i)), result);
        }
      }
    });
  for (std::thread &thread : threads)
    thread.join();
}

TEST(Cache, Limit) {
  for (auto [text, bytes] : {std::pair("5", uint64_t{5}), std::pair("3k", uint64_t{3} << 10),
                             std::pair("7M", uint64_t{7} << 20), std::pair("2G", uint64_t{2} << 30),
                             std::pair("many", uint64_t{4} << 30)}) {
    setenv("SEGC_CACHE_SIZE", text, 1);
    EXPECT_EQ(cacheLimit(), bytes) << text;
  }
  unsetenv("SEGC_CACHE_SIZE");
  EXPECT_EQ(cacheLimit(), uint64_t{4} << 30);
}

} // namespace
