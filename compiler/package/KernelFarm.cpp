//===- KernelFarm.cpp - making kernels side by side -------------*- C++ -*-===//

#include "compiler/package/KernelFarm.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstring>
#include <unistd.h>

using nlohmann::json;

namespace segc {

namespace {

/// Copies that wait for their turn hold some memory each.
constexpr size_t kMostWaiting = 32;

/// Exit code of a copy whose standard error is a message for users.
constexpr int kRefused = 1;

std::string toText(const Kernel &kernel) {
  json args = json::array();
  for (const KernelArg &arg : kernel.args)
    args.push_back({static_cast<int>(arg.kind), arg.name, static_cast<int>(arg.type.code()),
                    arg.type.bits(), arg.rank, arg.isOutput, arg.block,
                    arg.stored ? static_cast<int>(arg.stored->code()) : -1});
  return json{{"name", kernel.name}, {"key", kernel.key}, {"args", args}}.dump();
}

KernelSignature signatureFrom(const json &parsed) {
  KernelSignature signature;
  signature.name = parsed.at("name");
  for (const json &fields : parsed.at("args")) {
    KernelArg arg;
    arg.kind = static_cast<KernelArg::Kind>(fields.at(0).get<int>());
    arg.name = fields.at(1);
    arg.type = Halide::Type(static_cast<halide_type_code_t>(fields.at(2).get<int>()),
                            fields.at(3).get<int>(), 1);
    arg.rank = fields.at(4);
    arg.isOutput = fields.at(5);
    arg.block = fields.at(6);
    if (const int code = fields.at(7); code >= 0)
      arg.stored = Halide::Type(static_cast<halide_type_code_t>(code), 16, 1);
    signature.args.push_back(arg);
  }
  return signature;
}

void tellError(const char *text) {
  const ssize_t written = write(STDERR_FILENO, text, std::strlen(text));
  (void)written; // The exit code tells as well.
}

/// What the copy does.
int makeKernel(llvm::function_ref<Kernel()> build, const KernelFarm::Print &print) {
  try {
    Kernel kernel = build();
    Turn::tell(toText(kernel));
    kernel.name = Turn::wait();
    Turn::write(print(kernel));
    return 0;
  } catch (const Halide::Error &error) {
    tellError(error.what());
  } catch (const std::exception &error) {
    tellError(error.what());
  }
  return kRefused;
}

/// Why a copy has no result.
std::string reason(const ProcessResult &result) {
  if (result.state == ProcessResult::State::Exited && result.code == kRefused)
    return result.err;
  return "its process ended by " + result.describe() + (result.err.empty() ? "" : "\n") +
         result.err;
}

} // namespace

KernelFarm::KernelFarm(ProcessPool &pool, Cache &cache, std::string printKey, Print print,
                       Printed printed)
    : pool(pool), cache(cache), printKey(std::move(printKey)), print(std::move(print)),
      printed(std::move(printed)) {}

KernelSignature KernelFarm::begin(const std::string &key, llvm::function_ref<Kernel()> build) {
  while (pool.waiting() >= kMostWaiting && pool.step()) {
  }
  if (pool.abandoned())
    throw KernelError("given up because of another error");
  begun = pool.fork([&] { return makeKernel(build, print); });
  if (begun.ended) {
    message = fmt::format("kernel \"{}\": {}", key, reason(*begun.ended));
    pool.abandon();
    throw KernelError(*message);
  }
  const json told = json::parse(begun.told);
  // The maker's key and the kernel's own: either should do.
  begunKey = told.at("key").get<std::string>() + "\n" + key;
  return signatureFrom(told);
}

void KernelFarm::make(const std::string &name) {
  const size_t index = made++;
  CacheKey key("kernel");
  key.addSegc().add(printKey).add(begunKey).add(name);
  if (std::optional<std::string> text = cache.get(key)) {
    begun = {};
    return printed(index, name, *text);
  }
  pool.queue(std::move(begun), name, [this, name, index, key](ProcessResult result) {
    if (result.succeeded()) {
      cache.put(key, result.out);
      return printed(index, name, result.out);
    }
    message = fmt::format("kernel {}: {}", name, reason(result));
    pool.abandon();
  });
}

} // namespace segc
