// .npy files are read as NumPy wrote them; broken and hostile ones are refused.

#include "compiler/files/NpyFile.h"

#include "tests/files/TestFolder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace segc;
using testing::HasSubstr;

/// A file of `version` with the given header and data.
std::string npy(const std::string &header, const std::string &data, int version = 1) {
  std::string file("\x93NUMPY", 6);
  file += static_cast<char>(version);
  file += '\0';
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i)
    file += static_cast<char>(header.size() >> (8 * i) & 0xff);
  return file + header + data;
}

std::string dict(const std::string &descr, const std::string &shape,
                 const std::string &fortran = "False") {
  return "{'descr': '" + descr + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }\n";
}

std::string refusal(const std::string &bytes) { return messageOf(parseNpy(bytes, "x.npy")); }

TEST(NpyFile, RoundTripsEveryType) {
  TestFolder folder;
  for (ElementType type :
       {ElementType::Float32, ElementType::Float64, ElementType::Float16, ElementType::Int64,
        ElementType::Int32, ElementType::UInt8, ElementType::Bool})
    for (const std::vector<int64_t> &dims :
         std::vector<std::vector<int64_t>>{{}, {1}, {5}, {2, 3}, {1, 3, 2, 2}, {0, 4}}) {
      HostTensor tensor(type, dims);
      for (size_t i = 0; i < tensor.bytes().size(); ++i)
        tensor.bytes()[i] = std::byte(type == ElementType::Bool ? i % 2 : i + 1);
      ASSERT_EQ(messageOf(writeNpy(folder / "t.npy", tensor)), "");
      auto back = readNpy(folder / "t.npy");
      ASSERT_TRUE(bool(back)) << llvm::toString(back.takeError());
      EXPECT_EQ(back->type(), type);
      EXPECT_EQ(back->dims(), dims);
      EXPECT_EQ(back->bytes(), tensor.bytes());
      // NumPy wants the data at a multiple of 64.
      EXPECT_EQ((folder.get("t.npy").size() - tensor.bytes().size()) % 64, 0u);
    }
}

TEST(NpyFile, ReadsVersionsAndSpellings) {
  const std::string data("\1\0\0\0\2\0\0\0", 8);
  for (int version : {1, 2, 3}) {
    auto tensor = parseNpy(npy(dict("<i4", "(2,)"), data, version), "x");
    ASSERT_TRUE(bool(tensor)) << llvm::toString(tensor.takeError());
    EXPECT_EQ(tensor->data<int32_t>()[1], 2);
  }
  auto tensor =
      parseNpy(npy("{\"shape\":(1L, 2L),\"descr\":\"<i4\",'fortran_order':False}", data), "x");
  ASSERT_TRUE(bool(tensor)) << llvm::toString(tensor.takeError());
  EXPECT_EQ(tensor->dims(), (std::vector<int64_t>{1, 2}));
}

TEST(NpyFile, TurnsFortranOrder) {
  // The 2x3 array 1 2 3 / 4 5 6, column by column.
  auto tensor = parseNpy(npy(dict("|u1", "(2, 3)", "True"), "\1\4\2\5\3\6"), "x");
  ASSERT_TRUE(bool(tensor)) << llvm::toString(tensor.takeError());
  for (int i = 0; i < 6; ++i)
    EXPECT_EQ(tensor->data<uint8_t>()[i], i + 1);
  // Three dimensions: element (i, j, k) of 2x3x2 lies at i + 2 j + 6 k.
  std::string data;
  for (char c = 0; c < 12; ++c)
    data += c;
  tensor = parseNpy(npy(dict("|u1", "(2, 3, 2)", "True"), data), "x");
  ASSERT_TRUE(bool(tensor)) << llvm::toString(tensor.takeError());
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 3; ++j)
      for (int k = 0; k < 2; ++k)
        EXPECT_EQ(tensor->data<uint8_t>()[(i * 3 + j) * 2 + k], i + 2 * j + 6 * k);
}

TEST(NpyFile, BoolsAreZeroOrOne) {
  auto tensor = parseNpy(npy(dict("|b1", "(3,)"), std::string("\0\7\377", 3)), "x");
  ASSERT_TRUE(bool(tensor));
  EXPECT_EQ(tensor->data<uint8_t>()[0], 0);
  EXPECT_EQ(tensor->data<uint8_t>()[1], 1);
  EXPECT_EQ(tensor->data<uint8_t>()[2], 1);
}

TEST(NpyFile, EveryTruncationIsRefused) {
  const std::string whole = npy(dict("<f4", "(2,)"), std::string(8, 'x'));
  ASSERT_EQ(refusal(whole), "");
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_THAT(refusal(whole.substr(0, size)), HasSubstr("x.npy: ")) << size;
  EXPECT_THAT(refusal(whole + "y"), HasSubstr("holds 9 bytes of data; its shape needs 8"));
}

TEST(NpyFile, EveryDamagedByteIsSurvived) {
  // Whatever one byte is changed to, the reader answers; ASan watches.
  const std::string whole = npy(dict("<f4", "(2,)"), std::string(8, 'x'));
  for (size_t i = 0; i < whole.size() - 8; ++i)
    for (char value : {'\0', '\'', '(', '9', '{', '\x80', '\xff'}) {
      std::string damaged = whole;
      damaged[i] = value;
      refusal(damaged);
    }
}

TEST(NpyFile, HugeShapesAreRefusedBeforeAnyAllocation) {
  EXPECT_THAT(refusal(npy(dict("<f4", "(9223372036854775807,)"), "")), HasSubstr("overflows"));
  EXPECT_THAT(refusal(npy(dict("<f4", "(4294967296, 4294967296)"), "")), HasSubstr("overflows"));
  EXPECT_THAT(refusal(npy(dict("<f4", "(18446744073709551617,)"), "")), HasSubstr("not an extent"));
  EXPECT_THAT(refusal(npy(dict("<f4", "(1000000000000,)"), "")), HasSubstr("its shape needs"));
  EXPECT_THAT(refusal(npy(dict("<f4", "(-1,)"), "")), HasSubstr("not an extent"));
  std::string many = "(";
  for (int i = 0; i < 40; ++i)
    many += "1,";
  EXPECT_THAT(refusal(npy(dict("<f4", many + ")"), "abcd")), HasSubstr("too many dimensions"));
}

TEST(NpyFile, SaysWhatItDoesNotRead) {
  EXPECT_THAT(refusal("PK\3\4 something else"), HasSubstr("is not a .npy file"));
  EXPECT_THAT(refusal(npy(dict(">f4", "(1,)"), "abcd")), HasSubstr("'>f4'"));
  EXPECT_THAT(refusal(npy(dict("<c8", "(1,)"), "abcdefgh")), HasSubstr("'<c8'"));
  EXPECT_THAT(refusal(npy(dict("\x1b[31m", "(1,)"), "")), HasSubstr("\\033[31m"));
  EXPECT_THAT(
      refusal(npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", "")),
      HasSubstr("structured"));
  EXPECT_THAT(refusal(npy("{'descr': '<f4', 'shape': (1,), }", "abcd")), HasSubstr("lacks"));
  EXPECT_THAT(refusal(npy("{'descr': '<f4', 'descr': '<f4', }", "abcd")), HasSubstr("twice"));
  EXPECT_THAT(refusal(npy(dict("<f4", "(1,)"), "abcd", 4)), HasSubstr("version 4"));
  EXPECT_THAT(messageOf(readNpy("/no/such/file.npy")), HasSubstr("/no/such/file.npy: "));
  EXPECT_THAT(messageOf(readNpy("/")), HasSubstr("/: "));
  EXPECT_THAT(messageOf(writeNpy("/no/such/file.npy", HostTensor())), HasSubstr("/no/such"));
}

} // namespace
