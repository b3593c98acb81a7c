"""Turns the measured pairs into the tables of bench/out/plan.md and bench/README.md. It decides nothing that is not
written in the table: a row passes when both ratios of CPU seconds reach the goal, the checker agrees and the objective is
no worse than the peer's."""
import datetime
import os
import statistics
import subprocess

BEGIN, END = "<!-- plan: begin -->", "<!-- plan: end -->"
BUSY = 2.5  # load above which other work disturbs the figures of a machine with two cores

median = statistics.median


def machine():
    """Where and when: cores, processor, memory, compiler, commit."""
    processor = field("/proc/cpuinfo", "model name")
    memory = int(field("/proc/meminfo", "MemTotal").split()[0]) / 1024**2
    return {
        "date": datetime.date.today().isoformat(),
        "cores": os.cpu_count(),
        "processor": processor,
        "memory_gib": round(memory, 1),
        "rustc": output(["rustc", "--version"]),
        "commit": output(["git", "describe", "--always", "--dirty"]),
        "load_at_end": round(os.getloadavg()[0], 2),
    }


def field(path, name):
    with open(path) as file:
        return next((line.split(":", 1)[1].strip() for line in file if line.startswith(name)), "unknown")


def output(command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def limit(what, seconds, most, failed=None, timings=None):
    """A row that is held against a limit instead of a peer; the slowest of the instances counts."""
    return {"what": what, "seconds": seconds, "most": most, "failed": failed, "timings": timings or []}


def figures(result):
    """Medians over the pairs, and the medians of the pairs' ratios (robust when the machine's speed drifts)."""
    pairs = result["pairs"]
    spent = lambda run: run["build_s"] + run["solve_s"]
    middle = lambda of: median([of(pair) for pair in pairs])
    return {
        "peer_build": middle(lambda pair: pair["peer"]["build_s"]),
        "peer_solve": middle(lambda pair: pair["peer"]["solve_s"]),
        "build": middle(lambda pair: pair["product"]["build_s"]),
        "solve": middle(lambda pair: pair["product"]["solve_s"]),
        "beside": middle(lambda pair: pair["product"]["explain_s"] + pair["product"]["verify_s"]),
        "solve_ratio": middle(lambda pair: pair["peer"]["solve_s"] / max(pair["product"]["solve_s"], 1e-9)),
        "both_ratio": middle(lambda pair: spent(pair["peer"]) / max(spent(pair["product"]), 1e-9)),
        "load": max(pair["load"] for pair in pairs),
    }


def passes(result):
    if "failed" in result:
        return False
    found = figures(result)
    return min(found["solve_ratio"], found["both_ratio"]) >= result["goal"] and result["checked"]["holds"] and result["no_worse"]


def progress(result):
    """One line while it runs."""
    if "failed" in result:
        return f"{result['instance']:10} {result['row']:11} failed: {result['failed']}"
    found = figures(result)
    return (
        f"{result['instance']:10} {result['row']:11} peer {ms(found['peer_build'] + found['peer_solve'])} ms, product "
        f"{ms(found['build'] + found['solve'])} ms, solve {found['solve_ratio']:.1f} x, both {found['both_ratio']:.1f} x, "
        f"goal {result['goal']} x, {'pass' if passes(result) else 'FAIL'}"
    )


def render(document):
    """The whole text: machine, the goals, then every instance."""
    at = document["machine"]
    results = document["results"]
    loads = [pair["load"] for result in results for pair in result.get("pairs", [])]
    lines = [
        f"Measured {at['date']} at commit {at['commit']} on {at['cores']} cores of {at['processor']}, "
        f"{at['memory_gib']} GiB, {at['rustc']}. Load average while measuring: "
        + (f"{min(loads):.1f} to {max(loads):.1f}." if loads else "not taken."),
    ]
    if loads and max(loads) > BUSY:
        lines += ["", f"**Other work was running** (load above {BUSY} at times): CPU seconds and ratios of alternating pairs hold, single milliseconds less so."]
    parts = [goals(results), integers(document["integers"]), limits(document["extras"])]
    for part in parts:
        lines += ["", *part] if part else []
    if results:
        lines += ["", "### Every instance", "", *details(results)]
    return "\n".join(lines) + "\n"


def goals(results):
    """One line for each goal and size: median and worst ratio over the instances."""
    if not results:
        return []
    lines = [
        "| what, beside which peer | size | goal | solve, median (worst) | build + solve, median (worst) | instances that pass | verdict |",
        "|---|---|---|---|---|---|---|",
    ]
    for key in dict.fromkeys((result["row"], result["size"]) for result in results):
        group = [result for result in results if (result["row"], result["size"]) == key]
        ran = [figures(result) for result in group if "failed" not in result]
        passed = sum(passes(result) for result in group)
        ratios = lambda name: f"{median([f[name] for f in ran]):.1f} × ({min(f[name] for f in ran):.1f} ×)" if ran else "not measured"
        verdict = "pass" if passed == len(group) else "**fail**" if ran else "**not measured**"
        lines.append(
            f"| {group[0]['text']} | {key[1]} | {group[0]['goal']} × | {ratios('solve_ratio')} | {ratios('both_ratio')} "
            f"| {passed} of {len(group)} | {verdict} |"
        )
    return lines


MOST_ABOVE = 1.002  # goal of the integer version: objective ÷ the peer's at equal time


def integer_passes(result):
    """At most two thousandths above the peer, a bound that neither answer undercuts, and an answer that keeps the rules."""
    if result["failed"]:
        return False
    peer, product, checked = result["peer"], result["product"], result["checked"]
    agrees = abs(checked["objective"] - product["obj"]) <= 0.06 + 1e-6 * product["obj"]
    valid = product["bound"] <= min(product["obj"], peer["obj"]) * (1 + 1e-6) + 0.06
    return product["obj"] <= MOST_ABOVE * peer["obj"] + 0.06 and agrees and valid and checked["holds"]


def integer_progress(result):
    if result["failed"]:
        return f"{result['instance']:10} integer     failed: {result['failed']}"
    peer, product = result["peer"], result["product"]
    return (
        f"{result['instance']:10} integer     peer {peer['obj']} (bound {peer['bound']}), product {product['obj']} (bound {product['bound']}), "
        f"{product['obj'] / peer['obj']:.4f} of the peer's, {'pass' if integer_passes(result) else 'FAIL'}"
    )


def integers(results):
    if not results:
        return []
    lines = [
        "| integer version, beside HiGHS MIP at equal seconds per block | blocks × s | HiGHS (2 threads): objective, bound, s | product (1 thread): objective, bound, s | ratio, at most | checker | verdict |",
        "|---|---|---|---|---|---|---|",
    ]
    for result in results:
        if result["failed"]:
            lines.append(f"| {result['instance']} | | | | {MOST_ABOVE} | | **not measured**: {result['failed']} |")
            continue
        peer, product = result["peer"], result["product"]
        told = lambda run: f"{run['obj']:.1f}, {run['bound']:.1f}, {run['solve_s']:.1f}"
        lines.append(
            f"| {result['instance']} | {product['blocks']} × {product['limit']:.0f} | {told(peer)} | {told(product)} "
            f"| {product['obj'] / peer['obj']:.4f}, {MOST_ABOVE} | {'holds' if result['checked']['holds'] else '**broken**'} "
            f"| {'pass' if integer_passes(result) else '**fail**'} |"
        )
    return lines


def limits(extras):
    if not extras:
        return []
    lines = ["| what | limit | measured, by instance | verdict |", "|---|---|---|---|"]
    for extra in extras:
        if extra["failed"] or not extra["seconds"]:
            lines.append(f"| {extra['what']} | {ms(extra['most'])} ms | {extra['failed'] or 'nothing'} | **not measured** |")
            continue
        measured = ", ".join(f"{ms(seconds)} ms" for seconds in extra["seconds"])
        for timing in extra["timings"]:
            measured += " (" + ", ".join(f"{stage} {value:.0f}" for stage, value in timing.items()) + ")"
        verdict = "pass" if max(extra["seconds"]) <= extra["most"] and solving_is_less(extra) else "**fail**"
        lines.append(f"| {extra['what']} | {ms(extra['most'])} ms | {measured} | {verdict} |")
    return lines


def solving_is_less(extra):
    """Of the whole command, solving is the smaller part."""
    return all(timing["solve"] <= 0.5 * sum(timing.values()) for timing in extra["timings"])


def details(results):
    lines = [
        "| instance | what | pairs | peer build + solve, CPU ms | product build + solve, CPU ms | explain + verify, CPU ms | solve | both | objective difference | checker | |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for result in results:
        if "failed" in result:
            lines.append(f"| {result['instance']} | {result['row']} | | | | | | | | | **not measured**: {result['failed']} |")
            continue
        found = figures(result)
        told = lambda difference: f"{difference['relative']:+.1e}" if difference.get("comparable", True) else f"({difference['relative']:+.1e})"
        differences = ", ".join(told(difference) for difference in result["differences"])
        lines.append(
            f"| {result['instance']} | {result['row']} | {len(result['pairs'])} | {ms(found['peer_build'])} + {ms(found['peer_solve'])} "
            f"| {ms(found['build'])} + {ms(found['solve'])} | {ms(found['beside'])} | {found['solve_ratio']:.1f} × | {found['both_ratio']:.1f} × "
            f"| {differences}{'' if result['no_worse'] else ' **worse**'} | {'holds' if result['checked']['holds'] else '**broken**'} "
            f"| {'pass' if passes(result) else '**fail**'} |"
        )
    return lines


def ms(seconds):
    """Milliseconds with three figures."""
    value = seconds * 1000
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 1 else f"{value:.3f}"


def publish(text, path):
    """Puts the text between the markers of the README."""
    with open(path) as file:
        before, rest = file.read().split(BEGIN)
    after = rest.split(END)[1]
    with open(path, "w") as file:
        file.write(before + BEGIN + "\n" + text + "\n" + END + after)
