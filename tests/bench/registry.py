"""What is measured: sizes, phases, comparators, and the ratios that people ask for, with their goals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from optimizer.generate.group import Size

SEED = 1
SIZES: Mapping[str, Size] = {
    "tiny": Size(2, 2, 2, 3),
    "clinic": Size(10, 6, 4, 13),
    "year": Size(10, 6, 4, 52),
    "regional": Size(40, 8, 5, 13),
    "national": Size(200, 8, 5, 13),
    "chain": Size(800, 3, 4, 13),
}
"""Locations, lines, channels and weeks of a made-up group."""
FITTED = ("clinic", "regional", "national", "chain")
"""Sizes through which the exponent of time is fitted."""

PHASES: Mapping[str, str] = {
    "start": "starting Python and importing the program",
    "read": "reading and checking every file",
    "facts": "matching the tables with each other",
    "play": "playing spend plans through the clinics, today's and the plan's",
    "state": "stating the program, every round of refinement",
    "solve": "solving it, every round",
    "check": "proving the optimum, recomputing every limit and total",
    "explain": "finding what limits the plan, and what the rules cost",
    "write": "writing the run folder",
    "show": "making the first screen",
    "what_if": "another plan with a tenth less money, begun at the first",
    "frontier": "25 budgets",
}
"""The work of one ``optimizer plan``, as it comes; then questions asked of its plan."""
STUDIES = ("what_if", "frontier")

COMPARATORS: Mapping[str, str] = {
    "direct": "the plan's first program, stated and solved here from where today's spend was played, which is counted",
    "pulp_highs": "the same, stated here, then in PuLP, solved by HiGHS",
    "pulp_cbc": "the same, stated here, then in PuLP, solved by CBC",
    "highs_alone": "HiGHS as it comes on the finished matrix of that program",
    "highs_six": "HiGHS as it comes on the finished matrix with 6 steps a curve",
    "six_steps": "one plan on 6 fixed steps: stating and solving alone",
}
FREE_COMPARATORS: Mapping[str, str] = {
    "plan": "the whole plan: facts matched, solved, proven, explained and checked",
    "hill_climb": "greedy steps on a spend grid, as Meridian takes them",
    "slsqp": "scipy's SLSQP with gradients, with its own limit of 100 iterations",
    "slsqp_1000": "the same with 1,000 iterations",
    "trust_constr": "scipy's trust-constr with gradients, 1,000 iterations",
}
"""Ways to spread one budget over concave curves where no capacity limits anything."""
FREE_PHASES: Mapping[str, str] = {"solved": "stating and solving within the plan, every round: what the others do"}
FREE_SIZES: Mapping[str, int] = {"free_40": 40, "free_200": 200, "free_1000": 1000}
"""Campaigns of the instances without capacity."""
FREE_SEEDS = 3


@dataclass(frozen=True)
class Ratio:
    """A quotient of measured seconds within one run.

    Attributes:
        title: What it says.
        top: Names whose seconds are added up.
        bottom: Names whose seconds it is divided by.
        goal: Most that it should be; ``None`` where it is told for information.
        sizes: Sizes for which there is a goal.
    """

    title: str
    top: tuple[str, ...]
    bottom: tuple[str, ...]
    goal: float | None = None
    sizes: tuple[str, ...] = FITTED


_LARGE = ("national", "chain")
_FROM_REGIONAL = ("regional", *_LARGE)
RATIOS = (
    Ratio(
        "reading, stating, checking and writing / solver",
        ("read", "facts", "state", "check", "write"),
        ("solver",),
        0.25,
        _FROM_REGIONAL,
    ),
    Ratio("everything but the solver / solver", ("without_solver",), ("solver",), 0.25, _FROM_REGIONAL),
    Ratio("stating / solver", ("state",), ("solver",), 0.05, _FROM_REGIONAL),
    Ratio("stated and solved here / in PuLP with HiGHS", ("direct",), ("pulp_highs",), 1 / 3, ("regional",)),
    Ratio("stated and solved here / in PuLP with CBC", ("direct",), ("pulp_cbc",), 1 / 10, ("regional",)),
    Ratio("proven to 0.1 % / one solve on 6 steps", ("state", "solve"), ("six_steps",), 2.5),
    Ratio("whole command / HiGHS alone on 6 steps", ("command",), ("highs_six",), 2.0, _LARGE),
    Ratio("whole command / HiGHS alone on its first program", ("command",), ("highs_alone",)),
    Ratio("a what-if / the whole command", ("what_if",), ("command",)),
    Ratio("25 budgets / the whole command", ("frontier",), ("command",)),
)
FREE_RATIOS = (
    Ratio("stated and solved here / SLSQP", ("solved",), ("slsqp",), 1 / 20, ("free_200",)),
    Ratio("the whole plan / SLSQP", ("plan",), ("slsqp",)),
)
MOST_MEMORY, MEMORY_SIZES = 4096.0, _LARGE
"""Megabytes that the whole command may take, and the sizes for which that is a goal."""
