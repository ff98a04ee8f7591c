"""Gates: rules of the house that bound a campaign's spend before any plan is made.

Each gate looks at the scenario's tables and says, for every campaign and planned week, the most that may be spent, why,
and where the rule stands. A gate applies only where the scenario gives its threshold; nothing is a standard. The
tightest ceiling wins, and the first gate of :data:`GATES` where several are equally tight.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.scenario.bounds import FLIGHT, Flags, Gates, Texts, Verdict, pass_gates
from optimizer.scenario.definition import Definition
from optimizer.scenario.events import covered, events, spanned
from optimizer.scenario.match import Codes, Floats, codes_of
from optimizer.scenario.tables import Table

BLACKOUT, NOT_READY, GO_LIVE = "blackout", "not_ready", "go_live"
BACKLOG, TIER, STALE, HELD, PILOT = "backlog", "tier", "stale", "held", "pilot"

_NOISE = 1e-9
"""Slots below which a difference is the arithmetic's and not a fact."""


@dataclass(frozen=True)
class Inputs:
    """What the gates look at. Shapes: I campaigns, U units, T planned weeks.

    Attributes:
        definition: What ``scenario.yaml`` says.
        lines: Dotted key of ``scenario.yaml`` -> line.
        tables: The scenario's tables.
        campaigns: (I rows) rows of campaigns, with market, intake_team, and place (file and line).
        weeks: (T,) planned weeks.
        units: (U rows) location, service_line, intake_team.
        unit: (I,) unit of each campaign.
        open_slots: (U,) open new-patient slots in the first planned week, fill cap applied.
        next_available: (U,) days to the third next open slot, NaN where not given.
        known: (I,) most money per week that the campaign's curve has seen, times the extrapolation allowed.
        funnel: (I,) row of funnel that each campaign uses.
    """

    definition: Definition
    lines: Mapping[str, int]
    tables: Mapping[str, Table]
    campaigns: pd.DataFrame
    weeks: npt.NDArray[np.str_]
    units: pd.DataFrame
    unit: Codes
    open_slots: Floats
    next_available: Floats
    known: Floats
    funnel: Codes

    @property
    def shape(self) -> tuple[int, int]:
        """(I, T)."""
        return len(self.campaigns), len(self.weeks)

    @property
    def asked(self) -> Floats:
        """(I,) most money per week that the campaign's owner allows, infinite where nothing is said."""
        return self.campaigns["max_weekly_spend"].fillna(np.inf).to_numpy(float)

    @property
    def most(self) -> Floats:
        """(I,) the same, and no more than its curve has seen."""
        return np.minimum(self.asked, self.known)

    @property
    def today(self) -> Floats:
        """(I,) today's spend in whole cents, no more than the most."""
        return np.minimum(_cents(self.campaigns["current_weekly_spend"].to_numpy(float)), self.most)

    @cached_property
    def unit_names(self) -> Texts:
        """(U,) clinic and service line in words."""
        return np.asarray((self.units["location"] + " " + self.units["service_line"]).to_numpy(dtype=object))

    @cached_property
    def places(self) -> Texts:
        """(I,) file and line of each campaign."""
        return np.asarray(self.campaigns["place"].to_numpy(dtype=object))

    def policy_place(self, name: str) -> str:
        """File and line of a policy."""
        line = self.lines.get(f"policies.{name}", 0)
        return f"scenario.yaml:{line}" if line else "scenario.yaml"


# The gates


def flight(inputs: Inputs) -> Verdict:
    """Outside its first and last week a campaign does not run."""
    first, last = (np.asarray(inputs.campaigns[name], dtype=str) for name in ("first_week", "last_week"))
    ends = np.asarray(np.where(last == "", inputs.weeks[-1], last))
    outside = (inputs.weeks < first[:, None]) | (inputs.weeks > ends[:, None])
    spans = [
        " ".join([f"from the week of {start}"] * bool(start) + [f"to the week of {end}"] * bool(end))
        for start, end in zip(first, last, strict=True)
    ]
    return _verdict(inputs, _shut(outside), [f"the campaign runs only {span}." for span in spans], inputs.places)


def blackout(inputs: Inputs) -> Verdict:
    """Campaigns in the scope of a blackout do not spend while it lasts."""
    return _of_events(inputs, "blackout", "blackout '{event}' until the week of {last_week}{why}.")


_NEVER = "9999-12-31"
_SIGN_OFFS = {
    "tracking_ready": "tracking",
    "landing_page_ready": "the landing page",
    "compliance_ready": "the compliance sign-off",
    "clinical_ready": "the clinical sign-off",
}


def not_ready(inputs: Inputs) -> Verdict:
    """A campaign that lacks tracking, its landing page or a sign-off is closed until its ready_week."""
    lacks = (inputs.campaigns[list(_SIGN_OFFS)] == "no").to_numpy(dtype=bool)
    ready = np.asarray(inputs.campaigns["ready_week"], dtype=str)
    until = np.asarray(np.where(ready == "", _NEVER, ready))
    closed = np.asarray(lacks.any(axis=1))[:, None] & (inputs.weeks < until[:, None])
    sentences = [
        f"{_listed([words for words, missing in zip(_SIGN_OFFS.values(), row, strict=True) if missing])} missing"
        + (f" until the week of {week}." if week else ".")
        for row, week in zip(lacks, ready, strict=True)
    ]
    return _verdict(inputs, _shut(closed), sentences, inputs.places)


def _listed(names: Sequence[str]) -> str:
    return f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'}"


def go_live(inputs: Inputs) -> Verdict:
    """A clinic's line with too few open slots, or too long a wait, for its line's thresholds is closed."""
    if "service_lines" not in inputs.tables:
        return _silent(inputs)
    table = inputs.tables["service_lines"]
    row = codes_of(inputs.units["service_line"], pd.Index(table.frame["service_line"]))
    least, most = (table.frame[name].to_numpy(float)[row] for name in ("go_live_min_open_slots", "go_live_max_days"))
    few, late = inputs.open_slots < least - _NOISE, inputs.next_available > most
    sentences = []
    for unit, name in enumerate(inputs.unit_names):
        parts = []
        if few[unit]:
            parts.append(f"has {inputs.open_slots[unit]:.4g} open new-patient slots, fewer than {least[unit]:g}")
        if late[unit]:
            days = f"{inputs.next_available[unit]:g} days, above {most[unit]:g}"
            parts.append(f"has its third next open slot in {days}")
        sentences.append(f"{name} {' and '.join(parts)}: below the go-live threshold.")
    sources = [f"{table.file}:{line}" for line in table.lines[row]]
    return _of_units(inputs, few | late, sentences, sources)


def backlog(inputs: Inputs) -> Verdict:
    """The campaigns of an intake team whose opening backlog is too long pause in the first planned week."""
    most = inputs.definition.policies.max_backlog
    if most is None or "intake_teams" not in inputs.tables:
        return _silent(inputs)
    table = inputs.tables["intake_teams"]
    first = np.flatnonzero((table.frame["week"] == inputs.weeks[0]).to_numpy())
    row = codes_of(inputs.units["intake_team"], pd.Index(table.frame["intake_team"].iloc[first]))
    waiting = np.where(row >= 0, table.frame["opening_backlog"].to_numpy(float)[first][row], 0.0)
    teams = inputs.units["intake_team"]
    sentences = [
        f"{team} starts with {count:,.4g} contacts waiting, above {most:,g}."
        for team, count in zip(teams, waiting, strict=True)
    ]
    rule = inputs.policy_place("max_backlog")
    sources = [f"{table.file}:{line}, {rule}" for line in table.lines[first][row]]
    every_week = _of_units(inputs, waiting > most, sentences, sources)
    first_week = np.arange(len(inputs.weeks)) == 0
    return replace(every_week, ceiling=np.where(first_week, every_week.ceiling, np.inf))


def tier(inputs: Inputs) -> Verdict:
    """A share of the campaign's own most by the days to the third next open slot; no tier where they are not given."""
    tiers = inputs.definition.policies.tiers
    if not tiers:
        return _silent(inputs)
    bounds = [found.max_days for found in tiers if found.max_days is not None]
    shares = np.array([found.share for found in tiers])
    place = np.searchsorted(bounds, inputs.next_available, side="left")
    share = np.where(np.isnan(inputs.next_available), 1.0, shares[place])[inputs.unit]
    ceiling = np.where(share < 1, _cents(share * inputs.most), np.inf)
    sentences = [
        f"the third next open slot of {inputs.unit_names[unit]} is in {inputs.next_available[unit]:g} days, where"
        f" {part * 100:.4g} % of the campaign's most may be spent."
        for unit, part in zip(inputs.unit, share, strict=True)
    ]
    return _verdict(inputs, ceiling[:, None], sentences, [inputs.policy_place("tiers")] * len(sentences))


def stale(inputs: Inputs) -> Verdict:
    """A campaign whose capacity or funnel figures are too old is held at today's spend; undated figures are not judged.

    Of a clinic and line the oldest dated row of the planned weeks counts. Nobody is held above what the curve has seen.
    """
    days = inputs.definition.policies.stale_days
    if days is None:
        return _silent(inputs)
    oldest = (inputs.definition.as_of - dt.timedelta(days=days)).isoformat()
    held = np.zeros(len(inputs.campaigns), dtype=bool)
    sentence, source = _blank(held.shape), _blank(held.shape)
    rule = inputs.policy_place("stale_days")
    for name, row in (("funnel", inputs.funnel), ("appointment_capacity", _oldest_capacity(inputs))):
        table = inputs.tables[name]
        dates = np.where(row >= 0, table.frame["as_of"].to_numpy(dtype=str)[row], "")
        for position in np.flatnonzero((dates != "") & (dates < oldest)):
            held[position] = True
            sentence[position] = (
                f"its {name} figures are of {dates[position]}, more than {days} days old; held as today."
            )
            source[position] = f"{table.file}:{table.lines[row[position]]}, {rule}"
    ceiling = np.where(held, inputs.today, np.inf)
    return replace(_verdict(inputs, ceiling[:, None], sentence, source), holds=True)


def held(inputs: Inputs) -> Verdict:
    """Campaigns in the scope of a hold stay at today's spend while it lasts, but not above what the curve saw."""
    found = _of_events(inputs, "hold", "held at today's spend by '{event}' until the week of {last_week}{why}.")
    ceiling = np.where(found.ceiling == 0, inputs.today[:, None], np.inf)
    return replace(found, ceiling=ceiling, holds=True)


def _oldest_capacity(inputs: Inputs) -> Codes:
    """(I,) row of appointment_capacity with the oldest date of each campaign's unit; -1 where none is dated."""
    frame = inputs.tables["appointment_capacity"].frame
    dated = frame[(frame["as_of"] != "") & frame["week"].isin(inputs.weeks)]
    first = dated.sort_values("as_of", kind="stable").drop_duplicates(["location", "service_line"])
    known = pd.MultiIndex.from_frame(first[["location", "service_line"]])
    wanted = pd.MultiIndex.from_frame(inputs.campaigns[["location", "service_line"]])
    place = np.asarray(known.get_indexer(wanted), dtype=np.int64)
    return np.where(place >= 0, np.append(first.index.to_numpy(np.int64), -1)[place], -1)


def pilot(inputs: Inputs) -> Verdict:
    """A pilot's weekly cap, which grows by the ramp with every week after the first in which it may run."""
    policy = inputs.definition.policies.pilot
    if policy is None:
        return _silent(inputs)
    first = inputs.campaigns["first_week"].to_numpy(dtype=str)
    age = np.maximum(np.arange(len(inputs.weeks)) - np.searchsorted(inputs.weeks, first)[:, None], 0)
    marked = (inputs.campaigns["pilot"] == "yes").to_numpy()[:, None]
    ceiling = np.where(marked, _cents(policy.weekly_cap * (1 + policy.ramp_share) ** age), np.inf)
    growth = f", growing by {policy.ramp_share * 100:.4g} % a week" if policy.ramp_share else ""
    currency = inputs.definition.currency
    sentence = f"it is a pilot, capped at {currency} {policy.weekly_cap:,.10g} in its first week{growth}."
    sources = [f"{place}, {inputs.policy_place('pilot')}" for place in inputs.places]
    return _verdict(inputs, ceiling, [sentence] * len(sources), sources)


Gate = Callable[[Inputs], Verdict]

GATES: Mapping[str, Gate] = {
    FLIGHT: flight,
    BLACKOUT: blackout,
    NOT_READY: not_ready,
    GO_LIVE: go_live,
    BACKLOG: backlog,
    TIER: tier,
    STALE: stale,
    HELD: held,
    PILOT: pilot,
}
"""The table of contents: the reason code of each gate, and the gate."""


def gates_of(inputs: Inputs) -> Gates:
    """Ask every gate."""
    floor = inputs.campaigns["min_weekly_spend"].to_numpy(float)
    least_active = np.ceil(inputs.campaigns["min_if_active"].to_numpy(float) * 100 - 1e-6) / 100
    verdicts = {code: gate(inputs) for code, gate in GATES.items()}
    return pass_gates(verdicts, floor, inputs.asked, inputs.known, least_active)


def gate_notes(inputs: Inputs, gates: Gates) -> list[str]:
    """What the gates could not judge, and floors that gave way to them, for people."""
    policies, notes = inputs.definition.policies, []
    total = len(inputs.campaigns)
    unknown = int(np.isnan(inputs.next_available[inputs.unit]).sum())
    if policies.tiers and unknown:
        notes.append(
            f"policies.tiers: no third_next_available_days for {unknown} of {total} campaigns; no tier applies"
        )
    undated = [
        (_oldest_capacity(inputs) < 0, "appointment_capacity"),
        ((inputs.tables["funnel"].frame["as_of"] == "").to_numpy()[inputs.funnel], "funnel"),
    ]
    for missing, name in undated if policies.stale_days is not None else ():
        if missing.any():
            count = int(missing.sum())
            notes.append(f"policies.stale_days: {name} has no as_of for {count} of {total} campaigns; not judged there")
    pilots = int((inputs.campaigns["pilot"] == "yes").sum())
    if pilots and policies.pilot is None:
        notes.append(f"{pilots} of {total} campaigns are marked as pilots, but policies.pilot sets no cap")
    if gates.lowered.any():
        count = int(gates.lowered.any(axis=1).sum())
        notes.append(f"min_weekly_spend gives way to gates for {count} of {total} campaigns; gates.csv lists the weeks")
    if gates.too_low.any():
        count, weeks = int(gates.too_low.any(axis=1).sum()), int(gates.too_low.sum())
        notes.append(
            f"gates leave {count} of {total} campaigns less than their min_if_active in {weeks} campaign weeks, so they"
            " do not run then; gates.csv lists them"
        )
    held = (gates.hold > 0) & (gates.hold < gates.least_active)
    if held.any():
        count = int(held.any(axis=1).sum())
        notes.append(
            f"{count} of {total} campaigns are held as today by policies.stale_days, below their min_if_active"
        )
    return notes


# Laying out a verdict


def _blank(shape: tuple[int, ...]) -> Texts:
    return np.full(shape, "", dtype=object)


def _silent(inputs: Inputs) -> Verdict:
    nothing = _blank(inputs.shape)
    return Verdict(np.full(inputs.shape, np.inf), nothing, nothing)


def _shut(closed: Flags) -> Floats:
    """Ceilings that close where said, and say nothing elsewhere."""
    return np.where(closed, 0.0, np.inf)


def _verdict(
    inputs: Inputs, ceiling: Floats, sentences: Sequence[str] | Texts, sources: Sequence[str] | Texts
) -> Verdict:
    """A verdict from ceilings of shape (I, T) or (I, 1), and one sentence and source per campaign."""
    words = (np.asarray(texts, dtype=object)[:, None] for texts in (sentences, sources))
    sentence, source = (np.broadcast_to(texts, inputs.shape) for texts in words)
    return Verdict(np.broadcast_to(ceiling, inputs.shape), sentence, source)


def _of_units(inputs: Inputs, closed: Flags, sentences: Sequence[str], sources: Sequence[str]) -> Verdict:
    """A verdict that closes the campaigns of some units (U,) in all weeks, with one sentence and source per unit."""
    sentence, source = (np.asarray(texts, dtype=object)[inputs.unit] for texts in (sentences, sources))
    return _verdict(inputs, _shut(closed[inputs.unit])[:, None], sentence, source)


def _of_events(inputs: Inputs, effect: str, words: str) -> Verdict:
    """A verdict that closes what the events with an effect cover; of several that overlap the first is told."""
    closed, sentence, source = np.zeros(inputs.shape, dtype=bool), _blank(inputs.shape), _blank(inputs.shape)
    for event, place in events(inputs.tables["calendar_events"]) if "calendar_events" in inputs.tables else ():
        if event[effect] != "yes":
            continue
        here = np.outer(covered(event, inputs.campaigns), spanned(event, inputs.weeks)) & ~closed
        closed |= here
        sentence[here] = words.format(**event, why=f" ({event['reason']})" if event["reason"] else "")
        source[here] = place + (f", owner {event['owner']}" if event["owner"] else "")
    return Verdict(_shut(closed), sentence, source)


def _cents(money: Floats) -> Floats:
    """Money rounded down to whole cents."""
    return np.asarray(np.floor(money * 100 + 1e-6) / 100)
