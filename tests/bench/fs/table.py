# SPDX-License-Identifier: Apache-2.0
"""What was measured, as text: medians of the rounds and, in brackets, the speed against the first
filesystem (above 1 is faster)."""
import math
import statistics

TESTS = (
    "seqwrite_nosync seqwrite_fsync seqread_cold seqread_warm randread4k_cold randread4k_warm "
    "randwrite4k_fsync cp_same_fs fsync4k fsync4k_p50 fsync4k_p99 create create_sync create_p50 "
    "stat stat_p50 readdir walk cold_walk readfile readfile_p50 cold_readfile cold_readfile_p50 "
    "rename rename_p50 unlink unlink_p50 create_2thr stat_2thr create_2thr_1dir untar grep_r_warm "
    "cp_a_tree rm_rf git_clone git_status3 git_status_cold").split()
LESS_IS_BETTER = ("s", "us")


def is_in_mean(test):
    """Percentiles repeat what the throughput says; writes without sync end in the page cache."""
    return test != "seqwrite_nosync" and not test.endswith(("_p50", "_p99"))


def number(value):
    for limit, digits in ((1, 3), (10, 2), (100, 1)):
        if value < limit:
            return f"{value:.{digits}f}"
    return f"{value:.0f}" if value < 1e5 else f"{value / 1e3:.0f}k"


class Table:
    def __init__(self, names):
        self.names = names
        self.values = {}
        self.units = {}
        self.width = max(16, max(map(len, names)) + 2)

    def add(self, name, test, value, unit):
        self.values.setdefault((name, test), []).append(value)
        self.units[test] = unit

    def ratio(self, name, test):
        mine, first = (self.values.get((who, test)) for who in (name, self.names[0]))
        if not mine or not first:
            return None
        mine, first = statistics.median(mine), statistics.median(first)
        if not mine or not first:
            return None
        return first / mine if self.units[test] in LESS_IS_BETTER else mine / first

    def row(self, head, cells):
        return f"{head:<26}" + "".join(f"{cell:>{self.width}}" for cell in cells)

    def cell(self, name, test):
        values = self.values.get((name, test))
        if not values:
            return "-"
        text = number(statistics.median(values))
        ratio = self.ratio(name, test)
        return text if name == self.names[0] or ratio is None else f"{text} ({ratio:.2f})"

    def mean(self, name):
        ratios = [self.ratio(name, test) for test in filter(is_in_mean, TESTS)]
        if None in ratios:
            return "incomplete"  # a mean over fewer tests would compare with nothing
        return f"{math.exp(statistics.fmean(map(math.log, ratios))):.3f}"

    def lowest(self, name):
        ratios = [(self.ratio(name, test), test) for test in filter(is_in_mean, TESTS)]
        known = [entry for entry in ratios if entry[0] is not None]
        return f"{min(known)[0]:.2f} {min(known)[1]}" if known else "-"

    def speed(self):
        lines = [self.row("median", self.names)]
        for test in TESTS:
            head = f"{test:<19}{self.units.get(test, '')}"
            lines.append(self.row(head, [self.cell(name, test) for name in self.names]))
        counted = sum(map(is_in_mean, TESTS))
        lines.append(self.row(f"geometric mean of {counted}", map(self.mean, self.names)))
        for name in self.names[1:]:
            lines.append(f"lowest ratio of {name}: {self.lowest(name)}")
        spreads = [(max(rounds) - min(rounds)) / statistics.median(rounds)
                   for rounds in self.values.values()
                   if len(rounds) > 1 and statistics.median(rounds)]
        if spreads:
            lines.append(f"spread of the rounds, (max - min) / median: in the middle "
                         f"{statistics.median(spreads):.0%}, at most {max(spreads):.0%}")
        return "\n".join(lines)


def costs(title, names, values):
    """@values: (name, work) to a list of figures, of which the median is shown."""
    works = list(dict.fromkeys(work for _, work in values))
    width = max(11, max(map(len, names)) + 2)
    lines = [f"{title:<26}" + "".join(f"{name:>{width}}" for name in names)]
    for work in works:
        cells = [values.get((name, work)) for name in names]
        lines.append(f"{work:<26}" + "".join(
            f"{number(statistics.median(cell)) if cell else '-':>{width}}" for cell in cells))
    return "\n".join(lines)
