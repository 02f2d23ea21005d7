#!/usr/bin/env python3
"""clang-tidy over many sources, some fifty at a time.

    lint.py BUILD JOBS [CLANG-TIDY-OPTION...]            every source that the build compiles,
                                                         without the tests; the runtime's headers
    lint.py BUILD JOBS [CLANG-TIDY-OPTION...] FILE...    only these, each on its own

Looking through the headers of MLIR and Halide takes clang-tidy most of its time. So the sources are
read as few translation units, BUILD/lint/*.cpp, which include them one after the other.
Two sources may share a unit if they say `using namespace` of the same namespaces; file-local names
that both define become others by macros. Where that does not do, the unit does not compile; the
sources that the errors name are then linted on their own. So in the end every source has been read
without an error, or the error is shown.
"""

import concurrent.futures
import json
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TESTS = ROOT / "tests"
MOST = 50  # Sources in a unit: enough to share their headers, few enough to keep processors busy.
FINDING = re.compile(r"^(/[^:\n]+):\d+:\d+: (warning|error): ", re.MULTILINE)


class Sources:
    """Sources that need the same flags to be parsed."""

    def __init__(self, name):
        self.name, self.paths, self.flags = name, [], {}

    def add(self, path, command):
        self.paths.append(path)
        words = iter(shlex.split(command))
        for word in words:
            if word.startswith(("-D", "-I", "-std=")):
                self.flags[word] = [word]
            elif word == "-isystem":
                place = next(words)
                self.flags[word + place] = [word, place]


def compiled_sources(build):
    """What the build compiles, without the tests."""
    sources = Sources("compiler")
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = pathlib.Path(entry["file"])
        if ROOT in path.parents and build not in path.parents and TESTS not in path.parents:
            if path not in sources.paths:
                sources.add(path, entry["command"])
    return sources


def runtime_headers():
    sources = Sources("runtime")
    sources.paths = sorted((ROOT / "runtime").glob("*.h"))
    sources.flags = {"": ["-std=c++17", f"-I{ROOT}", "-DSEGC_CUDA_EMULATION"]}
    return sources


class Unit:
    """Sources that are read as one."""

    def __init__(self, name, flags, directives):
        self.name, self.flags = name, flags
        self.directives, self.files, self.names, self.taken = directives, [], set(), {}

    def add(self, path, names):
        self.files.append(path)
        self.taken[path] = sorted(self.names & names)
        self.names |= names

    def text(self, files):
        """A source that includes those."""
        lines = []
        for path in files:
            taken = self.taken[path] if len(files) > 1 else []
            number = self.files.index(path)
            lines += [f"#define {name} {name}Of{number}" for name in taken]
            # That these lines include sources is the point of the file.
            lines += [f'#include "{path}" // NOLINT(bugprone-suspicious-include)']
            lines += [f"#undef {name}" for name in taken]
        return "\n".join(lines) + "\n"


def file_local_names(text):
    """Names defined in anonymous namespaces or with `static`, and main()."""
    names, anonymous = set(re.findall(r"^int (main)\(", text, re.MULTILINE)), False
    for line in text.splitlines():
        if re.match(r"namespace (\w+ )?{", line):
            anonymous = line.startswith("namespace {")
        elif re.match(r"} // namespace\b", line):
            anonymous = False
        elif anonymous or line.startswith("static "):
            match = re.match(r"(?:struct|class|enum|enum class|using) (\w+)", line)
            match = match or re.match(r"[A-Za-z].*?(?<!::)\b(\w+)\s*[({=;\[]", line)
            names |= {match[1]} if match else set()
    return names - {"std"}


def can_rename(text, names):
    """Whether names are free functions and types alone, not members too."""
    return "main" not in names and not any(re.search(rf"(\.|->|::){name}\b", text) for name in names)


def units_of(sources):
    read = []
    for path in sources.paths:
        text = path.read_text()
        directives = set(re.findall(r"^using namespace ([\w:]+)", text, re.MULTILINE))
        read.append((path, text, file_local_names(text), directives))
    units = []
    for path, text, names, directives in read:
        for unit in units:
            full = len(unit.files) == MOST
            same = unit.directives == directives
            if not full and same and can_rename(text, unit.names & names):
                break
        else:
            flags = [word for flag in sources.flags.values() for word in flag]
            units.append(unit := Unit(f"{sources.name}_{len(units)}.cpp", flags, directives))
        unit.add(path, names)
    return units


class Linter:
    def __init__(self, build, options):
        self.build = build
        self.command = ["clang-tidy-19", "--quiet", f"--config-file={ROOT}/.clang-tidy"]
        # All errors of a unit, not the first twenty: they name the sources that cannot share it.
        self.command += ["--extra-arg=-ferror-limit=0", *options]

    def file(self, path):
        return self.run([path, "-p", self.build])

    def unit(self, unit, files=None):
        files = files or unit.files
        output = self.together(unit, files)
        errors = {match[1] for match in FINDING.finditer(output) if match[2] == "error"}
        if not errors or len(files) == 1:
            return output
        blamed = [path for path in files if str(path) in errors] or files
        rest = [path for path in files if path not in blamed]
        output = "".join(self.together(unit, [path]) for path in blamed)
        return output + (self.unit(unit, rest) if rest else "")

    def together(self, unit, files):
        main = self.build / "lint" / unit.name
        main.write_text(unit.text(files))
        return self.run([main, "--", *unit.flags])

    def run(self, arguments):
        done = subprocess.run([*self.command, *arguments], capture_output=True, text=True)
        if done.returncode != 0 and not FINDING.search(done.stdout):
            return f"{arguments[0]}:1:1: error: clang-tidy failed\n{done.stdout}{done.stderr}"
        return done.stdout


def findings_of(output):
    """The findings, each with the lines that explain it."""
    starts = [match.start() for match in FINDING.finditer(output)] + [len(output)]
    return [output[begin:end].rstrip() for begin, end in zip(starts, starts[1:])]


def main():
    build, jobs, words = pathlib.Path(sys.argv[1]).resolve(), int(sys.argv[2]), sys.argv[3:]
    linter = Linter(build, [word for word in words if word.startswith("-")])
    named = [pathlib.Path(word).resolve() for word in words if not word.startswith("-")]
    (build / "lint").mkdir(exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        if named:
            results = [pool.submit(linter.file, path) for path in named]
        else:
            units = units_of(compiled_sources(build)) + units_of(runtime_headers())
            # The long ones first, so that the processors finish together.
            units.sort(key=lambda unit: len(unit.files), reverse=True)
            results = [pool.submit(linter.unit, unit) for unit in units]
        seen = set()
        for result in concurrent.futures.as_completed(results):
            for finding in findings_of(result.result()):
                if finding not in seen:
                    seen.add(finding)
                    print(finding, flush=True)
    print(f"clang-tidy: {len(seen)} findings")
    return 1 if seen else 0


if __name__ == "__main__":
    sys.exit(main())
