"""Contradictions that plain arithmetic finds before any plan is sought: what is asked for at least, and what there is.

Each check is exact: where it speaks, no plan exists. Where all are silent, only solving can tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from optimizer.model.moves import moves
from optimizer.model.scope import Side, sides
from optimizer.plan.words import Words, count, day, percent
from optimizer.plan.written_rows import CHANGE_LIMIT, campaign_key, limit_key, slots_key
from optimizer.scenario.facts import Facts, Flags
from optimizer.scenario.match import Codes, Floats

_ROOM = 1e-9
"""Part of a limit by which sums may pass it for rounding."""


@dataclass(frozen=True)
class Contradiction:
    """Limits that cannot hold together.

    Attributes:
        says: Why, with the numbers of both sides.
        limits: The limits, as keys of :class:`optimizer.plan.written_rows.WrittenLimit`.
    """

    says: str
    limits: tuple[str, ...]


def contradictions(facts: Facts) -> list[Contradiction]:
    """Every contradiction that arithmetic finds, the plainest first."""
    words = Words.of(facts.definition)
    return [
        *_moves_too_small(facts, words),
        *_more_than_allowed(facts, words),
        *_crossed(facts),
        *_more_than_open(facts),
    ]


@dataclass(frozen=True)
class _Purse:
    """A most of spend: the campaign-weeks that it counts (I, T)."""

    key: str
    words: str
    inside: Flags
    most: float


def _purses(facts: Facts) -> Iterator[_Purse]:
    """Budgets, and the named limits on the most that is spent."""
    budget, planned = facts.definition.budget, facts.weeks[: facts.planned]
    every = np.ones(facts.floor.shape, dtype=bool)
    yield _Purse("budget.total", "budget.total", every, budget.total)
    month = np.array([monday[:7] for monday in planned])
    for name, most in sorted(budget.per_month.items()):
        yield _Purse(f"budget.per_month.{name}", f"budget.per_month.{name}", every & (month == name), most)
    if budget.per_week is not None:
        for week, monday in enumerate(planned):
            words = f"budget.per_week in the week of {day(str(monday))}"
            yield _Purse("budget.per_week", words, every & (np.arange(len(planned)) == week), budget.per_week)
    for side in _hard_sides(facts, "spend", "max"):
        yield _Purse(limit_key(side.scope.name, "max"), _told(side), _spent(facts, side), side.asked)


def _hard_sides(facts: Facts, quantity: str, which: str) -> list[Side]:
    return [
        side
        for side in sides(facts)
        if side.scope.quantity == quantity and side.side == which and not side.scope.is_soft
    ]


def _spent(facts: Facts, side: Side) -> Flags:
    """(I, T) campaign-weeks whose spend a side counts."""
    return np.asarray(side.scope.campaigns[:, None] & side.window[None, : facts.planned])


def _told(side: Side) -> str:
    when = "" if not side.scope.alone else f" in {side.weeks}"
    return f"limit '{side.scope.name}'{when}"


def _more_than_allowed(facts: Facts, words: Words) -> list[Contradiction]:
    """Floors of campaigns, and named limits on the least that is spent, above what may be spent; worst of a key."""
    floors = np.where(facts.gates.asked_floor > facts.gates.hold, facts.floor, 0.0)
    wanted = [(side, _spent(facts, side)) for side in _hard_sides(facts, "spend", "min")]
    wanted.sort(key=lambda pair: -pair[0].asked)
    worst: dict[str, tuple[float, Contradiction]] = {}
    for purse in _purses(facts):
        for chosen in ([], _apart(wanted, purse.inside)):
            over, found = _overfull(facts, words, purse, floors, chosen)
            if found and over > worst.get(purse.key, (0.0, found))[0]:
                worst[purse.key] = (over, found)
                break
    return [found for _, found in worst.values()]


def _apart(wanted: list[tuple[Side, Flags]], inside: Flags) -> list[tuple[Side, Flags]]:
    """Sides that count campaign-weeks inside a purse alone, and none of them twice."""
    taken, chosen = np.zeros_like(inside), []
    for side, counted in wanted:
        if not (counted & ~inside).any() and not (counted & taken).any():
            taken |= counted
            chosen.append((side, counted))
    return chosen


def _overfull(
    facts: Facts, words: Words, purse: _Purse, floors: Floats, chosen: list[tuple[Side, Flags]]
) -> tuple[float, Contradiction | None]:
    """By how much the fewest and largest asks pass a purse, and who asks; nothing where they all fit."""
    left = purse.inside.copy()
    for _, counted in chosen:
        left &= ~counted
    own = (floors * left).sum(axis=1)
    floored = np.flatnonzero(own > 0)
    asked_of_each = np.concatenate([np.array([side.asked for side, _ in chosen]), own[floored]])
    largest = np.argsort(-asked_of_each, kind="stable")
    total = np.cumsum(asked_of_each[largest])
    enough = np.flatnonzero(total > purse.most * (1 + _ROOM) + _ROOM)
    if not len(enough):
        return 0.0, None
    needed = largest[: int(enough[0]) + 1]
    limits = [side.scope.name for side, _ in chosen]
    owners = facts.campaigns["campaign"].iloc[floored]
    keys = [limit_key(name, "min") for name in limits] + [campaign_key("min_weekly_spend", name) for name in owners]
    named = [f"limit '{limits[ask]}'" for ask in needed if ask < len(limits)]
    campaigns = len(needed) - len(named)
    if campaigns:
        named.append(f"the floors of {campaigns} campaigns" if campaigns > 1 else "the floor of a campaign")
    asked = float(total[enough[0]])
    over = asked - purse.most
    says = (
        f"{' and '.join(named)} ask{'' if len(needed) > 1 else 's'} for {words.money(asked, cents=True)},"
        f" {words.money(over, cents=True)} more than the {words.money(purse.most, cents=True)} of {purse.words}"
    )
    return over, Contradiction(says, tuple(dict.fromkeys([*(keys[ask] for ask in needed), purse.key])))


def _moves_too_small(facts: Facts, words: Words) -> list[Contradiction]:
    """Floors that the change limit does not let a campaign reach in time, and ceilings that it cannot come down to."""
    policy = facts.definition.policies.change_limit
    if policy is None:
        return []
    up, down = _reachable(facts, policy.share, policy.amount)
    found = []
    for reach, bound, column, sign in (
        (up, facts.floor, "min_weekly_spend", 1.0),
        (down, facts.ceiling, "max_weekly_spend", -1.0),
    ):
        owned = _owned(facts, column)
        short = np.where(owned, sign * (np.where(np.isfinite(bound), bound, 0.0) - reach), 0.0)
        for i in np.flatnonzero((short > _ROOM * (1 + np.abs(bound))).any(axis=1)):
            t = int(np.argmax(short[i] > _ROOM * (1 + np.abs(bound[i]))))
            name = str(facts.campaigns["campaign"].iloc[i])
            least = "at least" if sign > 0 else "at most"
            amount = f" and {words.money(policy.amount)}" if policy.amount else ""
            says = (
                f"campaign '{name}' must spend {least} {words.money(float(bound[i, t]), cents=True)} in the week of"
                f" {day(str(facts.weeks[t]))}, but from {words.money(float(facts.current[i]), cents=True)} a week today"
                f" the change limit of {percent(policy.share)}{amount} a week lets it come"
                f" {'up' if sign > 0 else 'down'} to {words.money(float(reach[i, t]), cents=True)} by then"
            )
            found.append(Contradiction(says, (campaign_key(column, name), CHANGE_LIMIT)))
    return found


def _owned(facts: Facts, column: str) -> Flags:
    """(I, T) where a campaign's own floor or ceiling is what holds it."""
    gates = facts.gates
    if column == "min_weekly_spend":
        return np.asarray((facts.floor > 0) & (gates.asked_floor > gates.hold))
    return np.asarray((facts.ceiling > 0) & np.isfinite(gates.asked_ceiling) & (gates.asked_ceiling < gates.ceiling))


def _reachable(facts: Facts, share: float, amount: float) -> tuple[Floats, Floats]:
    """(I, T) most and least that moves from today allow, whatever the floors and ceilings.

    From the first week on that counts as no move, spend begins anew and nothing is out of reach.
    """
    counted = moves(facts)
    is_move = np.zeros(facts.floor.shape, dtype=bool)
    is_move[counted.campaign, counted.week] = True
    up, down = np.full(facts.floor.shape, np.inf), np.zeros(facts.floor.shape)
    highest, lowest = facts.current.astype(float), facts.start.astype(float)
    for t in range(facts.planned):
        highest = np.where(is_move[:, t], highest * (1 + share) + amount, np.inf)
        lowest = np.where(is_move[:, t], np.maximum(lowest * (1 - share) - amount, 0.0), 0.0)
        up[:, t], down[:, t] = highest, lowest
    return up, down


def _crossed(facts: Facts) -> Iterator[Contradiction]:
    """A named min above a named max that counts all of it and maybe more."""
    for quantity in ("leads", "bookings", "visits"):
        highest = _hard_sides(facts, quantity, "max")
        for low in _hard_sides(facts, quantity, "min"):
            for high in highest:
                if low.asked > high.asked and _counts_all(low, high, quantity):
                    says = (
                        f"{_told(low)} asks for at least {low.asked:,g} {quantity}, {_told(high)} allows at most"
                        f" {high.asked:,g}"
                    )
                    yield Contradiction(says, (limit_key(low.scope.name, "min"), limit_key(high.scope.name, "max")))
                    break


def _counts_all(low: Side, high: Side, quantity: str) -> bool:
    members = (low.scope.campaigns, high.scope.campaigns)
    if quantity != "leads":
        members = (low.scope.units, high.scope.units)
    return not ((members[0] & ~members[1]).any() or (low.window & ~high.window).any())


def _more_than_open(facts: Facts) -> Iterator[Contradiction]:
    """A target of bookings or visits above what the open slots of its clinics and weeks can hold."""
    fits = np.full(facts.open_slots.shape, np.inf)
    uses = facts.slots_per_booking[:, None]
    np.divide(facts.open_slots, uses, out=fits, where=uses > 0)
    fits = np.where(facts.takes_new[:, None], fits, 0.0)
    shown = np.where(facts.kept > 0, facts.show, 0.0).max(axis=1, initial=0.0)[:, None]
    for quantity, most in (("bookings", fits), ("visits", np.where(shown > 0, fits * shown, 0.0))):
        for side in _hard_sides(facts, quantity, "min"):
            room = float(most[side.scope.units][:, side.window].sum())
            if side.asked > room * (1 + _ROOM) + _ROOM:
                slots = float(facts.open_slots[side.scope.units][:, side.window].sum())
                says = (
                    f"{_told(side)} asks for at least {side.asked:,g} {quantity}, but the {count(slots)} open"
                    f" new-patient slots of {_places(facts, np.flatnonzero(side.scope.units))} hold at most"
                    f" {np.floor(room * 10 + 1e-6) / 10:,.10g}"
                )
                units = facts.units[["location", "service_line"]].to_numpy(dtype=str)[side.scope.units]
                keys = [slots_key(str(place), str(line)) for place, line in units]
                yield Contradiction(says, (limit_key(side.scope.name, "min"), *keys))


def _places(facts: Facts, units: Codes) -> str:
    """Clinics and lines by name, or how many they are."""
    if len(units) > _NAMED:
        return f"its {len(units)} clinics and lines"
    rows = facts.units[["location", "service_line"]].to_numpy(dtype=str)[units]
    return ", ".join(f"{place} {line}" for place, line in rows)


_NAMED = 3
"""Clinics and lines that are told by name."""
