#!/usr/bin/python3
"""Would the tests notice a mistake? Puts each patch of this folder into a scratch copy of the tree, builds the programs
that it names, and runs the tests that it names: one of them has to fail. README.md says how a patch looks."""

import argparse
import dataclasses
import filecmp
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

FOLDER = pathlib.Path(__file__).resolve().parent
TREE = FOLDER.parents[1]
SCRATCH = TREE / "build/mutants"
BUILD = SCRATCH / "build/fast"
BIN = BUILD / "bin"
PROGRAMS = ["jigd", "jigctl", "jigsim"]  # what a test of whole programs runs
ENOUGH = 0.95  # of the mistakes must be noticed
PROGRAM_SECONDS = 60  # for a GoogleTest program; a mistake may make it hang
PYTEST_SECONDS = 300
BUILD_SECONDS = 1800
# Compiled once and seen by every file: with it, and without optimisation and debug information, each takes a fifth of
# the time.
COMMON_HEADERS = ["algorithm", "array", "chrono", "deque", "fmt/format.h", "functional", "gtest/gtest.h", "map", "memory",
                  "mutex", "nlohmann/json.hpp", "optional", "set", "sstream", "string", "thread", "variant", "vector"]
FLAGS = ["-O0", "-pthread"]


class Failed(Exception):
    """A build or a test did; the text is its output."""


@dataclasses.dataclass
class Mutant:
    name: str
    path: pathlib.Path
    tests: list  # "unit_jig:OnceExecutor*" or "pytest:tests/system/test_x.py::test_y"
    targets: list  # what has to be built for them
    files: list  # that it changes

    @staticmethod
    def read(path):
        text = path.read_text()
        headers = {key: value.split() for key, value in re.findall(r"^# (tests|build): (.*)$", text, re.M)}
        tests = headers.get("tests", [])
        targets = set(headers.get("build", []))
        for test in tests:
            targets.update(PROGRAMS if test.startswith("pytest:") else [test.partition(":")[0]])
        return Mutant(path.stem, path, tests, sorted(targets), re.findall(r"^\+\+\+ b/(.*)$", text, re.M))


def run(command, seconds, environment=None):
    """Returns the output. Throws Failed; whatever runs longer has failed, too."""
    with subprocess.Popen(command, cwd=SCRATCH, env={**os.environ, **(environment or {})}, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                          start_new_session=True) as process:
        try:
            output, _ = process.communicate(timeout=seconds)
        except BaseException as error:
            os.killpg(process.pid, signal.SIGKILL)
            if isinstance(error, subprocess.TimeoutExpired):
                raise Failed(f"not done within {seconds} s") from None
            raise
    if process.returncode != 0:
        raise Failed(output)
    return output


def copy_tree():
    """Makes the scratch copy equal to the tree, uncommitted changes included; files that are equal keep their time."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=TREE,
                            check=True, capture_output=True, text=True).stdout
    wanted = {name for name in listed.split("\0") if name and (TREE / name).is_file()}
    for folder, folders, files in os.walk(SCRATCH):
        if pathlib.Path(folder) == SCRATCH and "build" in folders:
            folders.remove("build")
        for file in files:
            path = pathlib.Path(folder, file)
            if str(path.relative_to(SCRATCH)) not in wanted:
                path.unlink()
    for name in sorted(wanted):
        target = SCRATCH / name
        if not target.exists() or not filecmp.cmp(TREE / name, target, shallow=False):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(TREE / name, target)


def apply(patch, *options):
    # The scratch copy lies in a repository, whose paths git would take.
    run(["git", "apply", *options, str(patch)], 60, {"GIT_CEILING_DIRECTORIES": str(SCRATCH.parent)})


def configure():
    common = BUILD / "common.hpp"
    compiled = BUILD / "common.hpp.gch"  # a folder: the compiler takes the one that was made with its own options
    if not compiled.is_dir():
        compiled.mkdir(parents=True)
        common.write_text("".join(f"#include <{header}>\n" for header in COMMON_HEADERS))
        spdlog = run(["pkg-config", "--cflags-only-other", "spdlog"], 60).split()
        test = ["-g1", "-DGTEST_HAS_PTHREAD=1"]
        for number, options in enumerate(([], spdlog, test, [*test, *spdlog])):
            # With -Wpedantic, as the tree is compiled: it changes what the compiler predefines.
            run(["g++", *FLAGS, *options, "-std=c++20", "-Wpedantic", "-fstack-protector-strong", "-x", "c++-header",
                 str(common), "-o", str(compiled / f"{number}.gch")], BUILD_SECONDS)
    run(["cmake", "-S", ".", "-B", str(BUILD), "-G", "Ninja", "-DCMAKE_CXX_COMPILER=g++", "-DCMAKE_BUILD_TYPE=None",
         f"-DCMAKE_CXX_FLAGS={' '.join(FLAGS)} -include {common}", "-DCCACHE=OFF"], BUILD_SECONDS)


def build(targets, jobs):
    run(["cmake", "--build", str(BUILD), "--target", *targets, "--", f"-j{jobs}"], BUILD_SECONDS)


def run_test(test):
    program, _, which = test.partition(":")
    if program == "pytest":
        run(["/usr/bin/python3", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", which], PYTEST_SECONDS,
            {"JIGD_BIN": str(BIN), "JIGD_SOURCE": str(SCRATCH), "PYTHONDONTWRITEBYTECODE": "1"})
        return
    output = run([BIN / program, f"--gtest_filter={which or '*'}"], PROGRAM_SECONDS)
    if re.search(r"^\[  PASSED  \] 0 tests", output, re.M):
        raise Failed(f"no test is called {which}")


def failed_tests(output):
    """Their names, or how it ended otherwise."""
    names = re.findall(r"^\[  FAILED  \] (\S+?),? \(|^FAILED (\S+)", output, re.M)
    crashed = re.findall(r"^\[ RUN      \] (\S+)$", output, re.M)[-1:]
    return [first or second for first, second in names] or crashed or [output.strip().splitlines()[-1]]


def faults(mutants, jobs):
    """The tests that fail without any mistake, each with its output: what they say about a mistake means nothing."""
    build(sorted({target for mutant in mutants for target in mutant.targets}), jobs)
    failing = {}
    for test in sorted({test for mutant in mutants for test in mutant.tests}):
        try:
            run_test(test)
        except Failed as error:
            failing[test] = str(error)
            print(f"fails without any mistake: {test}\n{error}", flush=True)
    return failing


def verdict(mutant, failing, jobs):
    if not mutant.tests:
        return "ERROR: it names no tests"
    if any(test in failing for test in mutant.tests):
        return "ERROR: its tests fail without it"
    try:
        apply(mutant.path)
    except Failed as error:
        return "stale: " + str(error).strip()
    try:
        try:
            build(mutant.targets, jobs)
        except Failed as error:
            return f"ERROR: it does not compile\n{error}"
        for test in mutant.tests:
            try:
                run_test(test)
            except Failed as error:
                return "noticed by " + " ".join(failed_tests(str(error)))
        return "NOT NOTICED"
    finally:
        apply(mutant.path, "--reverse")


def chosen_mutants(names):
    mutants = [Mutant.read(path) for path in sorted(FOLDER.glob("*.patch"))]
    unknown = sorted(set(names) - {mutant.name for mutant in mutants})
    if unknown or not mutants:
        sys.exit(f"no such patch in {FOLDER}: {' '.join(unknown) or '*.patch'}")
    return [mutant for mutant in mutants if not names or mutant.name in names]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="these patches (without .patch)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="compilers at a time")
    arguments = parser.parse_args()
    mutants = chosen_mutants([name.removesuffix(".patch") for name in arguments.only])
    # What changes one file comes in a row: it is compiled once for each.
    mutants.sort(key=lambda mutant: (mutant.files, mutant.name))
    SCRATCH.mkdir(parents=True, exist_ok=True)
    copy_tree()
    try:
        configure()
        failing = faults(mutants, arguments.jobs)
    except Failed as error:
        sys.exit(f"the tree does not build without any mistake:\n{error}")
    verdicts = []
    for mutant in mutants:
        started = time.monotonic()
        verdicts.append(verdict(mutant, failing, arguments.jobs))
        print(f"{mutant.name}: {verdicts[-1]} ({time.monotonic() - started:.0f} s)", flush=True)
    noticed = sum(each.startswith("noticed") for each in verdicts)
    errors = sum(each.startswith(("stale", "ERROR")) for each in verdicts)
    print(f"{noticed} of {len(verdicts)} noticed ({100 * noticed / len(verdicts):.0f} %), {errors} could not be tried")
    return 1 if errors or noticed < ENOUGH * len(verdicts) else 0


if __name__ == "__main__":
    sys.exit(main())
