// What segc understands, and that everything else ends with exit code 1 and a message.

#include "compiler/commands/CommandLine.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace segc;
using testing::ElementsAre;
using testing::HasSubstr;

CommandLine accepted(const std::vector<std::string> &arguments) {
  ParsedCommandLine parsed = parseCommandLine(arguments);
  EXPECT_TRUE(parsed.run) << parsed.err;
  return parsed.line;
}

/// The message of arguments that must be refused.
std::string refused(const std::vector<std::string> &arguments) {
  ParsedCommandLine parsed = parseCommandLine(arguments);
  EXPECT_FALSE(parsed.run);
  EXPECT_EQ(parsed.exitCode, 1);
  EXPECT_EQ(parsed.out, "");
  return parsed.err;
}

TEST(CommandLine, Compile) {
  CommandLine line = accepted({"compile", "fcn.onnx", "-o", "out", "--arch", "x86-64-v3", "--emit",
                               "source,shared", "--name", "fcn8s", "--shape", "image=1x3x?x513",
                               "--mean", "0.5,0.25,1", "--argmax", "--weights", "file"});
  EXPECT_EQ(line.command, CommandLine::Command::Compile);
  EXPECT_EQ(line.compile.model, "fcn.onnx");
  EXPECT_EQ(line.compile.outputFolder, "out");
  EXPECT_EQ(line.compile.target->arch, "x86-64-v3");
  EXPECT_THAT(line.compile.emit, ElementsAre("shared", "source"));
  EXPECT_EQ(line.compile.name, "fcn8s");
  EXPECT_THAT(line.compile.shapes.at("image"), ElementsAre(1, 3, std::nullopt, 513));
  EXPECT_EQ(line.compile.processing.mean->at(1), 0.25);
  EXPECT_FALSE(line.compile.processing.std);
  EXPECT_TRUE(line.compile.processing.argmax);
  EXPECT_EQ(line.compile.weights, WeightsForm::File);
}

TEST(CommandLine, EmitsSourceAndLibraryByDefault) {
  EXPECT_THAT(accepted({"compile", "a.onnx"}).compile.emit, ElementsAre("library", "source"));
}

TEST(CommandLine, WeightsAreEmbeddedInAFileOrPacked) {
  EXPECT_EQ(accepted({"compile", "a.onnx"}).compile.weights, WeightsForm::Embed);
  EXPECT_EQ(accepted({"bench", "a.onnx", "--weights", "packed"}).compile.weights,
            WeightsForm::Packed);
}

TEST(CommandLine, RunTakesNamedFiles) {
  CommandLine line = accepted(
      {"run", "a.onnx", "--input", "x=a=b.npy", "--input", "photo.jpg", "--output", "y=y.npy"});
  ASSERT_EQ(line.inputs.size(), 2u);
  EXPECT_EQ(line.inputs[0].name, "x");
  EXPECT_EQ(line.inputs[0].file, "a=b.npy");
  EXPECT_EQ(line.inputs[1].name, "");
  EXPECT_EQ(line.outputs.at(0).file, "y.npy");
}

TEST(CommandLine, CheckDefaults) {
  CommandLine line = accepted({"check", "a", "b"});
  EXPECT_THAT(line.cases, ElementsAre("a", "b"));
  EXPECT_EQ(line.atol, 1e-3);
  EXPECT_EQ(line.rtol, 1e-3);
  EXPECT_FALSE(line.strict);
  EXPECT_TRUE(line.compile.shapes.empty());
}

TEST(CommandLine, CheckTakesShapes) {
  CommandLine line = accepted({"check", "a", "--strict", "--shape", "image=1x3x?x8"});
  EXPECT_TRUE(line.strict);
  EXPECT_THAT(line.cases, ElementsAre("a"));
  EXPECT_THAT(line.compile.shapes.at("image"), ElementsAre(1, 3, std::nullopt, 8));
  EXPECT_THAT(refused({"check", "a", "--shape", "image"}), HasSubstr("--shape"));
}

TEST(CommandLine, OutputsToKeep) {
  for (const char *command : {"compile", "run", "bench", "inspect", "check"})
    EXPECT_THAT(
        accepted({command, "a.onnx", "--outputs", "a,b/c:0", "--outputs=d"}).compile.outputs,
        ElementsAre("a", "b/c:0", "d"));
  EXPECT_TRUE(accepted({"compile", "a.onnx"}).compile.outputs.empty());
  for (const char *names : {"", ",", "a,", "a,,b"})
    EXPECT_THAT(refused({"compile", "a.onnx", std::string("--outputs=") + names}),
                HasSubstr("--outputs"));
  EXPECT_THAT(refused({"compile", "--crf-only", "--classes", "3", "--outputs", "a"}),
              HasSubstr("--outputs"));
}

TEST(CommandLine, ProcessingOfImages) {
  CommandLine line = accepted({"run", "a.onnx", "--u8-input", "--bgr", "--softmax", "--std",
                               "0.5,0.25,-1", "--save-temps", "-v"});
  EXPECT_TRUE(line.compile.processing.u8Input);
  EXPECT_TRUE(line.compile.processing.bgr);
  EXPECT_TRUE(line.compile.processing.softmax);
  EXPECT_FALSE(line.compile.processing.argmax);
  EXPECT_FALSE(line.compile.processing.mean);
  EXPECT_EQ(line.compile.processing.std->at(2), -1);
  EXPECT_TRUE(line.compile.saveTemps);
  EXPECT_TRUE(line.compile.verbose);
  EXPECT_FALSE(accepted({"run", "a.onnx"}).compile.processing.u8Input);
  EXPECT_FALSE(line.compile.processing.channelsAxis);
  EXPECT_EQ(accepted({"run", "a.onnx", "--channels-axis", "3"}).compile.processing.channelsAxis,
            3u);
  for (const char *axis : {"0", "4", "-1", "c"})
    EXPECT_THAT(refused({"run", "a.onnx", "--channels-axis", axis}), HasSubstr("--channels-axis"));
}

TEST(CommandLine, DenseCrf) {
  EXPECT_FALSE(accepted({"compile", "a.onnx"}).compile.crf);
  CommandLine line = accepted({"compile", "--crf", "a.onnx"});
  EXPECT_EQ(line.compile.model, "a.onnx");
  ASSERT_TRUE(line.compile.crf);
  EXPECT_EQ(line.compile.crf->bilateralXy, 80);
  line = accepted({"run", "a.onnx", "--crf=deeplab,iterations=3,image_scale=58:57:60,output=out"});
  ASSERT_TRUE(line.compile.crf);
  EXPECT_EQ(line.compile.crf->iterations, 3);
  EXPECT_EQ(line.compile.crf->bilateralRgb, 3);
  EXPECT_EQ(line.compile.crf->bilateralWeight, 4);
  EXPECT_THAT(line.compile.crf->imageScale, ElementsAre(58, 57, 60));
  EXPECT_EQ(line.compile.crf->output, "out");
  EXPECT_FALSE(line.compile.crf->history);
  EXPECT_TRUE(accepted({"run", "a.onnx", "--crf=history=1"}).compile.crf->history);
  line = accepted({"compile", "--crf-only", "--classes", "21"});
  EXPECT_EQ(line.compile.crfClasses, 21);
  EXPECT_FALSE(line.compile.model.empty());

  EXPECT_THAT(refused({"compile", "a.onnx", "--crf=voc"}), HasSubstr("deeplab, crfrnn, densecrf"));
  EXPECT_THAT(refused({"compile", "a.onnx", "--crf=iterations=2,deeplab"}), HasSubstr("first"));
  EXPECT_THAT(refused({"compile", "a.onnx", "--crf=sigma=2"}), HasSubstr("bilateral_xy"));
  EXPECT_THAT(refused({"compile", "a.onnx", "--crf=spatial=0"}), HasSubstr("positive"));
  EXPECT_THAT(refused({"compile", "a.onnx", "--crf=spatial=nan"}), HasSubstr("spatial"));
  EXPECT_THAT(refused({"compile", "a.onnx", "--crf=iterations=-1"}), HasSubstr("0 to 10000"));
  EXPECT_THAT(refused({"compile", "a.onnx", "--crf=image_scale=1:2:3:4:5"}), HasSubstr("A:B:C"));
  EXPECT_THAT(refused({"compile", "a.onnx", "--crf", "--softmax"}), HasSubstr("--softmax"));
  line = accepted({"compile", "--crf-only", "--classes", "2", "--crf=image_channels=1"});
  EXPECT_EQ(line.compile.crf->imageChannels, 1);
  EXPECT_EQ(accepted({"compile", "a.onnx", "--crf=image=depth"}).compile.crf->image, "depth");
  EXPECT_THAT(refused({"compile", "a.onnx", "--crf=image_channels=1"}), HasSubstr("--crf-only"));
  EXPECT_THAT(refused({"compile", "--crf-only", "--classes", "2", "--crf=image_channels=5"}),
              HasSubstr("1 to 4"));
  EXPECT_THAT(refused({"compile", "--crf-only"}), HasSubstr("--classes"));
  EXPECT_THAT(refused({"compile", "--crf-only", "--classes", "1"}), HasSubstr("--classes"));
  EXPECT_THAT(refused({"compile", "a.onnx", "--crf-only", "--classes", "2"}), HasSubstr("a.onnx"));
  EXPECT_THAT(refused({"compile", "a.onnx", "--classes", "2"}), HasSubstr("--crf-only"));
  EXPECT_THAT(refused({"compile", "--crf-only", "--classes", "2", "--mean", "1,2,3"}),
              HasSubstr("image_scale"));
  EXPECT_THAT(refused({"compile", "--crf-only", "--classes", "2", "--crf=output=y"}),
              HasSubstr("one output"));
}

/// Every visible option has words, and a placeholder that says what goes there.
TEST(CommandLine, HelpExplainsEveryOption) {
  for (const char *command : {"compile", "run", "check", "bench", "inspect", "eval"}) {
    const std::string help = parseCommandLine({command, "--help"}).out;
    EXPECT_THAT(help, HasSubstr("Example")) << command;
    EXPECT_THAT(help, HasSubstr(std::string("  segc ") + command)) << command;
    for (const char *clutter : {"TEXT", "INT", "FLOAT", "Option Group", "--kernel-asserts"})
      EXPECT_THAT(help, testing::Not(HasSubstr(clutter))) << command;
    llvm::SmallVector<llvm::StringRef> lines;
    llvm::StringRef(help).split(lines, '\n');
    for (llvm::StringRef line : lines) {
      EXPECT_LE(line.size(), 100u) << line.str();
      EXPECT_TRUE(llvm::all_of(line, llvm::isPrint)) << line.str();
    }
  }
}

TEST(CommandLine, NamesOfInputsMayHoldEqualsSigns) {
  CommandLine line = accepted({"bench", "a.onnx", "--shape", "a=b=1x3x8x8"});
  EXPECT_EQ(line.compile.shapes.count("a=b"), 1u);
}

TEST(CommandLine, HelpAndVersionSucceed) {
  for (std::vector<std::string> arguments :
       {std::vector<std::string>{"--help"}, {"compile", "--help"}, {"--version"}}) {
    ParsedCommandLine parsed = parseCommandLine(arguments);
    EXPECT_FALSE(parsed.run);
    EXPECT_EQ(parsed.exitCode, 0);
    EXPECT_THAT(parsed.out, HasSubstr("segc"));
  }
}

TEST(CommandLine, Refuses) {
  EXPECT_THAT(refused({}), HasSubstr("subcommand"));
  EXPECT_THAT(refused({"compile"}), HasSubstr("MODEL"));
  EXPECT_THAT(refused({"compile", "a.onnx", "--frobnicate"}), HasSubstr("--frobnicate"));
  EXPECT_THAT(refused({"compile", "a.onnx", "b.onnx"}), HasSubstr("b.onnx"));
  EXPECT_THAT(refused({"tune", "a.onnx"}), HasSubstr("tune"));
  EXPECT_THAT(refused({"compile", "a.onnx", "--target", "metal"}), HasSubstr("cpu and cuda"));
  EXPECT_THAT(refused({"compile", "a.onnx", "--target", "cuda", "--arch", "x86-64-v3"}),
              HasSubstr("emulated"));
  EXPECT_THAT(refused({"compile", "a.onnx", "--arch", "sm_90"}), HasSubstr("x86-64-v3"));
  EXPECT_THAT(refused({"compile", "a.onnx", "--arch", "z80"}), HasSubstr("x86-64-v3"));
  EXPECT_THAT(refused({"compile", "a.onnx", "--emit", "source,llvm"}), HasSubstr("\"llvm\""));
  EXPECT_THAT(refused({"compile", "a.onnx", "--emit", ""}), HasSubstr("--emit"));
  EXPECT_THAT(refused({"compile", "a.onnx", "--name", "8s"}), HasSubstr("\"8s\""));
  EXPECT_THAT(refused({"compile", "a.onnx", "--name", "class"}), HasSubstr("\"class\""));
  EXPECT_THAT(refused({"compile", "a.onnx", "--name", "a;b"}), HasSubstr("\"a;b\""));
  EXPECT_THAT(refused({"compile", "a.onnx", "--name", "time"}),
              HasSubstr("\"time\" is a name that C, C++ or their headers have taken"));
  EXPECT_THAT(refused({"compile", "a.onnx", "--name", "Plan"}), HasSubstr("\"Plan\""));
  EXPECT_THAT(refused({"compile", "a.onnx", "--weights", "none"}), HasSubstr("\"none\""));
  EXPECT_THAT(refused({"compile", "a.onnx", "--mean", "1,2,3,4,5"}),
              HasSubstr("one to four numbers"));
  EXPECT_THAT(refused({"compile", "a.onnx", "--mean", "1,2,nan"}),
              HasSubstr("one to four numbers"));
  EXPECT_THAT(refused({"compile", "a.onnx", "--std", "1,0,1"}), HasSubstr("other than zero"));
  EXPECT_THAT(refused({"check", "a", "--print-ir-after-all"}), HasSubstr("--print-ir-after-all"));
  EXPECT_THAT(refused({"run", "a.onnx", "--palette", "pink"}), HasSubstr("ade20k"));
  EXPECT_THAT(refused({"run", "a.onnx", "--input", "x="}), HasSubstr("NAME=FILE"));
  EXPECT_THAT(refused({"bench", "a.onnx", "--runs", "0"}), HasSubstr("--runs"));
  EXPECT_THAT(refused({"bench", "a.onnx", "--threads", "many"}), HasSubstr("--threads"));
}

TEST(CommandLine, RefusesShapes) {
  for (const char *shape :
       {"x", "=1x2", "x=", "x=1x", "x=1x-2", "x=1x0", "x=1xa", "x=1x99999999999999999999"})
    EXPECT_THAT(refused({"compile", "a.onnx", "--shape", shape}), HasSubstr("--shape")) << shape;
  EXPECT_THAT(refused({"compile", "a.onnx", "--shape", "x=1x2", "--shape", "x=1x2"}),
              HasSubstr("twice"));
}

} // namespace
