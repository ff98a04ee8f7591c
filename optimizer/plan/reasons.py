"""Why each campaign spends what it spends, in sentences that need no knowledge of optimisation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from optimizer.lp.solution import Solution
from optimizer.model.unchanged_spend import may_stay
from optimizer.plan.outcome import Outcome
from optimizer.plan.split import NextDollar
from optimizer.plan.words import Words, count, percent, weeks_in_words
from optimizer.response.forecast import spend_limit
from optimizer.scenario.bounds import FLIGHT
from optimizer.scenario.definition import Objective
from optimizer.scenario.facts import Facts, Flags
from optimizer.scenario.gates import GATES
from optimizer.scenario.match import Codes, Floats

CEILING = "ceiling"
CURVE_END = "curve_end"
FLOOR = "floor"
CHANGE_UP = "change_limit_up"
CHANGE_DOWN = "change_limit_down"
LIMIT = "limit"
LIMIT_FLOOR = "limit_floor"
SLOTS = "appointment_capacity"
RESOURCE = "shared_resource"
INTAKE = "intake"
BUDGET = "budget"
MINIMUM = "minimum_if_active"
UNCHANGED = "changed_campaigns"
WORTH = "worth"

_SMALL = 1e-6
"""Prices below this are rounding."""
_CENT = 0.005


@dataclass(frozen=True)
class NamedPull:
    """How hard the named limits of one side pull at each campaign's week, arrays of shape (I, T).

    Attributes:
        weight: What the heaviest of them costs (ceilings) or pays (floors) for the next unit of money.
        name: Name of the heaviest, empty where none pulls.
    """

    weight: Floats
    name: npt.NDArray[np.object_]


@dataclass(frozen=True)
class Evidence:
    """What the sentences are made of.

    Attributes:
        plan: The plan's outcome.
        today: Today's outcome.
        next_dollar: Split of every campaign's next dollar.
        slot_price: (U, H) worth of one more open slot.
        hour_price: (G, L) worth of one more intake hour.
        minute_price: (S, H) worth of one more minute of a shared resource.
        ceilings: The named ceilings that hold each campaign's week down.
        goals: The named floors that hold it up.
        words: How numbers are written.
    """

    plan: Outcome
    today: Outcome
    next_dollar: NextDollar
    slot_price: Floats
    hour_price: Floats
    minute_price: Floats
    ceilings: NamedPull
    goals: NamedPull
    words: Words


def reason_codes(evidence: Evidence) -> npt.NDArray[np.str_]:
    """(I, T) code of what decides the spend of each campaign and week; the first that applies, in order."""
    facts, spend, split = evidence.plan.facts, evidence.plan.spend, evidence.next_dollar
    known = spend_limit(facts)[:, None]
    at_ceiling = (facts.ceiling <= known) & (spend >= facts.ceiling - _CENT)
    takers = {
        SLOTS: split.slot_price,
        RESOURCE: split.resource_price,
        INTAKE: split.intake_price,
        BUDGET: split.budget_price,
        LIMIT: evidence.ceilings.weight,
    }
    stacked = np.stack(list(takers.values()))
    largest = np.where(stacked.max(axis=0) > _SMALL, np.array(list(takers))[stacked.argmax(axis=0)], WORTH)
    asked_for = (evidence.goals.weight > _SMALL) & (spend >= evidence.today.spend - _CENT)
    gated = (facts.gates.code != "") & (spend >= facts.ceiling - _CENT)
    conditions = [
        (~facts.in_flight, FLIGHT),
        (at_ceiling, CEILING),
        (spend >= known - _CENT, CURVE_END),
        (_unchanged(evidence), UNCHANGED),
        (facts.gates.switched & (spend <= facts.gates.least_active + _CENT), MINIMUM),
        (split.change_price > _SMALL, CHANGE_UP),
        (split.change_price < -_SMALL, CHANGE_DOWN),
        ((split.range_price < -_SMALL) | ((facts.floor > 0) & (spend <= facts.floor + _CENT)), FLOOR),
        (asked_for, LIMIT_FLOOR),
    ]
    others = np.select([condition for condition, _ in conditions], [code for _, code in conditions], largest)
    return np.where(gated, facts.gates.code, others)


def _unchanged(evidence: Evidence) -> Flags:
    """(I, T) campaigns that stay as they are because only so many may change."""
    facts = evidence.plan.facts
    same = np.abs(evidence.plan.spend - evidence.today.spend) <= 2 * _CENT
    stays = np.all(~may_stay(facts) | same, axis=1, keepdims=True)
    limited = facts.definition.policies.max_changed_campaigns is not None
    return np.asarray(may_stay(facts) & stays & limited)


def named_pull(solution: Solution, shape: tuple[int, int], side: str) -> NamedPull:
    """The limits of limits.csv that pull hardest at each campaign and week.

    Args:
        solution: The certified solution.
        shape: (I, T).
        side: ``max`` for ceilings that hold spend down, ``min`` for floors that hold it up; the least of ltv_to_cac
            holds it down. What a limit on a share does to money outside its scope is in the price of that money, but
            no reason for it.
    """
    pull = NamedPull(np.zeros(shape), np.full(shape, "", dtype=object))
    for family in ("limits", "ratio_limits", "soft_limits"):
        if solution.program.has_rows(family):
            _add_pull(pull, solution, family, side)
    return pull


def _add_pull(pull: NamedPull, solution: Solution, family: str, side: str) -> None:
    """Put the limits of a family where they pull harder than those before."""
    program, shape = solution.program, pull.weight.shape
    first, price = program.row_slice(family).start, solution.price_of(family)
    labels = program.row_block(family).labels.names()
    campaign, week, _ = program.column_block("spend").labels.codes
    holds_down = (labels["side"] == "max") | (labels["quantity"] == "ltv_to_cac")
    sign = 1.0 if side == "max" else -1.0
    for row in np.flatnonzero((np.abs(price) > _SMALL) & (holds_down == (side == "max"))):
        coefficients = program.matrix[[first + row], program.column_slice("spend")].toarray().ravel()
        here = np.zeros(shape)
        np.maximum.at(here, (campaign, week), sign * coefficients * price[row])
        heavier = here > pull.weight
        pull.weight[heavier], pull.name[heavier] = here[heavier], labels["limit"][row]


def sentences(evidence: Evidence, codes: npt.NDArray[np.str_]) -> npt.NDArray[np.object_]:
    """(I, T) one sentence per campaign and planned week: what is done, and why."""
    said = np.full(codes.shape, "", dtype=object)
    before, after = evidence.today.spend, evidence.plan.spend
    for i, t in np.ndindex(codes.shape):
        why = _WHY[str(codes[i, t])](evidence, i, t)
        said[i, t] = f"{move(evidence.words, float(before[i, t]), float(after[i, t]))}: {why}"
    return said


def move(words: Words, before: float, after: float) -> str:
    """What is done with a campaign's spend."""
    if after < _CENT:
        return "Stays at zero" if before < _CENT else f"Paused, from {words.money(before)}"
    if abs(after - before) < max(1.0, 0.005 * before):
        return f"Held at {words.money(after)}"
    return f"{'Raised' if after > before else 'Lowered'} from {words.money(before)} to {words.money(after)}"


def _returns(evidence: Evidence, i: int, t: int) -> str:
    split, words = evidence.next_dollar, evidence.words
    if words.objective is Objective.MIN_SPEND:
        saved = words.return_of(max(float(split.lead_return[i, t]), 0.0))
        return f"the next {words.next_money} would save {saved} elsewhere on the way to the goals"
    return f"the next {words.next_money} would bring {words.return_of(float(split.lead_return[i, t]))}"


def _gate(evidence: Evidence, i: int, t: int) -> str:
    return str(evidence.plan.facts.gates.sentence[i, t]) or "its own ceiling of zero keeps it from running."


def _ceiling(evidence: Evidence, i: int, t: int) -> str:
    ceiling = evidence.words.money(float(evidence.plan.facts.ceiling[i, t]))
    return f"this is its ceiling of {ceiling} a week; {_returns(evidence, i, t)}."


def _curve_end(evidence: Evidence, i: int, t: int) -> str:
    share = percent(evidence.plan.facts.definition.policies.extrapolation)
    return f"its curve is known no further ({share} of the highest spend seen); {_returns(evidence, i, t)}."


def _floor(evidence: Evidence, i: int, t: int) -> str:
    floor = evidence.words.money(float(evidence.plan.facts.floor[i, t]))
    return f"this is its floor of {floor} a week; {_returns(evidence, i, t)}."


def _minimum(evidence: Evidence, i: int, t: int) -> str:
    least = evidence.words.money(float(evidence.plan.facts.gates.least_active[i, t]))
    if evidence.plan.spend[i, t] < _CENT:
        return f"it runs at {least} a week or more, or not at all, and the plan as a whole is better without it."
    return f"this is the least at which it runs, {least} a week; {_returns(evidence, i, t)}."


def _stays(evidence: Evidence, i: int, t: int) -> str:
    most = evidence.plan.facts.definition.policies.max_changed_campaigns
    return f"no more than {most} campaigns may change, and others gain more by it; {_returns(evidence, i, t)}."


def _change(evidence: Evidence, i: int, t: int) -> str:
    policies, words = evidence.plan.facts.definition.policies, evidence.words
    policy, counts = policies.change_limit, policies.change_cost
    stops = []
    if policy:
        amount = f" and {words.money(policy.amount)}" if policy.amount else ""
        stops.append(f"the weekly change limit ({percent(policy.share)}{amount}) allows no more")
    if counts:
        stops.append(f"a further move counts {words.money(counts, cents=True)} per {words.next_money} moved")
    return f"{', or '.join(stops)}; {_returns(evidence, i, t)}."


def _limit(evidence: Evidence, i: int, t: int) -> str:
    return f"the limit '{evidence.ceilings.name[i, t]}' allows no more; {_returns(evidence, i, t)}."


def _limit_floor(evidence: Evidence, i: int, t: int) -> str:
    return f"the limit '{evidence.goals.name[i, t]}' asks for it; {_returns(evidence, i, t)}."


def _slots(evidence: Evidence, i: int, t: int) -> str:
    facts, unit = evidence.plan.facts, int(evidence.plan.facts.unit[i])
    full, binding = full_unit(evidence, i, t)
    if not len(binding):
        return f"patients of {facts.places[unit]} would wait too long; {_returns(evidence, i, t)}."
    onward = "" if full == unit else "its patients go on to follow-on visits, but "
    return f"{onward}{_full(evidence, full, binding)}."


def full_unit(evidence: Evidence, i: int, t: int) -> tuple[int, Codes]:
    """The unit whose slots a campaign's week lacks, its own or one further on, and the weeks in which it is full."""
    facts, unit = evidence.plan.facts, int(evidence.plan.facts.unit[i])
    binding = _binding(evidence, evidence.slot_price[unit], t)
    if len(binding):
        return unit, binding
    window = _window(facts, t)
    onward = units_ahead(facts, unit)
    tightest = max(onward, key=lambda place: float(evidence.slot_price[place, window].max()), default=unit)
    return tightest, np.asarray(t + np.flatnonzero(evidence.slot_price[tightest, window] > _SMALL), dtype=np.int64)


def _binding(evidence: Evidence, price: Floats, t: int) -> Codes:
    """Weeks with a price among those in which patients of a week's spend are seen."""
    facts = evidence.plan.facts
    last = t + facts.lead_share.shape[1] - 1 + facts.kept.shape[1] - 1
    return np.asarray(t + np.flatnonzero(price[t : last + 1] > _SMALL), dtype=np.int64)


def _window(facts: Facts, t: int) -> slice:
    """Weeks in which patients of a week's spend are seen, follow-on visits included."""
    return slice(t, t + len(facts.weeks) - facts.planned + 1)


def _full(evidence: Evidence, unit: int, binding: Codes) -> str:
    """That a unit is full in some weeks, and what a further slot would be worth there."""
    facts, plan = evidence.plan.facts, evidence.plan
    left = float(np.maximum(facts.open_slots[unit, binding] - plan.slots_used[unit, binding], 0.0).sum())
    when = weeks_in_words([str(week) for week in facts.weeks[binding]])
    worth = evidence.words.value(float(evidence.slot_price[unit, binding].max()))
    slots = count(left) if left >= 0.05 else "no"
    return (
        f"{facts.places[unit]} has {slots} open new-patient slots left {when}; each further slot would be worth {worth}"
    )


def units_ahead(facts: Facts, unit: int) -> list[int]:
    """Units that follow-on visits of a unit's patients are seen at, however far on."""
    found, ways = np.arange(len(facts.units)) == unit, facts.pathways
    origin = ways.origin[ways.leaving]
    for _ in range(ways.used):
        found[ways.place[found[origin]]] = True
    found[unit] = False
    return [int(place) for place in np.flatnonzero(found)]


def _resource(evidence: Evidence, i: int, t: int) -> str:
    facts, shared = evidence.plan.facts, evidence.plan.facts.resources
    resource = tight_resource(evidence, i, t)
    price = evidence.minute_price[resource, _window(facts, t)]
    when = weeks_in_words([str(week) for week in facts.weeks[t + np.flatnonzero(price > _SMALL)]])
    worth = evidence.words.value(float(price.max()))
    return f"{shared.names[resource]} has no minutes left {when}; each further minute would be worth {worth}."


def tight_resource(evidence: Evidence, i: int, t: int) -> int:
    """The resource whose minutes cost most among those that a campaign's patients use, at their visits or later."""
    facts, shared = evidence.plan.facts, evidence.plan.facts.resources
    unit = int(facts.unit[i])
    seen = [unit, *(int(place) for place in facts.route_to[facts.route_from == unit])]
    seen += [place for first in tuple(seen) for place in units_ahead(facts, first)]
    price = evidence.minute_price[:, _window(facts, t)]
    cost = shared.minutes[:, seen].max(axis=1) * price.max(axis=1)
    return int(cost.argmax())


def _intake(evidence: Evidence, i: int, t: int) -> str:
    facts = evidence.plan.facts
    team = int(facts.team[facts.unit[i]])
    price = evidence.hour_price[team, t : t + facts.lead_share.shape[1]]
    binding = t + np.flatnonzero(price > _SMALL)
    if not len(binding):
        return f"its leads cannot all be answered in time; {_returns(evidence, i, t)}."
    when = weeks_in_words([str(week) for week in facts.weeks[binding]])
    worth = evidence.words.value(float(price.max()))
    return f"{facts.teams[team]} cannot answer more leads in time {when}; each further hour would be worth {worth}."


def _budget(evidence: Evidence, i: int, t: int) -> str:
    split, words = evidence.next_dollar, evidence.words
    elsewhere = float(split.budget_price[i, t] + split.money[i, t])
    if split.lead_return[i, t] > 0.98 * elsewhere:
        return f"the budget is used up; {_returns(evidence, i, t)}, as everywhere."
    return f"the budget brings more elsewhere: {words.return_of(elsewhere)}; here {_returns(evidence, i, t)}."


def _worth(evidence: Evidence, i: int, t: int) -> str:
    return f"{_returns(evidence, i, t)}, no more than it costs."


_WHY = {
    **dict.fromkeys(GATES, _gate),
    CEILING: _ceiling,
    CURVE_END: _curve_end,
    FLOOR: _floor,
    CHANGE_UP: _change,
    CHANGE_DOWN: _change,
    LIMIT: _limit,
    LIMIT_FLOOR: _limit_floor,
    SLOTS: _slots,
    RESOURCE: _resource,
    INTAKE: _intake,
    BUDGET: _budget,
    MINIMUM: _minimum,
    UNCHANGED: _stays,
    WORTH: _worth,
}


def main_weeks(codes: npt.NDArray[np.str_], change: Floats) -> Codes:
    """(I,) week whose reason stands for the campaign: of the most frequent reason, the week of its greatest change.

    Args:
        codes: (I, T) reasons.
        change: (I, T) change of spend.
    """
    chosen = np.zeros(len(codes), dtype=np.int64)
    for row, (names, moved) in enumerate(zip(codes, np.abs(change), strict=True)):
        weight = {str(name): float(moved[names == name].sum()) + 1e-9 * int((names == name).sum()) for name in names}
        main = max(sorted(weight), key=lambda name: weight[name])
        weeks = np.flatnonzero(names == main)
        chosen[row] = weeks[int(moved[weeks].argmax())]
    return chosen
