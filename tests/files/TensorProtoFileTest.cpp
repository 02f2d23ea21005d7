// ONNX tensors are read from both places where they keep data, and checked.

#include "compiler/files/TensorProtoFile.h"

#include "tests/files/TestFolder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

namespace {

using namespace segc;
using onnx::TensorProto;
using testing::HasSubstr;

TensorProto proto(TensorProto::DataType type, const std::vector<int64_t> &dims) {
  TensorProto result;
  result.set_data_type(type);
  for (int64_t dim : dims)
    result.add_dims(dim);
  return result;
}

llvm::Expected<HostTensor> parse(const TensorProto &proto) {
  return parseTensorProto(proto.SerializeAsString(), "t.pb");
}

std::vector<double> values(const TensorProto &proto) {
  auto tensor = parse(proto);
  if (!tensor) {
    ADD_FAILURE() << llvm::toString(tensor.takeError());
    return {};
  }
  std::vector<double> result;
  for (int64_t i = 0; i < tensor->elementCount(); ++i)
    result.push_back(tensor->valueAt(i));
  return result;
}

using Values = std::vector<double>;

TEST(TensorProtoFile, ReadsTypedFields) {
  TensorProto f = proto(TensorProto::FLOAT, {2});
  f.add_float_data(1.5f);
  f.add_float_data(-2);
  EXPECT_EQ(values(f), (Values{1.5, -2}));
  TensorProto d = proto(TensorProto::DOUBLE, {1, 1});
  d.add_double_data(0.1);
  EXPECT_EQ(values(d), (Values{0.1}));
  TensorProto i = proto(TensorProto::INT64, {2});
  i.add_int64_data(-7);
  i.add_int64_data(int64_t{1} << 40);
  EXPECT_EQ(values(i), (Values{-7, 0x1p40}));
  TensorProto h = proto(TensorProto::FLOAT16, {2});
  h.add_int32_data(0x3c00);
  h.add_int32_data(0xc000);
  EXPECT_EQ(values(h), (Values{1, -2}));
  TensorProto b = proto(TensorProto::BOOL, {2});
  b.add_int32_data(0);
  b.add_int32_data(1);
  EXPECT_EQ(values(b), (Values{0, 1}));
  TensorProto n = proto(TensorProto::INT8, {1});
  n.add_int32_data(-128);
  EXPECT_EQ(values(n), (Values{-128}));
}

TEST(TensorProtoFile, ReadsRawData) {
  TensorProto f = proto(TensorProto::FLOAT, {});
  f.set_raw_data(std::string("\0\0\x80\x3f", 4));
  EXPECT_EQ(values(f), (Values{1}));
  TensorProto h = proto(TensorProto::BFLOAT16, {2});
  h.set_raw_data(std::string("\x80\x3f\0\xc0", 4));
  EXPECT_EQ(values(h), (Values{1, -2}));
  TensorProto i = proto(TensorProto::INT16, {1});
  i.set_raw_data(std::string("\xfe\xff", 2));
  EXPECT_EQ(values(i), (Values{-2}));
  TensorProto u = proto(TensorProto::UINT8, {0, 3});
  u.set_raw_data("");
  EXPECT_EQ(values(u), Values{});
}

TEST(TensorProtoFile, RefusesLies) {
  TensorProto shortRaw = proto(TensorProto::FLOAT, {2, 3});
  shortRaw.set_raw_data("12345678");
  EXPECT_THAT(messageOf(parse(shortRaw)),
              HasSubstr("t.pb: holds 8 bytes of data; its shape needs 6"));
  TensorProto oddRaw = proto(TensorProto::FLOAT, {1});
  oddRaw.set_raw_data("12345");
  EXPECT_THAT(messageOf(parse(oddRaw)), HasSubstr("holds 5 bytes"));
  TensorProto huge = proto(TensorProto::FLOAT, {int64_t{1} << 40, int64_t{1} << 40});
  EXPECT_THAT(messageOf(parse(huge)), HasSubstr("overflows"));
  // 2^62 elements of 4 bytes: the count of elements fits, the bytes do not.
  TensorProto wide = proto(TensorProto::FLOAT, {int64_t{1} << 62});
  EXPECT_THAT(messageOf(parse(wide)), HasSubstr("overflows"));
  TensorProto many = proto(TensorProto::FLOAT, {1000000000});
  EXPECT_THAT(messageOf(parse(many)), HasSubstr("holds 0 elements"));
  EXPECT_THAT(messageOf(parse(proto(TensorProto::FLOAT, {-1}))), HasSubstr("negative"));
  EXPECT_THAT(messageOf(parse(proto(TensorProto::FLOAT, std::vector<int64_t>(40, 1)))),
              HasSubstr("too many dimensions"));
}

TEST(TensorProtoFile, KeepsLargeUnsignedNumbers) {
  TensorProto big = proto(TensorProto::UINT64, {1});
  big.add_uint64_data(~uint64_t{0});
  HostTensor tensor = *parse(big);
  EXPECT_EQ(tensor.type(), ElementType::UInt64);
  EXPECT_EQ(tensor.data<uint64_t>()[0], ~uint64_t{0});
}

TEST(TensorProtoFile, RefusesWhatItDoesNotRead) {
  EXPECT_THAT(messageOf(parse(proto(TensorProto::STRING, {1}))), HasSubstr("element type 8"));
  TensorProto external = proto(TensorProto::FLOAT, {1});
  external.set_data_location(TensorProto::EXTERNAL);
  auto *entry = external.add_external_data();
  entry->set_key("location");
  entry->set_value("../../etc/passwd");
  EXPECT_THAT(messageOf(parse(external)), HasSubstr("another file"));
  EXPECT_THAT(messageOf(parseTensorProto("\xff\xff\xff", "t.pb")), HasSubstr("not an ONNX"));
  EXPECT_THAT(messageOf(parseTensorProto("", "t.pb")), HasSubstr("t.pb: "));
  EXPECT_THAT(messageOf(readTensorProto("/no/such.pb")), HasSubstr("/no/such.pb: "));
}

TEST(TensorProtoFile, EveryDamagedByteIsSurvived) {
  TensorProto f = proto(TensorProto::FLOAT, {2, 2});
  f.set_raw_data("0123456789abcdef");
  const std::string whole = f.SerializeAsString();
  for (size_t i = 0; i < whole.size(); ++i)
    for (int value : {0, 1, 8, 0x7f, 0x80, 0xff}) {
      std::string damaged = whole;
      damaged[i] = static_cast<char>(value);
      messageOf(parseTensorProto(damaged, "t.pb"));
      messageOf(parseTensorProto(damaged.substr(0, i), "t.pb"));
    }
}

} // namespace
