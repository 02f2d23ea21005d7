#!/usr/bin/env python3
"""Adds up what run.sh has measured.

    table.py FOLDER RESULTS       reads RESULTS/raw, writes RESULTS/results.json, prints a table
"""

import json
import pathlib
import statistics
import sys

# Of an H200: operations per second (a multiply-add is two) and bytes of a number by precision, and
# bytes per second.
OPERATIONS = {"fp32": 67e12, "tf32": 494e12, "fp16": 989e12, "bf16": 989e12}
NUMBER = {"fp32": 4, "tf32": 4, "fp16": 2, "bf16": 2}
BYTES_PER_SECOND = 4.8e12


def read(path):
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return None


def main():
    folder, results = map(pathlib.Path, sys.argv[1:3])
    raw, rows, failed = results / "raw", [], 0
    for program in sorted((folder / "fast").glob("*/measure.*")):
        network, precision = program.parent, program.suffix[1:]
        manifest = read(network / "manifest.json") or {}
        right, own = (read(raw / f"{network.name}.{precision}.{kind}.json")
                      for kind in ("right", "fast"))
        torch = read(raw / f"{network.name}.torch.json") or {}
        row = {"network": network.name, "precision": precision, "right": right, "segc": own,
               "torch": {mode.split()[1]: ms for mode, ms in torch.items()
                         if mode.split()[0] == precision},
               "macs": manifest.get("macs"), "parameters": manifest.get("parameters")}
        if row["macs"]:
            row["floor_ms"] = max(2e3 * row["macs"] / OPERATIONS[precision],
                                  1e3 * row["parameters"] * NUMBER[precision] / BYTES_PER_SECOND)
        failed += not (right and right["ok"] and own)
        rows.append(row)
    gpu = (raw / "gpu.txt").read_text().strip() if (raw / "gpu.txt").exists() else ""
    (results / "results.json").write_text(json.dumps(
        {"gpu": gpu, "prepared": read(folder / "prepared.json"), "networks": rows}, indent=1))
    print(f"\n{gpu}\n{'network':30} {'':4} {'right':6} {'segc ms':>9} {'launches':>9} {'floor':>8} "
          f"{'first':>8} {'PyTorch':>14} {'ratio':>6}")
    ratios = {}
    for row in rows:
        own = row["segc"] or {}
        best = min(((ms, mode) for mode, ms in row["torch"].items()), default=None)
        ratio = best[0] / own["median_ms"] if best and own else None
        if ratio:
            ratios.setdefault(row["precision"], []).append(ratio)
        cells = [f"{own.get('median_ms', float('nan')):9.3f}",
                 f"{own.get('without_graph_median_ms', float('nan')):9.3f}",
                 f"{row.get('floor_ms', float('nan')):8.3f}",
                 f"{own.get('first_result_ms', float('nan')):8.1f}",
                 f"{best[0]:8.3f} {best[1]:>5}" if best else " " * 14,
                 f"{ratio:6.2f}" if ratio else ""]
        print(f"{row['network']:30} {row['precision']:4} "
              f"{'yes' if (row['right'] or {}).get('ok') else 'NO':6} {' '.join(cells)}")
    for precision, all_of in ratios.items():
        print(f"{precision}: geometric mean of the ratios {statistics.geometric_mean(all_of):.2f}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
