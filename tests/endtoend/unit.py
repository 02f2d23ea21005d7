#!/usr/bin/env python3
"""Runs ctest in BUILD and counts its tests.

    unit.py BUILD
"""

import os
import pathlib
import subprocess
import sys
import xml.etree.ElementTree as xml

from results import Results


def main():
    build = pathlib.Path(sys.argv[1])
    report = build / "ctest.xml"
    report.unlink(missing_ok=True)
    code = subprocess.run(["ctest", "--test-dir", str(build), "-j", str(os.cpu_count()),
                           "--output-on-failure", "--timeout", "600",
                           "--output-junit", str(report.resolve())]).returncode
    results = Results()
    if not report.exists():
        results.fail("ctest", "it wrote no report")
        results.finish()
    for case in xml.parse(report).getroot().iter("testcase"):
        status = case.get("status")
        if status == "run":
            results.passed += 1
        elif status == "fail":
            results.fail(case.get("name"))
        else:
            results.skip(case.get("name"), status)
    if code and not results.failed:
        results.fail("ctest", f"exit code {code}")
    results.finish()


if __name__ == "__main__":
    main()
