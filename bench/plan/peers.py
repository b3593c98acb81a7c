"""Runs a peer's own program unchanged, and keeps what it does not print.

  peers.py PROGRAM --dump FILE -- ARGUMENTS        the program; then the last run's units per period and capability, as npy
  peers.py PROGRAM --best-sold -- ARGUMENTS        no timing: the most that prebuild can sell when stock costs nothing,
                                                   from the peer's own matrix, as one JSON line
"""
import argparse
import json
import runpy
import sys

import numpy as np


def main():
    split = sys.argv.index("--")
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--dump")
    parser.add_argument("--best-sold", action="store_true")
    asked = parser.parse_args(sys.argv[1:split])
    sys.argv = [asked.program, *sys.argv[split + 1 :]]
    peer = runpy.run_path(asked.program)
    if asked.dump and "X" in peer:
        np.save(asked.dump, peer["X"])
    if asked.best_sold:
        print(json.dumps({"sold_w": best_sold(peer)}))


def best_sold(peer):
    """The peer minimizes stock and unsold weight in one sum, the product sells the most first: this is the peer's program with
    the cost of stock at zero, so that the first of the product's two objectives has something equal to stand beside."""
    periods, volume, weight = peer["T"], peer["vol"], peer["w"]
    matrix, models, lines, pairs, made, hours, rows, _ = peer["coupled"]([0], list(range(periods)), True)
    unlimited = np.full(pairs + made, np.inf)
    upper, lows, highs = [], [], []
    for t in range(periods):
        cover = 0.5 * volume[models, t + 1] if t + 1 < periods else np.zeros(made)
        upper += [unlimited, volume[models, t].astype(float), cover]
        lows += [np.zeros(rows), np.full(hours, -np.inf), np.zeros(made)]
        highs += [np.zeros(rows), peer["H"][lines, t], np.zeros(made)]
    cost = np.tile(np.concatenate([np.zeros(pairs + made), -weight[models], np.zeros(made)]), periods)
    *_, objective, _ = peer["run_lp"](matrix, cost, np.concatenate(lows), np.concatenate(highs), "highs", np.concatenate(upper))
    return -objective


if __name__ == "__main__":
    main()
