"""Where operations should open access, on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from optimizer.plan.planner import Plan
from optimizer.plan.words import Words
from optimizer.study.access import Place, Pledge

_NOTE = (
    "Every gain is solved for with all other money free to move; gains of two places do not add up. Marketing funds:"
    " money that the plan would then put into the campaigns whose patients use the place, over all weeks, taken from"
    " other campaigns where it is no further spend."
)


def access_facts(plan: Plan, places: Sequence[Place]) -> dict[str, object]:
    """The ranking as plain values."""
    return {
        "scenario": plan.scenario.definition.name,
        "currency": plan.scenario.definition.currency,
        "objective": plan.scenario.definition.objective.value,
        "places": [
            {
                "kind": place.kind,
                "place": place.name,
                "unit": place.unit,
                "weeks": list(place.weeks),
                "pledges": [
                    {"more": pledge.more, "gain": pledge.gain, "funded": pledge.funded, "spend": pledge.spend}
                    for pledge in place.pledges
                ],
            }
            for place in places
        ],
    }


def access_screen(plan: Plan, places: Sequence[Place]) -> RenderableType:
    """The places ranked, and what each side would pledge for the first few."""
    definition = plan.scenario.definition
    words = Words.of(definition)
    head = Text(f"{definition.title or definition.name}: where to open access", style="bold")
    if not places:
        return Group(head, Text("No clinic, intake team or shared resource limits the plan."))
    return Group(
        head,
        *([Text("Made-up data for demonstration.")] if definition.synthetic else []),
        Text(""),
        _ranking(places, words),
        Text(""),
        Text("What each side would pledge", style="bold"),
        *(Text(f"  {_pledged(place, _best(place), words)}") for place in places[:SENTENCES]),
        Padding(Text(_NOTE, style="dim"), (1, 0, 0, 0), expand=False),
    )


SENTENCES = 5
"""Places whose pledges are told in a sentence."""
_NOTHING_MORE = 0.01
"""Part of the gain by which the greatest amount must exceed a smaller one to be worth opening."""


def _ranking(places: Sequence[Place], words: Words) -> RenderableType:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    amounts = [f"+{pledge.more:g} a week" for pledge in places[0].pledges]
    for position, header in enumerate(("Clinic, team or resource", "Of", *amounts)):
        table.add_column(Text(header), justify="right" if position > 1 else "left")
    table.add_column(Text("Full in"), justify="right")
    for place in places:
        gains = (words.value(pledge.gain) for pledge in place.pledges)
        table.add_row(Text(place.name), f"{place.unit}s", *gains, f"{len(place.weeks)} weeks")
    return table


def _best(place: Place) -> Pledge:
    """The least amount that brings about all that the greatest does."""
    most = max(pledge.gain for pledge in place.pledges)
    return next(pledge for pledge in place.pledges if pledge.gain >= (1 - _NOTHING_MORE) * most)


def _pledged(place: Place, pledge: Pledge, words: Words) -> str:
    units = place.unit if pledge.more == 1 else f"{place.unit}s"
    funded = f"marketing funds {words.money(pledge.funded)}" if pledge.funded >= 1 else "marketing moves nothing there"
    return (
        f"{place.name}: operations opens {pledge.more:g} {units} a week, {funded},"
        f" and the plan gains {words.value(pledge.gain)}."
    )
