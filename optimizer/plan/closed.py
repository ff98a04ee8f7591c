"""Gates that are part of a conflict because they close the campaigns that a limit asks for.

A closed campaign has no spend at all, so no row of the program says that it is closed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from optimizer.errors import Clash
from optimizer.model.families import state
from optimizer.model.scope import sides
from optimizer.model.setting import Setting, planning
from optimizer.plan.written import written_limits
from optimizer.plan.written_rows import WrittenLimit, limit_key, place_of
from optimizer.scenario.bounds import FLIGHT, Flags
from optimizer.solve.infeasible import is_impossible
from optimizer.solve.levers import Limits


def closed_by_gates(setting: Setting, conflict: Sequence[WrittenLimit]) -> list[Clash]:
    """The gates without which the limits of a conflict could be met, each with the campaigns that it closes.

    Args:
        setting: The planning setting.
        conflict: The limits that contradict each other, given what is closed.
    """
    gates, asked = setting.facts.gates, _asked_of(setting, conflict)
    shut = (gates.ceiling <= 0) & asked[:, None]
    closing = [code for code in gates.verdicts if code != FLIGHT and ((gates.code == code) & shut).any()]
    kept = {limit.key for limit in conflict}
    if not closing or _contradicts(_lifted(setting, closing), kept):
        return []
    for code in list(closing):
        rest = [other for other in closing if other != code]
        if not _contradicts(_lifted(setting, rest), kept):
            closing = rest
    return [_clash(setting, code, asked) for code in closing]


def _asked_of(setting: Setting, conflict: Sequence[WrittenLimit]) -> Flags:
    """(I,) campaigns in the scope of the named limits of a conflict."""
    facts, kept = setting.facts, {limit.key for limit in conflict}
    asked = np.zeros(len(facts.unit), dtype=bool)
    for side in sides(facts):
        if limit_key(side.scope.name, side.side) in kept:
            asked |= side.scope.campaigns & side.scope.units[facts.unit]
    return asked


def _lifted(setting: Setting, codes: Sequence[str]) -> Setting:
    """The setting without some gates."""
    gates = setting.facts.gates
    for code in codes:
        gates = gates.without(code)
    floor, ceiling = gates.bounds()
    return planning(replace(setting.facts, gates=gates, floor=floor, ceiling=ceiling))


def _contradicts(setting: Setting, kept: set[str]) -> bool:
    """Whether limits, by their keys, contradict each other when all others are left out."""
    program = state(setting)
    limits = Limits.of(program)
    for limit in written_limits(setting, program):
        if limit.key not in kept:
            limits.give(limit.lever, np.full(len(limit.lever.rows), np.inf))
    return is_impossible(limits.within(program))


def _clash(setting: Setting, code: str, asked: Flags) -> Clash:
    facts = setting.facts
    closed = (facts.gates.code == code) & (facts.gates.ceiling <= 0) & asked[:, None]
    campaigns = np.flatnonzero(closed.any(axis=1))
    first = (campaigns[0], int(np.argmax(closed[campaigns[0]])))
    name = facts.campaigns["campaign"].iloc[campaigns[0]]
    others = f" and {len(campaigns) - 1} more" if len(campaigns) > 1 else ""
    place = place_of(str(facts.gates.source[first]))
    told = f"the rule '{code}' closes campaign '{name}'{others}: {str(facts.gates.sentence[first]).rstrip('.')}"
    return Clash(told, place.file, place.line)
