"""Directed dyad-years 1816-2014 with everything on them: rimland against a pandas script.

python benchmarks/run.py history --data FOLDER

FOLDER holds the source files as Parquet; pandas reads them there, rimland reads what it ships (the
same rows). Both make the same 1,836,630 rows and 57 columns: ATOP, NMC, COW disputes, contiguity,
distance, democracy, majors, peace years. Each run is a process of its own, turn and turn about, and
times itself from before its imports to the finished table. Sums of every column are compared after
the clock has stopped. Needs pandas and pyarrow.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from figures import machine, target

PAIR = ["ccode1", "ccode2", "year"]
WHAT = "Directed dyad-years 1816-2014 with 57 columns, against a pandas script"
TARGETS = (
    ("times a pandas script", 2.5, False),
    ("seconds", 2.0, True),
    ("MB of memory", 1000.0, True),
    ("columns whose sums differ", 0.0, True),
)


def rimland_job() -> Any:
    from rimland.history import dyad_years

    return (
        dyad_years(directed=True, years=(1816, 2014))
        .add_alliances()
        .add_capabilities()
        .add_disputes(source="cow", keep_codes=True)
        .add_contiguity()
        .add_distance(like="peacesciencer")
        .add_regime()
        .add_majors()
        .add_peace_years()
        .collect()
    )


def pandas_job(folder: Path) -> Any:
    """The same as a plain pandas user writes it."""
    import numpy as np
    import pandas as pd

    def read(name: str) -> Any:
        return pd.read_parquet(folder / f"{name}.parquet")

    def expand(spells: Any, start: str, end: str) -> Any:
        years = [range(a, b + 1) for a, b in zip(spells[start], spells[end], strict=True)]
        long = spells.assign(year=years).explode("year")
        return long.astype({"year": "int32"}).reset_index(drop=True)

    def add_state_year(d: Any, table: Any) -> Any:
        for i in ("1", "2"):
            right = table.rename(columns=lambda c, i=i: c if c == "year" else c + i)
            d = pd.merge(d, right, on=["ccode" + i, "year"], how="left")
        return d

    sy = expand(read("cow_states")[["ccode", "styear", "endyear"]], "styear", "endyear")
    sy = sy[["ccode", "year"]]
    sy = sy[sy.year.between(1816, 2014)].drop_duplicates()
    d = pd.merge(
        sy.rename(columns={"ccode": "ccode1"}), sy.rename(columns={"ccode": "ccode2"}), on="year"
    )
    d = d.loc[d.ccode1 != d.ccode2, PAIR]
    d = pd.merge(d, read("false_cow_dyads"), on=PAIR, how="left")
    d = d[d.in_ps.isna()].drop(columns="in_ps").sort_values(PAIR, ignore_index=True)

    d = pd.merge(d, read("atop5_ddyad_year").assign(atop_alliance=1), on=PAIR, how="left")
    flags = [c for c in d if c.startswith("atop_")]
    d[flags] = d[flags].fillna(0)
    d = add_state_year(d, read("cow_nmc"))
    d = pd.merge(d, read("cow_mid_ddydisps"), on=PAIR, how="left")
    flags = ["cowmidongoing", "cowmidonset"]
    d[flags] = d[flags].fillna(0)

    cont = read("cow_contdir")
    cont["styear"] = cont.stdate.map(lambda x: x.year)
    cont["endyear"] = cont.enddate.map(lambda x: x.year)
    cont = expand(cont, "styear", "endyear").sort_values("stdate", kind="stable")
    cont = cont.drop_duplicates(PAIR)[[*PAIR, "conttype"]]
    d = pd.merge(d, cont, on=PAIR, how="left")
    d["conttype"] = d.conttype.fillna(0)

    cap = read("cow_capitals")
    cap["styear"] = cap.stdate.map(lambda x: x.year)
    cap["endyear"] = cap.enddate.map(lambda x: x.year)
    cap = expand(cap, "styear", "endyear").sort_values("stdate", kind="stable")
    cap = cap.drop_duplicates(["ccode", "year"])[["ccode", "year", "lat", "lng"]]
    d = add_state_year(d, cap)
    p1, p2 = np.radians(d.lat1), np.radians(d.lat2)
    dl = np.radians(d.lng1 - d.lng2)
    x = np.sqrt(
        (np.cos(p2) * np.sin(dl)) ** 2
        + (np.cos(p1) * np.sin(p2) - np.sin(p1) * np.cos(p2) * np.cos(dl)) ** 2
    )
    y = np.sin(p1) * np.sin(p2) + np.cos(p1) * np.cos(p2) * np.cos(dl)
    d["capdist"] = 6378.137 * np.arctan2(x, y)
    d = d.drop(columns=["lat1", "lng1", "lat2", "lng2"])
    d = add_state_year(d, read("cw_democracy"))
    majors = expand(read("cow_majors"), "styear", "endyear").drop_duplicates(["ccode", "year"])
    d = add_state_year(d, majors[["ccode", "year"]].assign(cowmaj=1))
    d[["cowmaj1", "cowmaj2"]] = d[["cowmaj1", "cowmaj2"]].fillna(0)

    pair = ["ccode1", "ccode2"]
    d["_spell"] = d.groupby(pair).cowmidongoing.shift(fill_value=0)
    d["_spell"] = d.groupby(pair)._spell.cumsum()
    d["cowmidspell"] = d.groupby([*pair, "_spell"]).cumcount()
    return d.drop(columns="_spell")


def one_run(job: str, folder: Path) -> dict[str, Any]:
    """Do one job in this process; return seconds, peak memory and the sums of all columns."""
    began = time.perf_counter()
    made = rimland_job() if job == "rimland" else pandas_job(folder)
    seconds = time.perf_counter() - began
    # The high-water mark of resident memory, before the sums add to it; kB on Linux.
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    processor = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    if job == "rimland":
        sums = {name: float(made[name].cast(float).sum()) for name in made.columns}
    else:
        sums = {name: float(made[name].astype("float64").sum()) for name in made}
    return {
        "job": job,
        "seconds": seconds,
        "processor_seconds": processor,
        "peak_mb": peak_mb,
        "rows": len(made),
        "sums": sums,
    }


def measure(data: Path | None = None, runs: int = 3) -> dict[str, Any]:
    """Run both jobs `runs` times, turn and turn about, and compare; nothing without the data."""
    if data is None or not data.is_dir():
        why = "give the folder of the source files as Parquet: --data FOLDER"
        return {"benchmark": "history", "says": [WHAT, f"  not measured: {why}"]} | {
            "targets": [target(what, None, wanted, most, why) for what, wanted, most in TARGETS]
        }
    folder = data
    found: dict[str, list[dict[str, Any]]] = {"rimland": [], "pandas": []}
    for _ in range(runs):
        for job, results in found.items():
            command = [sys.executable, __file__, str(folder), job]
            answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            results.append(json.loads(answer))
    ours, theirs = found["rimland"], found["pandas"]
    differing = [
        name
        for name, total in theirs[0]["sums"].items()
        if abs(ours[0]["sums"].get(name, float("nan")) - total) > 1e-9 * max(1.0, abs(total))
        or name not in ours[0]["sums"]
    ]

    def median(rows: list[dict[str, Any]], what: str) -> float:
        return float(statistics.median(row[what] for row in rows))

    pairs = [b["seconds"] / a["seconds"] for a, b in zip(ours, theirs, strict=True)]
    ratio, seconds = statistics.median(pairs), median(ours, "seconds")
    peak = max(row["peak_mb"] for row in ours)
    says = [f"{WHAT}; {ours[0]['rows']:,} rows", machine()]
    for who, rows in found.items():
        says.append(
            f"  {who:<8} median {median(rows, 'seconds'):5.2f} s, best "
            f"{min(row['seconds'] for row in rows):5.2f} s, processor "
            f"{median(rows, 'processor_seconds'):5.2f} s, peak "
            f"{max(row['peak_mb'] for row in rows):,.0f} MB"
        )
    if ours[0]["rows"] != theirs[0]["rows"]:
        differing.append(f"{ours[0]['rows']:,} rows against {theirs[0]['rows']:,}")
    says.append(f"  columns whose sums differ: {', '.join(differing) or 'none'}")
    why = f"{median(ours, 'processor_seconds'):.1f} s of processor time on a shared machine"
    got = dict(
        zip((what for what, _, _ in TARGETS), (ratio, seconds, peak, len(differing)), strict=True)
    )
    return {
        "benchmark": "history",
        "says": says,
        "rows": ours[0]["rows"],
        "ratios": pairs,
        "runs": found,
        "columns_that_differ": differing,
        "targets": [target(what, got[what], wanted, most, why) for what, wanted, most in TARGETS],
    }


def main() -> None:
    """Do one job in this process and print what it took; `measure` calls this."""
    _, folder, job = sys.argv
    print(json.dumps(one_run(job, Path(folder))))


if __name__ == "__main__":
    main()
