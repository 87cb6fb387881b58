"""Rows of measurements: as a file and on the screen."""

import csv
import os
import statistics

COLUMNS = (
    "task work contestant variant version backend precision compile_s "
    "median_s min_s max_s calls_timed windows_per_s peak_rss_mb "
    "peak_device_mb gflop gflops output_agreement gradient_agreement note "
    "graph sizes device threads python commit date"
).split()


def make_rows(task, name, entry, work, outcome, common):
    """A row for each variant that was timed, or one that says why not."""
    first = {
        "task": task.name,
        "work": work,
        "contestant": name,
        "backend": entry.backend,
        "precision": entry.precision,
    } | common
    if outcome.get("note"):
        return [first | {"note": outcome["note"]}]
    found, record = outcome["found"], outcome["record"]
    gflop = outcome["gflop"] or record["gflop"]
    rows = []
    for variant, timed in record["variants"].items():
        median = statistics.median(timed["call_s"])
        row = first | {
            "variant": variant,
            "version": record["version"],
            "device": record["device"],
            "compile_s": f"{timed['compile_s']:.4g}",
            "median_s": f"{median:.4g}",
            "min_s": f"{min(timed['call_s']):.4g}",
            "max_s": f"{max(timed['call_s']):.4g}",
            "calls_timed": len(timed["call_s"]),
            "windows_per_s": f"{common['windows'] / median:.4g}",
            "peak_rss_mb": f"{record['peak_rss_mb']:.0f}",
            "output_agreement": f"{found['output']:.1e}",
        }
        if "peak_device_mb" in record:
            row["peak_device_mb"] = f"{record['peak_device_mb']:.0f}"
        if "gradient" in found:
            row["gradient_agreement"] = f"{found['gradient']:.1e}"
        if gflop:
            row["gflop"] = f"{gflop:.4g}"
            row["gflops"] = f"{gflop / median:.4g}"
        rows.append(row)
    return rows


def print_table(rows):
    """Times, each beside that of the first row of the same task and work."""
    heads = ("first s", "median", "min", "max", "peak MB", "GFLOP/s", "/ first")
    keys = ("compile_s", "median_s", "min_s", "max_s", "peak_rss_mb", "gflops")
    base, shown = None, None
    for row in rows:
        if shown != (row["task"], row["work"]):
            shown, base = (row["task"], row["work"]), None
            title = f"{row['task']}, {row['work']}"
            print(f"\n{title:38}" + "".join(f"{head:>10}" for head in heads))
        label = f"{row['contestant']} {row.get('variant', '')}".strip()
        if "note" in row:
            print(f"  {label:36} {row['note'].splitlines()[-1]}")
            continue
        base = base or float(row["median_s"])
        cells = [row.get(key, "") for key in keys]
        cells.append(f"{float(row['median_s']) / base:.2f}")
        print(f"  {label:36}" + "".join(f"{cell:>10}" for cell in cells))


def write_csv(rows, path, columns=COLUMNS):
    """Write rows, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    with partial.open("w", newline="") as file:
        writer = csv.DictWriter(
            file, columns, lineterminator="\n", extrasaction="ignore"
        )
        writer.writeheader()
        writer.writerows(rows)
    os.replace(partial, path)
    print(f"\nWritten: {path}")
