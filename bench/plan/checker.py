"""Recomputes an answer of the product from the instance alone: demand, capacity, routes, stock and objective.

It shares no code and no intermediate result with the engine: it reads plan.npz (the generator's numbers) and the dumped
units, and answers the largest violation of each kind, relative to the size of what is compared, and the objective in the
peers' words. A dump that does not balance makes the row fail, however fast it was.
"""
import os

import numpy as np

ALLOCATION = np.dtype([("capability", "<u4"), ("period", "<u4"), ("units", "<f8")])
FINISHED = np.dtype([("model", "<u4"), ("period", "<u4"), ("finished", "<f8"), ("delivered", "<f8"), ("stock", "<f8")])
TOLERANCE = 1e-6
PER_AREA = ("baseline", "unmet", "stages")
STOCK_COST = 0.02  # per unit and period, as the peer's prebuild objective has it
COVER = 0.5  # most stock, as a share of the next period's demand


class Instance:
    """The numbers of plan.npz, restricted to the first plants where the peer is."""

    def __init__(self, folder, plants=None):
        data = dict(np.load(os.path.join(folder, "plan.npz")))
        self.areas, self.periods = int(data["A"]), int(data["T"])
        self.line, self.model, self.area = data["c_line"], data["c_mod"], data["c_area"]
        self.hours_per_unit = data["ct"] / 3600.0 / (data["eff"] / 100.0)
        self.priority = data["prio"]
        self.volume = data["vol"].astype(float)
        self.weight = data["tier"].astype(float)
        self.hours = data["hours_day"][:, None] * data["wd"][None, :]
        self.line_plant, self.line_area, self.plants = data["line_plant"], data["line_area"], int(data["P"])
        kept = np.ones(len(self.line), bool) if plants is None else self.line_plant[self.line] < plants
        self.kept = kept
        self.routed = np.zeros((len(self.weight), self.areas), bool)
        self.routed[self.model[kept], self.area[kept]] = True
        self.volume[~self.routed.any(1)] = 0.0


def read_allocations(instance, folder):
    """Units by period and capability; an entry outside the instance or given twice raises."""
    entries = np.fromfile(os.path.join(folder, "allocations.bin"), ALLOCATION)
    units = np.zeros((instance.periods, len(instance.line)))
    if len(entries):
        places = entries["period"].astype(np.int64) * len(instance.line) + entries["capability"]
        if len(np.unique(places)) != len(places):
            raise ValueError("an allocation is given twice")
        if not instance.kept[entries["capability"]].all():
            raise ValueError("an allocation outside the plants asked for")
        units[entries["period"], entries["capability"]] = entries["units"]
    return units


def made_by_area(instance, units):
    """Units made by model, area and period."""
    made = np.zeros((len(instance.weight), instance.areas, instance.periods))
    for period in range(instance.periods):
        np.add.at(made[:, :, period], (instance.model, instance.area), units[period])
    return made


def largest(excess, size):
    return float(np.max(excess / np.maximum(1.0, size), initial=0.0))


def check(folder, dump, task, plants=None):
    """Errors and objectives of a dumped answer to a task."""
    instance = Instance(folder, plants)
    return recompute(instance, task, read_allocations(instance, dump), dump)


def check_units(folder, task, units):
    """The same for units by period and capability, of tasks that need nothing else."""
    return recompute(Instance(folder), task, units, None)


def recompute(instance, task, units, dump):
    made = made_by_area(instance, units)
    demand = instance.volume[:, None, :] * instance.routed[:, :, None]
    load = np.stack([np.bincount(instance.line, units[t] * instance.hours_per_unit, len(instance.hours)) for t in range(instance.periods)], 1)
    found = {
        "negative": largest(-units, np.ones_like(units)),
        "capacity": largest(load - instance.hours, instance.hours),
    }
    if task in PER_AREA:
        found["demand"] = largest(made - demand, demand)
        found.update(area_objectives(instance, units, made, demand, load))
    else:
        found.update(finished_objectives(instance, made, dump, task))
    found["holds"] = all(found[kind] <= TOLERANCE for kind in ("negative", "capacity", "demand", "route") if kind in found)
    return found


def area_objectives(instance, units, made, demand, load):
    unmet = np.maximum(demand - made, 0.0)
    utilization = load / instance.hours
    fullest = np.zeros((instance.plants * instance.areas, instance.periods))
    for period in range(instance.periods):
        np.maximum.at(fullest[:, period], instance.line_plant * instance.areas + instance.line_area, utilization[:, period])
    return {
        "demand_w": float((demand * instance.weight[:, None, None]).sum()),
        "unmet_units": float(unmet.sum()),
        "unmet_w": float((unmet * instance.weight[:, None, None]).sum()),
        "mean_max_util": float(fullest.mean()),
        "prio_hours": float(((instance.priority - 1) * instance.hours_per_unit * units).sum()),
    }


def finished_objectives(instance, made, dump, task):
    """Finished units are the least over the routing; a difference between its areas is a unit that cannot be finished."""
    inside = np.where(instance.routed[:, :, None], made, np.inf)
    finished = np.where(instance.routed.any(1)[:, None], inside.min(1), 0.0)
    most = np.where(instance.routed[:, :, None], made, 0.0).max(1)
    found = {"route": largest(most - finished, most)}
    weighted = lambda quantity: float((quantity * instance.weight[:, None]).sum())
    if task == "finished":
        found["demand"] = largest(finished - instance.volume, instance.volume)
        delivered = np.minimum(finished, instance.volume)
        found["finished_w"] = weighted(delivered)
    else:
        delivered, stock, found["demand"] = read_stock(instance, finished, dump)
        found["sold_w"] = weighted(delivered)
        found["unsold_w"] = -found["sold_w"]
        found["with_stock_cost"] = -weighted(delivered) + STOCK_COST * float(stock.sum())
    found["demand_w"] = weighted(instance.volume)
    found["unmet_w"] = found["demand_w"] - weighted(delivered)
    return found


def read_stock(instance, finished, dump):
    """Delivered units and stock, and how far they are from what was finished, wanted and may be stored."""
    entries = np.fromfile(os.path.join(dump, "finished.bin"), FINISHED)
    delivered, stock = np.zeros_like(finished), np.zeros_like(finished)
    delivered[entries["model"], entries["period"]] = entries["delivered"]
    stock[entries["model"], entries["period"]] = entries["stock"]
    before = np.hstack([np.zeros((len(stock), 1)), stock[:, :-1]])
    cover = np.hstack([COVER * instance.volume[:, 1:], np.zeros((len(stock), 1))])
    errors = [
        (np.abs(finished + before - delivered - stock), finished + before),
        (delivered - instance.volume, instance.volume),
        (stock - cover, cover),
        (-stock, stock),
        (-delivered, delivered),
    ]
    return delivered, stock, max(largest(excess, np.abs(size)) for excess, size in errors)


# The integer version as the peer states it: hours of changeover per assignment, hours that an open line-month costs, hours
# of the smallest run, most lines of a model and area, and what an unmet hour costs in each tier.
CHANGEOVER, OPENING, SMALLEST_RUN, MOST_LINES, UNMET = 1.5, 40.0, 4.0, 3, 10.0


def check_integer(folder, dump, months):
    """Errors and objective of a dumped integer plan, over the given months; every area and plant is a block of its own."""
    instance = Instance(folder)
    units = read_allocations(instance, dump)
    made = made_by_area(instance, units)
    places = instance.model * instance.areas + instance.area
    count = np.bincount(places, minlength=len(instance.weight) * instance.areas)
    mean = (np.bincount(places, instance.hours_per_unit, len(count)) / np.maximum(count, 1)).reshape(-1, instance.areas)
    found = {"capacity": 0.0, "demand": 0.0, "lots": 0.0, "splits": 0, "objective": 0.0}
    for t in months:
        used = units[t] > 0
        wanted = instance.volume[:, t][:, None] * instance.routed
        load = np.bincount(instance.line, units[t] * instance.hours_per_unit + CHANGEOVER * used, len(instance.hours))
        smallest = np.minimum(instance.volume[instance.model, t], SMALLEST_RUN / instance.hours_per_unit)
        splits = np.bincount(places, used, len(count))
        opened = np.bincount(instance.line, used, len(instance.hours)) > 0
        unmet = np.maximum(wanted - made[:, :, t], 0.0)
        found["capacity"] = max(found["capacity"], largest(load - instance.hours[:, t], instance.hours[:, t]))
        found["demand"] = max(found["demand"], largest(made[:, :, t] - wanted, wanted))
        found["lots"] = max(found["lots"], largest((smallest - units[t]) * used, smallest))
        found["splits"] = max(found["splits"], int(splits.max()))
        found["objective"] += UNMET * float((unmet * instance.weight[:, None] * mean).sum()) + OPENING * int(opened.sum()) + CHANGEOVER * int(used.sum())
    found["holds"] = max(found["capacity"], found["demand"], found["lots"]) <= TOLERANCE and found["splits"] <= MOST_LINES
    return found
