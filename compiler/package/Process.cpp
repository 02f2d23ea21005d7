//===- Process.cpp - running other programs -------------------------------===//

#include "compiler/package/Process.h"

#include "compiler/package/ProcessPool.h"

#include <cmath>
#include <cstring>

namespace segc {

std::string ProcessResult::describe() const {
  switch (state) {
  case State::Exited:
    return "exit code " + std::to_string(code);
  case State::Signaled:
    return "signal " + std::to_string(code) + " (" + strsignal(code) + ")";
  case State::TimedOut:
    return "no answer within " + std::to_string(std::lround(seconds)) + " s";
  case State::Failed:
    return err;
  }
  return std::string();
}

std::vector<ProcessResult>
runProcesses(const std::vector<Command> &commands, int parallel,
             const std::function<void(size_t index, const ProcessResult &)> &finished) {
  std::vector<ProcessResult> results(commands.size());
  ProcessPool pool(parallel);
  for (size_t i = 0; i < commands.size(); ++i)
    pool.run(commands[i], [&, i](ProcessResult result) {
      results[i] = std::move(result);
      if (finished)
        finished(i, results[i]);
    });
  pool.finish();
  return results;
}

ProcessResult runProcess(const Command &command) {
  return std::move(runProcesses({command}, 1).front());
}

} // namespace segc
