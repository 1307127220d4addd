"""Answers the questions of viewers.rs with DuckDB: from the tables of a recording, or from a report as CSV, whichever
its argument is. Prints them as JSON."""

import json
import re
import sys
from collections import defaultdict
from pathlib import Path

import duckdb

# The numbers of system calls, of the kernel's own headers.
HEADER = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")


def of_csv(file):
    rows = duckdb.sql(
        "SELECT stage, phase, start_ns, start_ns + wall_ns, sum(coalesce(critical_path_ns, 0))::UBIGINT "
        f"FROM read_csv('{file}') GROUP BY ALL"
    ).fetchall()
    times, bounds = defaultdict(dict), {}
    for stage, phase, start_ns, end_ns, time_ns in rows:
        bounds[stage] = [start_ns, end_ns]
        if time_ns > 0:
            times[stage][phase] = time_ns
    return {"times": times, "bounds": bounds}


def of_recording(folder):
    def table(name):
        return f"'{folder}/{name}.parquet'"

    # Of a stage's number twice is the mark of its beginning, and one more that of its end (docs/recording.md).
    names = {1: "create", 2: "start", 3: "exec", 4: "response", 5: "stop", 6: "remove"}
    stages = duckdb.sql(
        f"SELECT code // 2, min(at_ns), max(at_ns) FROM {table('marks')} GROUP BY ALL"
    ).fetchall()
    bounds = {names[stage]: [first, last] for stage, first, last in stages}
    calls = {stage: counted(table("spans"), ends) for stage, ends in bounds.items()}
    [(wakes,)] = duckdb.sql(
        f"SELECT count(*) FROM {table('off_cpu')} "
        "WHERE wake_ns IS NOT NULL AND waker_tid IS NOT NULL AND state <> 0 AND NOT preempted "
        f"AND tid IN (SELECT tid FROM {table('tasks')} WHERE join_reason <> '')"
    ).fetchall()
    return {"calls": calls, "bounds": bounds, "wakes": wakes}


def counted(spans, bounds):
    """Calls by name that returned within bounds."""
    header = HEADER.read_text()
    names = {int(number): name for name, number in re.findall(r"#define __NR_(\w+) (\d+)", header)}
    rows = duckdb.sql(
        f"SELECT nr, count(*) FROM {spans} WHERE start_ns + duration_ns > {bounds[0]} "
        f"AND start_ns + duration_ns <= {bounds[1]} GROUP BY nr"
    ).fetchall()
    return {names[number]: count for number, count in rows}


source = Path(sys.argv[1])
json.dump(of_recording(source) if source.is_dir() else of_csv(source), sys.stdout)
