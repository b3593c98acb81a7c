#!/usr/bin/env python3
"""Runs peer and product in turn on the same instances and writes bench/out/plan.{json,md}. Started by bench/plan/run.

A pair is one process of the peer and one of the product, the order changing from pair to pair; in each process the task
is solved twice and the second run counts, so that neither pays for its imports and cold pages (once, where the peer takes
longer than a few seconds). All times are CPU seconds. The peers state CPU seconds for build and solve together and
wall-clock seconds apart; their CPU seconds are split in that proportion, which a busy machine does not change.
"""
import argparse
import dataclasses
import json
import os
import subprocess
import sys
import time

import numpy as np

import checker
import report

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(os.path.dirname(HERE), "out")
# A peer slower than this (s) is run once per process; slower than the second, three pairs; than the third, one pair.
ONE_RUN_S, THREE_PAIRS_S, ONE_PAIR_S = 3.0, 6.0, 15.0


@dataclasses.dataclass(frozen=True)
class Row:
    """One line of the goals: a task of the product against a peer. Objectives are in lexicographic order, smaller is better."""

    name: str
    text: str
    task: str
    peer: str
    goal: float
    objectives: tuple
    plants: int | None = None


ROWS = [
    Row("baseline", "baseline rule, same unmet units as the plain Python greedy", "baseline", "greedy", 25, ("unmet_units",)),
    Row("unmet-warm", "weighted unmet demand per area, HiGHS warm from period to period", "unmet", "highs_warm1", 4, ("unmet_w",)),
    Row("unmet-cold", "weighted unmet demand per area, HiGHS cold per block", "unmet", "highs_block1", 20, ("unmet_w",)),
    Row("stages", "three stages (unmet, balance, preference), HiGHS per block", "stages", "highs_block", 25, ("unmet_w", "mean_max_util", "prio_hours")),
    Row("finished", "finished units linked across areas, HiGHS", "finished", "coupled_block", 5, ("unmet_w",)),
    Row("prebuild", "prebuild with stock over all periods, one plant, HiGHS", "prebuild", "prebuild_highs", 3, ("unsold_w",), plants=1),
]
# Relative differences: what counts as worse, and what a stage may give up for the next.
WORSE, GIVEN_UP = 1e-6, 1e-9
# Seconds for each block of the integer comparison, and the month (from 0) that is taken.
INTEGER_LIMITS, INTEGER_MONTH = {"S": 2, "M": 10}, 5
HEAVY = {("L", "prebuild")}  # the peer needs minutes and gigabytes: only with --full


def main():
    options = parse()
    results = []
    for size in options.sizes:
        for seed in options.seeds if size != "L" else options.seeds[:1]:
            for shape in options.shapes:
                if not options.rows or any(row.name in options.rows for row in ROWS):
                    results += compare_instance(options, size, seed, shape)
    wants = lambda name: not options.rows or name in options.rows
    limits = {"default": measure_default, "edit": measure_edit, "edit-gains": measure_edit_with_gains, "command": measure_command}
    extras = [measure(options) for name, measure in limits.items() if wants(name)]
    integers = measure_integers(options) if wants("integer") else []
    document = {"machine": report.machine(), "results": results, "integers": integers, "extras": [extra for extra in extras if extra]}
    with open(os.path.join(OUT, "plan.json"), "w") as file:
        json.dump(document, file, indent=1)
    text = report.render(document)
    with open(os.path.join(OUT, "plan.md"), "w") as file:
        file.write(text)
    print(text)
    if options.publish:
        report.publish(text, os.path.join(os.path.dirname(HERE), "README.md"))


def parse():
    parser = argparse.ArgumentParser(prog="scripts/bench plan", description="Peer and product side by side.")
    listed = lambda text: [part for part in text.split(",") if part]
    parser.add_argument("--shared", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--programs", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="seed 1 only")
    parser.add_argument("--sizes", type=listed, default=["S", "M"], help="S,M,L (default S,M; of L only the first seed)")
    parser.add_argument("--seeds", type=listed, default=None, help="default 1,2,3")
    parser.add_argument("--shapes", type=listed, default=["mixed", "plant"], help="mixed,plant")
    parser.add_argument("--rows", type=listed, default=[], help="only these: " + ",".join([row.name for row in ROWS] + ["integer", "default", "edit", "edit-gains", "command"]))
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--full", action="store_true", help="all pairs also where the peer takes long, and the heaviest rows")
    parser.add_argument("--publish", action="store_true", help="copy the table into bench/README.md")
    options = parser.parse_args()
    options.seeds = options.seeds or (["1"] if options.quick else ["1", "2", "3"])
    return options


def instance_folder(options, size, seed, shape):
    """Generates the instance once."""
    folder = os.path.join(OUT, "inst", f"{size}-{seed}-{shape}")
    if not os.path.exists(os.path.join(folder, "volumes.csv")):
        generator = os.path.join(options.shared, "tools", "gen_plan.py")
        subprocess.run([sys.executable, generator, "--size", size, "--seed", seed, "--shape", shape, "--out", folder], check=True, stdout=subprocess.DEVNULL)
    return folder


def compare_instance(options, size, seed, shape):
    folder = instance_folder(options, size, seed, shape)
    rows = [row for row in ROWS if not options.rows or row.name in options.rows]
    results = []
    for row in rows:
        if (size, row.name) in HEAVY and not options.full:
            continue
        result = compare_row(options, row, folder)
        result.update(row=row.name, text=row.text, goal=row.goal, size=size, instance=os.path.basename(folder))
        results.append(result)
        print(report.progress(result), file=sys.stderr, flush=True)
    return results


def compare_row(options, row, folder):
    """Pairs of one row on one instance, the answer's check and the difference of the objectives."""
    dump = os.path.join(OUT, "dump")
    pairs, wanted, runs, slow = [], options.pairs, 2, False
    while len(pairs) < wanted:
        turn = [lambda: run_peer(options, row, folder, runs), lambda: run_product(options, row.task, folder, runs, row.plants, dump)]
        started, load = time.monotonic(), os.getloadavg()[0]
        if len(pairs) % 2:
            peer, product = turn[0](), turn[1]()
        else:
            product, peer = turn[1](), turn[0]()
        if "failed" in product or "failed" in peer:
            return {"failed": product.get("failed") or peer.get("failed")}
        pairs.append({"peer": peer, "product": product, "load": load, "wall_s": time.monotonic() - started})
        slowest = peer["build_s"] + peer["solve_s"]
        runs = 1 if slowest > ONE_RUN_S else 2
        if not options.full:
            wanted = min(options.pairs, 1 if slowest > ONE_PAIR_S else 3 if slowest > THREE_PAIRS_S else options.pairs)
    found = checker.check(folder, dump, row.task, row.plants)
    differences = differ(row, peer_objectives(options, row, folder, pairs[-1]["peer"]["objectives"]), found)
    return {"pairs": pairs, "checked": found, "differences": differences, "no_worse": no_worse(differences)}


def peer_objectives(options, row, folder, printed):
    """The peer's objectives in full precision: where its units were kept, recomputed from them by the same code."""
    if row.task in checker.PER_AREA:
        return checker.check_units(folder, row.task, np.load(os.path.join(OUT, "peer.npy")))
    if row.task == "prebuild":
        printed = {**printed, **last_line([*glue(options), "--best-sold", "--", *asked(row, folder, 0)])}
        if "failed" in printed:
            raise SystemExit(f"bench plan: {printed['failed']}")
        printed["unsold_w"] = -printed["sold_w"]
    return printed


def glue(options):
    return [sys.executable, os.path.join(HERE, "peers.py"), os.path.join(options.shared, "tools", "bench_plan.py")]


def asked(row, folder, runs):
    return ["--inst", folder, "--what", row.peer, "--runs", str(runs), "--obj", "W"]


def run_peer(options, row, folder, runs):
    line = last_line([*glue(options), "--dump", os.path.join(OUT, "peer.npy"), "--", *asked(row, folder, runs)])
    if "failed" in line:
        return line
    spent = line["build_s"] + line["solve_s"]
    share = line["solve_s"] / spent
    if "finished_w" in line:
        line["unmet_w"] = line["demand_w"] - line["finished_w"]
    return {"build_s": line["cpu_s"] * (1 - share), "solve_s": line["cpu_s"] * share, "cpu_s": line["cpu_s"], "objectives": line}


def run_product(options, task, folder, runs, plants=None, dump=None):
    command = [os.path.join(options.programs, "examples", "plan_bench"), "--inst", folder, "--task", task, "--runs", str(runs)]
    command += ["--plants", str(plants)] if plants else []
    command += ["--dump", dump] if dump else []
    return last_line(command)


def last_line(command):
    """The last JSON line that a program prints, or why there is none."""
    return lines_of(command)[-1]


def lines_of(command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    except OSError as error:
        return [{"failed": str(error)}]
    if done.returncode != 0:
        return [{"failed": (done.stderr.strip().splitlines() or ["no message"])[-1]}]
    return [json.loads(line) for line in done.stdout.strip().splitlines()]


def differ(row, peer, found):
    """(product - peer) ÷ size of each objective. Where the peer reaches nearly zero unmet demand, the size is a thousandth of
    the whole demand, for a relative difference from zero says nothing."""
    differences = []
    for name in row.objectives:
        size = max(abs(peer[name]), 1e-3 * found["demand_w"] if name.startswith("unmet") else 0.0, 1e-9)
        differences.append({"name": name, "relative": (found[name] - peer[name]) / size})
    return differences


def no_worse(differences):
    """No stage may be worse by more than 1e-6. The last of several is not compared where the peer missed the optimum of an
    earlier one by more than the 1e-9 that a stage may give up: its last stage then spends what it was not allowed to."""
    *earlier, last = differences
    if any(difference["relative"] > WORSE for difference in earlier):
        return False
    last["comparable"] = all(difference["relative"] > -GIVEN_UP for difference in earlier)
    return last["relative"] <= WORSE or not last["comparable"]


def measure_integers(options):
    """Openings, smallest runs, splits and changeovers: one month of every area, the same seconds for each block."""
    results = []
    for size in [size for size in options.sizes if size in INTEGER_LIMITS]:
        for shape in options.shapes:
            folder, dump = instance_folder(options, size, options.seeds[0], shape), os.path.join(OUT, "dump")
            asked = ["--inst", folder, "--limit", str(INTEGER_LIMITS[size]), "--blocks", str(INTEGER_MONTH)]
            peer = last_line([sys.executable, os.path.join(options.shared, "tools", "bench_mip.py"), "--solver", "highs", *asked])
            product = last_line([os.path.join(options.programs, "examples", "integer"), *asked, "--dump", dump])
            failed = product.get("failed") or peer.get("failed")
            result = {"instance": os.path.basename(folder), "size": size, "peer": peer, "product": product, "failed": failed}
            if not failed:
                result["checked"] = checker.check_integer(folder, dump, [INTEGER_MONTH])
            results.append(result)
            print(report.integer_progress(result), file=sys.stderr, flush=True)
    return results


def measure_default(options):
    """What the command answers by default, on S, beside the 17 ms claimed for the heuristic that it replaces."""
    if "S" not in options.sizes:
        return None
    runs = [run_product(options, "default", instance_folder(options, "S", options.seeds[0], shape), 5) for shape in options.shapes]
    what = "S, everything by default (finished units, leximin, preference, explained, verified), CPU"
    return report.limit(what, [run.get("cpu_s", 0) for run in runs], 0.017, next((run["failed"] for run in runs if "failed" in run), None))


def measure_edit(options):
    """One edited cell on M, optimized again in memory, without solving again for each possible gain."""
    return measure_session(options, "edit", "M, one edited cell optimized again in memory, without gains, CPU")


def measure_edit_with_gains(options):
    """The same with every approval and shift tried again, which the command does by default."""
    return measure_session(options, "edit-gains", "the same with the gains of approvals and shifts tried again, CPU (no goal of its own)")


def measure_session(options, task, what):
    if "M" not in options.sizes:
        return None
    seconds, failed = [], None
    for shape in options.shapes:
        folder = instance_folder(options, "M", options.seeds[0], shape)
        runs = lines_of([os.path.join(options.programs, "examples", "plan_bench"), "--inst", folder, "--task", task, "--runs", "5"])
        failed = failed or runs[-1].get("failed")
        # Five different cells: the slowest counts, for an edit may touch a short component or none.
        seconds.append(max(run.get("cpu_s", 0) for run in runs))
    return report.limit(what + ", slowest of five cells", seconds, 0.010, failed)


def measure_command(options):
    """The whole command on M, workbook to JSON, wall-clock."""
    if "M" not in options.sizes:
        return None
    gemba = os.path.join(options.programs, "gemba")
    walls, shares, failed = [], [], None
    for shape in options.shapes:
        book, answer = os.path.join(OUT, f"M-{shape}.xlsx"), os.path.join(OUT, f"M-{shape}.json")
        made = subprocess.run([gemba, "workbook", "generate", "--size", "M", "--shape", shape, "--seed", "1", "-o", book], capture_output=True, text=True)
        if made.returncode != 0 or not os.path.exists(book):
            return report.limit("M, the whole command, xlsx to JSON, wall", [], 1.0, "gemba workbook generate: " + last_words(made))
        timed = []
        for _ in range(options.pairs):
            started = time.perf_counter()
            done = subprocess.run([gemba, "optimize", book, "--json", answer], capture_output=True, text=True)
            timed.append(time.perf_counter() - started)
            if done.returncode != 0:
                failed = "gemba optimize: " + last_words(done)
        walls.append(report.median(timed))
        if not failed:
            with open(answer) as file:
                shares.append(json.load(file)["timing_ms"])
    return report.limit("M, the whole command, xlsx to JSON, wall", walls, 1.0, failed, shares)


def last_words(done):
    return (done.stderr.strip().splitlines() or ["no message"])[-1][:200]


if __name__ == "__main__":
    main()
