#!/usr/bin/env python3
"""Which of the operators that segc reads the generator draws, how often, and which it does not.

    coverage.py [SEEDS]        prints a line for each operator of docs/operators.md

`-v` adds the attributes and the element types of results with which each is drawn.
"""

import argparse
import collections
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))


def known():
    """The operators of docs/operators.md, those of other domains with these before them."""
    text = (HERE.parent.parent / "docs/operators.md").read_text()
    names = re.findall(r"^\| (\w+) \| (?:\d|after)", text, re.M)
    for domain, listed in re.findall(r"^- `([\w.]+)`: (.*)$", text, re.M):
        names += [f"{domain}::{name}" for name in listed.split(", ")]
    return names


def main():
    from generator import generate
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seeds", type=int, nargs="?", default=6000)
    parser.add_argument("-v", "--verbose", action="store_true")
    arguments = parser.parse_args()
    counts, details = collections.Counter(), collections.defaultdict(collections.Counter)
    for seed in range(arguments.seeds):
        graph = generate(seed)
        for node in graph.every_node():
            counts[node.op] += 1
            details[node.op].update(list(node.attributes))
            details[node.op].update(graph.values[n][0] for n in node.outputs if n in graph.values)
        counts["Constant"] += sum("node" in c for c in graph.constants.values())
    names = known()
    for name in sorted(set(names) | set(counts), key=lambda n: (counts[n] > 0, n)):
        note = "" if name in names else " (not in docs/operators.md)"
        told = ", ".join(f"{k} {n}" for k, n in sorted(details[name].items()))
        print(f"{counts[name]:6} {name}{note}" + (f": {told}" if arguments.verbose else ""))


if __name__ == "__main__":
    main()
