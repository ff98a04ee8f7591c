"""Measurements as people read them: seconds by phase, ratios beside their goals, memory, and the growth of time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from tests.bench.measure import Found
from tests.bench.registry import (
    COMPARATORS,
    FITTED,
    FREE_COMPARATORS,
    FREE_PHASES,
    FREE_RATIOS,
    MEMORY_SIZES,
    MOST_MEMORY,
    PHASES,
    RATIOS,
    SIZES,
    Ratio,
)

NOT_MEASURED = "-"


def report(found: Sequence[Found], free: Sequence[Found]) -> str:
    """Everything, as plain text."""
    blocks = [_seconds(found), _ratios(found), _worth(found)] if found else []
    measured = {name for each in [*found, *free] for name in [*each.seconds, *each.more_than]}
    growth = exponent(found)
    if growth is not None:
        blocks.append(f"Time of the whole command grows with campaigns x weeks to the power of {growth:.2f}.")
    blocks += [_free(free)] if free else []
    return "\n\n".join([*blocks, _legend(measured)])


def _legend(measured: set[str]) -> str:
    """What the names mean."""
    known = {**PHASES, **COMPARATORS, **FREE_COMPARATORS, **FREE_PHASES}
    rows = [[name, meaning] for name, meaning in known.items() if name in measured]
    width = max((len(name) for name, _ in rows), default=0)
    return "\n".join(f"{name.ljust(width)}  {meaning}" for name, meaning in rows)


def _seconds(found: Sequence[Found]) -> str:
    rows: list[list[str]] = [["", *(each.size for each in found)]]
    rows.append(["locations, lines, channels, weeks", *(_size(each) for each in found)])
    for name in ("columns", "rows"):
        rows.append([f"{name} of the last program", *(_count(each, name) for each in found)])
    for name in PHASES:
        rows.append([name, *(_told(each, name) for each in found)])
    rows.append(["whole command", *(_told(each, "command") for each in found)])
    rows.append(["  of it inside the solver", *(_told(each, "solver") for each in found)])
    for name in COMPARATORS:
        rows.append([name, *(_told(each, name) for each in found)])
    rows.append(["memory of the whole command, MB", *(_memory(each) for each in found)])
    return "Seconds (± half the spread of the repeats)\n" + _aligned(rows)


def _size(found: Found) -> str:
    return " x ".join(str(number) for number in vars(SIZES[found.size]).values())


def _count(found: Found, name: str) -> str:
    number = found.facts.get("plan", {}).get(name)
    return NOT_MEASURED if number is None else f"{number:,}"


def _told(found: Found, name: str) -> str:
    if name in found.more_than:
        return f"> {found.more_than[name]:,.0f}"
    seconds, spread = found.total((name,)), found.spread(name)
    if seconds is None:
        return NOT_MEASURED
    return f"{seconds:,.2f}" + (f" ±{spread / 2:.0%}" if spread is not None else "")


def _memory(found: Found) -> str:
    memory = found.facts.get("plan", {}).get("peak_mb")
    if memory is None:
        return NOT_MEASURED
    goal = (
        f" ({'met' if memory <= MOST_MEMORY else 'missed'}: {MOST_MEMORY:,.0f})" if found.size in MEMORY_SIZES else ""
    )
    return f"{memory:,.0f}{goal}"


def _ratios(found: Sequence[Found]) -> str:
    rows = [["", "goal", *(each.size for each in found)]]
    for ratio in RATIOS:
        rows.append([ratio.title, _goal(ratio), *(quotient_told(each, ratio) for each in found)])
    return "Ratios, and whether the goal is met where there is one\n" + _aligned(rows)


def _goal(ratio: Ratio) -> str:
    return "" if ratio.goal is None else f"≤ {ratio.goal:.2f}"


def quotient(found: Found, ratio: Ratio) -> tuple[float, bool] | None:
    """The quotient, and whether it is only known to be below that: what divides was stopped before its end."""
    top, bottom = found.total(ratio.top), found.total(ratio.bottom)
    stopped = [found.more_than[name] for name in ratio.bottom if name in found.more_than]
    if top is None or not (bottom or stopped):
        return None
    return (top / sum(stopped), True) if stopped else (top / bottom, False) if bottom else None


def quotient_told(found: Found, ratio: Ratio) -> str:
    """The quotient and whether it meets its goal."""
    made = quotient(found, ratio)
    if made is None:
        return NOT_MEASURED
    number, below = made
    if ratio.goal is None or found.size.split()[0] not in ratio.sizes:
        verdict = ""
    elif number <= ratio.goal:
        verdict = " met"
    else:
        verdict = " open" if below else " missed"
    return f"{'< ' * below}{number:.3g}{verdict}"


def _worth(found: Sequence[Found]) -> str:
    """What each way found, against the same program solved here."""
    rows = [["", *(each.size for each in found)]]
    for name in ("pulp_highs", "pulp_cbc", "highs_alone"):
        rows.append([f"optimum of {name} / of direct - 1", *(_apart(each, name) for each in found)])
    for name in ("plan", "six_steps"):
        rows.append([f"{name}: proven gap to the curves", *(_gap(each, name) for each in found)])
    return "Worth\n" + _aligned(rows)


def _apart(found: Found, name: str) -> str:
    other, mine = (found.facts.get(way, {}).get("value") for way in (name, "direct"))
    return NOT_MEASURED if other is None or not mine else f"{other / mine - 1:+.1e}"


def _gap(found: Found, name: str) -> str:
    share = found.facts.get(name, {}).get("gap_share")
    return NOT_MEASURED if share is None else f"{share:.3%}"


def exponent(found: Iterable[Found]) -> float | None:
    """Power of campaigns x weeks with which the time of the whole command grows, fitted to logarithms."""
    measured = {each.size: each.total(("command",)) for each in found if each.size in FITTED}
    seconds = {size: took for size, took in measured.items() if took}
    if len(seconds) < 2:
        return None
    work = [SIZES[size].campaigns * SIZES[size].weeks for size in seconds]
    return float(np.polyfit(np.log(work), np.log(list(seconds.values())), 1)[0])


def _free(found: Sequence[Found]) -> str:
    rows = [["without capacity", *_pairs(FREE_COMPARATORS)]]
    for each in found:
        cells = [(_told(each, name), _against_plan(each, name)) for name in FREE_COMPARATORS]
        rows.append([each.size, *(cell for pair in cells for cell in pair)])
    ratios = [["", "goal", *(each.size for each in found)]]
    ratios += [[ratio.title, _goal(ratio), *(quotient_told(each, ratio) for each in found)] for ratio in FREE_RATIOS]
    told = "Seconds, and worth against the plan's (net of spend, on the curves themselves)\n" + _aligned(rows)
    return f"{told}\n\nRatios\n{_aligned(ratios)}"


def _pairs(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        yield from (name, "worth")


def net(found: Found, name: str) -> float | None:
    """Worth less spend of what a way found; ``None`` where it did not end."""
    facts = found.facts.get(name, {})
    return facts["value"] - facts["spend"] if "value" in facts else None


def _against_plan(found: Found, name: str) -> str:
    mine, other = net(found, "plan"), net(found, name)
    if name == "plan":
        bound = found.facts.get("plan", {}).get("bound")
        return NOT_MEASURED if mine is None or bound is None else f"gap {bound / mine - 1:.3%}"
    return NOT_MEASURED if mine is None or other is None else f"{other / mine - 1:+.3%}"


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        ).rstrip()
        for row in rows
    )
