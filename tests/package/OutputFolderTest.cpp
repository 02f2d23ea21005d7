// A package appears as a whole or not at all, and other people's files stay.

#include "compiler/package/OutputFolder.h"

#include "tests/files/TestFolder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace {

using namespace segc;
using testing::HasSubstr;
namespace fs = std::filesystem;

/// Names of all that is in a folder, hidden or not.
std::set<std::string> listing(const std::string &path) {
  std::set<std::string> names;
  for (const fs::directory_entry &entry : fs::directory_iterator(path))
    names.insert(entry.path().filename().string());
  return names;
}

/// Writes files whose contents are `text`, and commits.
std::string package(const std::string &path, const std::vector<std::string> &names,
                    const std::string &text) {
  auto folder = OutputFolder::create(path);
  if (!folder)
    return llvm::toString(folder.takeError());
  for (const std::string &name : names)
    if (llvm::Error error = folder->write(name, text))
      return llvm::toString(std::move(error));
  return messageOf(folder->commit());
}

using Names = std::set<std::string>;

TEST(OutputFolder, MakesANewFolder) {
  TestFolder test;
  ASSERT_EQ(package(test / "deep/er/out/", {"a.h", "a.cpp"}, "1"), "");
  EXPECT_EQ(listing(test / "deep/er"), (Names{"out"}));
  EXPECT_EQ(listing(test / "deep/er/out"), (Names{"a.h", "a.cpp", ".segc-files"}));
  EXPECT_EQ(test.get("deep/er/out/a.h"), "1");
  // Others may read it as far as the user's umask allows: it is not private.
  EXPECT_NE(fs::status(test / "deep/er/out").permissions() & fs::perms::group_read,
            fs::perms::none);
}

TEST(OutputFolder, NothingBeforeTheCommit) {
  TestFolder test;
  {
    auto folder = OutputFolder::create(test / "out");
    ASSERT_TRUE(bool(folder));
    ASSERT_EQ(messageOf(folder->write("a.h", "1")), "");
    EXPECT_FALSE(fs::exists(test / "out"));
    OutputFolder moved = std::move(*folder); // Only one of them cleans up.
  }
  EXPECT_EQ(listing(test.path()), Names{});
}

TEST(OutputFolder, ReplacesAnOlderPackageOnly) {
  TestFolder test;
  fs::create_directory(test / "out");
  test.put("out/notes.txt", "mine");
  ASSERT_EQ(package(test / "out", {"a.h", "old.cpp"}, "1"), "");
  ASSERT_EQ(package(test / "out", {"a.h", "new.cpp"}, "2"), "");
  EXPECT_EQ(listing(test / "out"), (Names{"a.h", "new.cpp", "notes.txt", ".segc-files"}));
  EXPECT_EQ(test.get("out/a.h"), "2");
  EXPECT_EQ(test.get("out/notes.txt"), "mine");
}

TEST(OutputFolder, NeverTouchesForeignFiles) {
  TestFolder test;
  ASSERT_EQ(package(test / "out", {"a.h"}, "1"), "");
  test.put("out/b.h", "mine");
  EXPECT_THAT(package(test / "out", {"a.h", "b.h"}, "2"), HasSubstr("did not write: b.h"));
  EXPECT_EQ(test.get("out/a.h"), "1");
  EXPECT_EQ(test.get("out/b.h"), "mine");
  EXPECT_EQ(listing(test / "out"), (Names{"a.h", "b.h", ".segc-files"}));
}

TEST(OutputFolder, AHostileManifestNamesNothingElse) {
  TestFolder test;
  test.put("precious", "mine");
  fs::create_directory(test / "out");
  fs::create_directory(test / "out/sub");
  test.put("out/sub/file", "mine");
  test.put("out/.segc-files",
           "../precious\n" + test.path() + "/precious\nsub\n..\n.\n\nsub/file\n");
  ASSERT_EQ(package(test / "out", {"a.h"}, "1"), "");
  EXPECT_EQ(test.get("precious"), "mine");
  EXPECT_EQ(test.get("out/sub/file"), "mine");
}

TEST(OutputFolder, LinksAreReplacedNotFollowed) {
  TestFolder test;
  test.put("precious", "mine");
  ASSERT_EQ(package(test / "out", {"a.h"}, "1"), "");
  fs::remove(test / "out/a.h");
  fs::create_symlink(test / "precious", test / "out/a.h");
  ASSERT_EQ(package(test / "out", {"a.h"}, "2"), "");
  EXPECT_EQ(test.get("precious"), "mine");
  EXPECT_EQ(test.get("out/a.h"), "2");
  // A link to the folder itself is the folder.
  fs::create_symlink(test / "out", test / "link");
  ASSERT_EQ(package(test / "link", {"a.h"}, "3"), "");
  EXPECT_TRUE(fs::is_symlink(test / "link"));
  EXPECT_EQ(test.get("out/a.h"), "3");
}

TEST(OutputFolder, AFailureHalfwayIsUndone) {
  // The manifest is moved last, and a folder is in its way.
  TestFolder test;
  fs::create_directories(test / "out/.segc-files");
  test.put("out/notes.txt", "mine");
  EXPECT_NE(package(test / "out", {"a.h", "b.h"}, "1"), "");
  EXPECT_EQ(listing(test / "out"), (Names{"notes.txt", ".segc-files"}));
}

// A compiler may be reading it.
TEST(OutputFolder, FilesAreWrittenOnce) {
  TestFolder test;
  EXPECT_NE(package(test / "out", {"a.h", "b.h", "a.h"}, "1"), "");
  EXPECT_EQ(listing(test.path()), Names{});
}

TEST(OutputFolder, AFailedCommitLeavesTheOldPackage) {
  TestFolder test;
  ASSERT_EQ(package(test / "out", {"a.h", "b.h", "z.h"}, "1"), "");
  auto folder = OutputFolder::create(test / "out");
  ASSERT_TRUE(bool(folder));
  for (const char *name : {"a.h", "b.h", "new.h"})
    ASSERT_EQ(messageOf(folder->write(name, "2")), "");
  // Somebody put a folder where an old file of ours was.
  fs::remove(test / "out/b.h");
  fs::create_directory(test / "out/b.h");
  EXPECT_NE(messageOf(folder->commit()), "");
  EXPECT_EQ(test.get("out/a.h"), "1");
  EXPECT_EQ(test.get("out/z.h"), "1");
  EXPECT_FALSE(fs::exists(test / "out/new.h"));
  {
    OutputFolder end = std::move(*folder);
  }
  EXPECT_EQ(listing(test / "out"), (Names{"a.h", "b.h", "z.h", ".segc-files"}));
}

TEST(OutputFolder, FilesOfOtherPrograms) {
  TestFolder test;
  auto folder = OutputFolder::create(test / "out");
  ASSERT_TRUE(bool(folder));
  auto path = folder->pathFor("liba.a");
  ASSERT_TRUE(bool(path));
  EXPECT_THAT(messageOf(folder->commit()), HasSubstr("liba.a: was not written"));
  std::ofstream(*path) << "library";
  std::ofstream(folder->stagingPath() + "/a.o") << "left over";
  ASSERT_EQ(messageOf(folder->commit()), "");
  EXPECT_EQ(listing(test / "out"), (Names{"liba.a", ".segc-files"}));
}

TEST(OutputFolder, SafeNames) {
  for (const char *name : {"a", "net.h", "libnet-1.2.a", "a_b+c.cu"})
    EXPECT_TRUE(OutputFolder::isSafeName(name)) << name;
  for (const char *name : {"", ".", "..", "../a", "a/b", "/a", "a\\b", ".hidden", "-rf", "a b",
                           "a\n", ".segc-files", "\xc3\xa9"})
    EXPECT_FALSE(OutputFolder::isSafeName(name)) << name;
  EXPECT_FALSE(OutputFolder::isSafeName(llvm::StringRef("a\0b", 3)));
  EXPECT_FALSE(OutputFolder::isSafeName(std::string(201, 'a')));
  TestFolder test;
  EXPECT_THAT(package(test / "out", {"../a"}, "1"), HasSubstr("'../a' is not a safe name"));
  EXPECT_EQ(listing(test.path()), Names{});
}

TEST(OutputFolder, PlacesThatCannotBe) {
  TestFolder test;
  test.put("file", "mine");
  EXPECT_THAT(package(test / "file", {"a.h"}, "1"), HasSubstr("is not a folder"));
  EXPECT_NE(package(test / "file/out", {"a.h"}, "1"), "");
  EXPECT_NE(package("", {"a.h"}, "1"), "");
  EXPECT_NE(package("/proc/segc-out", {"a.h"}, "1"), "");
  EXPECT_EQ(listing(test.path()), (Names{"file"}));
}

} // namespace
