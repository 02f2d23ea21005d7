#!/usr/bin/env python3
"""Adds up what run.sh has measured.

    table.py FOLDER RESULTS       reads RESULTS/raw, writes RESULTS/results.json, prints a table
"""

import json
import pathlib
import sys

# Of an H200: fp32 on CUDA cores in operations per second (a multiply-add is two), bytes per second.
FP32_PER_SECOND, BYTES_PER_SECOND = 67e12, 4.8e12


def read(path):
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return None


def main():
    folder, results = map(pathlib.Path, sys.argv[1:3])
    raw, rows, failed = results / "raw", [], 0
    for network in sorted((folder / "fast").iterdir()):
        manifest = read(network / "manifest.json") or {}
        right, own, torch = (read(raw / f"{network.name}.{kind}.json")
                             for kind in ("right", "fast", "torch"))
        row = {"network": network.name, "right": right, "segc": own, "torch": torch,
               "macs": manifest.get("macs"), "parameters": manifest.get("parameters")}
        if row["macs"]:
            row["floor_ms"] = max(2e3 * row["macs"] / FP32_PER_SECOND,
                                  4e3 * row["parameters"] / BYTES_PER_SECOND)
        failed += not (right and right["ok"] and own)
        rows.append(row)
    gpu = (raw / "gpu.txt").read_text().strip() if (raw / "gpu.txt").exists() else ""
    (results / "results.json").write_text(json.dumps(
        {"gpu": gpu, "prepared": read(folder / "prepared.json"), "networks": rows}, indent=1))
    print(f"\n{gpu}\n{'network':30} {'right':6} {'segc ms':>9} {'launches':>9} {'floor':>8} {'first':>8} "
          f"{'PyTorch fp32':>14} {'ratio':>6}")
    for row in rows:
        own = row["segc"] or {}
        best = min((t, mode) for mode, t in row["torch"].items() if mode.startswith("fp32")) \
            if row["torch"] else None
        cells = [f"{own.get('median_ms', float('nan')):9.3f}",
                 f"{own.get('without_graph_median_ms', float('nan')):9.3f}",
                 f"{row.get('floor_ms', float('nan')):8.3f}",
                 f"{own.get('first_result_ms', float('nan')):8.1f}",
                 f"{best[0]:8.3f} {best[1].split()[1]:>5}" if best else " " * 14,
                 f"{best[0] / own['median_ms']:6.2f}" if best and own else ""]
        print(f"{row['network']:30} {'yes' if (row['right'] or {}).get('ok') else 'NO':6} {' '.join(cells)}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
