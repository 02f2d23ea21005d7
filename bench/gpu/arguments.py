#!/usr/bin/env python3
"""Writes what measure is told of a network into FOLDER/arguments.

    arguments.py FOLDER     of prepare.sh, with the manifest and the .npy files of the zoo

Where there is a header.bin the network travels without its weights: then without its goldens too.
"""

import json
import pathlib
import sys

import numpy


def main():
    folder = pathlib.Path(sys.argv[1])
    manifest = json.loads((folder / "manifest.json").read_text())

    def described(tensors, file=True):
        for tensor in tensors:
            text = f"{tensor['dtype']}:{'x'.join(map(str, tensor['shape']))}"
            if file:
                raw = pathlib.Path(tensor["file"]).with_suffix(".bin")
                numpy.ascontiguousarray(numpy.load(folder / tensor["file"])).tofile(folder / raw)
                text += f":{raw}"
            yield text

    if (folder / "header.bin").exists():
        words = ["--weights", "header.bin", (folder / "header.bytes").read_text().strip(),
                 *described(manifest["inputs"], file=False)]
    else:
        # Of CRFs, whose goldens are exact, the manifest says how far the mean may be off.
        limits = [o["tolerance"]["mean_absolute"] for o in manifest["outputs"]
                  if "mean_absolute" in o.get("tolerance", {})]
        words = (["--mean", max(limits)] if limits else []) + \
            [*described(manifest["inputs"]), "--", *described(manifest["outputs"])]
    (folder / "arguments").write_text(" ".join(map(str, words)) + "\n")


if __name__ == "__main__":
    main()
