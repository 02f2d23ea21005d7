//===- ProcessPool.cpp - processes side by side -----------------*- C++ -*-===//
//
// A copy's output begins with the length of what it tells, eight bytes, and that text.
//
//===----------------------------------------------------------------------===//

#include "compiler/package/ProcessPool.h"

#include "compiler/package/Child.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace segc {

void Turn::write(const std::string &text) {
  for (size_t written = 0; written < text.size();) {
    const ssize_t count = ::write(STDOUT_FILENO, text.data() + written, text.size() - written);
    if (count < 0 && errno != EINTR)
      _exit(127); // nobody listens
    written += static_cast<size_t>(std::max<ssize_t>(count, 0));
  }
}

void Turn::tell(const std::string &text) {
  const uint64_t size = text.size();
  write(std::string(reinterpret_cast<const char *>(&size), sizeof size) + text);
}

std::string Turn::wait() {
  std::string text;
  char buffer[4096];
  for (;;) {
    const ssize_t count = read(STDIN_FILENO, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      return text;
    text.append(buffer, static_cast<size_t>(count));
  }
}

ProcessPool::Copy::Copy() = default;
ProcessPool::Copy::Copy(Copy &&) noexcept = default;
ProcessPool::Copy &ProcessPool::Copy::operator=(Copy &&) noexcept = default;
ProcessPool::Copy::~Copy() = default;

ProcessPool::ProcessPool(int parallel) : parallel(static_cast<size_t>(std::max(1, parallel))) {}
ProcessPool::~ProcessPool() = default;

void ProcessPool::run(const Command &command, Finished finished) {
  programs.push_back({command, nullptr, "", std::move(finished)});
  start();
}

ProcessPool::Copy ProcessPool::fork(const std::function<int()> &work) {
  Copy copy;
  copy.child = std::make_unique<Child>();
  ProcessResult &result = copy.child->result;
  if (copy.child->startCopy(work)) {
    uint64_t size = 0;
    if (copy.child->waitForOutput(sizeof size)) {
      std::memcpy(&size, result.out.data(), sizeof size);
      if (copy.child->waitForOutput(sizeof size + size)) {
        copy.told = result.out.substr(sizeof size, size);
        result.out.erase(0, sizeof size + size);
        return copy;
      }
    }
  }
  copy.ended = std::move(result);
  copy.child.reset();
  return copy;
}

void ProcessPool::queue(Copy copy, std::string text, Finished finished) {
  copies.push_back({{}, std::move(copy.child), std::move(text), std::move(finished)});
  start();
}

void ProcessPool::start() {
  if (givenUp) {
    programs.clear();
    copies.clear();
  }
  while (running.size() < parallel && !(programs.empty() && copies.empty())) {
    std::deque<Job> &jobs = programs.empty() ? copies : programs;
    Job job = std::move(jobs.front());
    jobs.pop_front();
    if (job.child) {
      job.child->send(job.text);
    } else {
      job.child = std::make_unique<Child>();
      // One that does not start is a result as well, told by step().
      (void)job.child->startProgram(job.command);
    }
    running.push_back({std::move(job.child), std::move(job.finished)});
  }
}

bool ProcessPool::look(bool patient) {
  if (running.empty())
    return false;
  std::vector<Child *> children;
  children.reserve(running.size());
  for (const Running &one : running)
    children.push_back(one.child.get());
  Child::waitForNews(children, patient);
  // `finished` may add jobs, and may call abandon().
  std::vector<Running> ended;
  for (size_t i = 0; i < running.size();) {
    if (running[i].child->settle()) {
      ended.push_back(std::move(running[i]));
      running.erase(running.begin() + static_cast<std::ptrdiff_t>(i));
    } else {
      ++i;
    }
  }
  for (Running &one : ended)
    if (!givenUp)
      one.finished(std::move(one.child->result));
  start();
  return true;
}

void ProcessPool::finish() {
  while (step()) {
  }
}

void ProcessPool::abandon() {
  givenUp = true;
  programs.clear();
  copies.clear();
  running.clear();
}

} // namespace segc
