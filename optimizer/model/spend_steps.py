"""The curves as steps: chords between spends, for every campaign and planned week."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from optimizer.lp.blocks import Flags, Positions
from optimizer.response.curves import Curves
from optimizer.response.envelope import inflection, is_s_shaped, straight_parts, touching
from optimizer.response.forecast import captured_leads, spend_limit
from optimizer.response.steps import chord_steps
from optimizer.scenario.facts import Facts
from optimizer.scenario.match import Floats

_CENT = 0.01
_STEEPER = 1e-9
"""Part by which a step must be steeper than the one before to need it full; less is rounding."""


@dataclass(frozen=True)
class SpendSteps:
    """Steps of all curves in all weeks, one position per step that has a width.

    Attributes:
        campaign: (n,) campaign of each step.
        week: (n,) planned week of each step.
        step: (n,) number of the step on its curve, from 0.
        start: (n,) money at which the step begins.
        least: (n,) money that must be spent in the step.
        width: (n,) money that may be spent in the step.
        slope: (n,) captured leads per money.
        straight: (n,) whether the curve lies nowhere above the step, at spends that are allowed: it bends upwards
            there, or spends between the ends are not allowed.
        run: (n,) number of the run of ever flatter steps that the step belongs to, from 0. A run may be used only when
            the one before is full; concave curves, and S-shaped ones that are not exact, have one run.
    """

    campaign: Positions
    week: Positions
    step: Positions
    start: Floats
    least: Floats
    width: Floats
    slope: Floats
    straight: Flags
    run: Positions


def weekly_steps(facts: Facts, curves: Curves, edges: Floats, *, least: float = 0.0) -> SpendSteps:
    """Chords between edges, for every campaign and planned week; steps without width are left out.

    Args:
        facts: The facts.
        curves: Curve of each campaign.
        edges: (I, T, K + 1) spend at which steps end, ascending from 0.
        least: Share of each step that must be spent.
    """
    width = np.diff(edges, axis=2) * facts.in_flight[:, :, None]
    gained = np.diff(captured_leads(facts, curves, edges), axis=2)
    campaign, week, place = np.nonzero(width > 0)
    wide = width[campaign, week, place]
    step = np.cumsum(width > 0, axis=2)[campaign, week, place] - 1
    start, slope = edges[campaign, week, place], gained[campaign, week, place] / wide
    upward = _bend(facts, curves)[campaign, week]
    switched = facts.gates.switched[campaign, week] & (step == 0)
    return SpendSteps(
        campaign=campaign,
        week=week,
        step=step,
        start=start,
        least=least * wide,
        width=wide,
        slope=slope,
        straight=(edges[campaign, week, place + 1] <= upward) | switched,
        run=_runs(step, slope, is_exact(facts, curves)[campaign]),
    )


def with_finer(steps: SpendSteps, finer: SpendSteps, weeks: Flags) -> SpendSteps:
    """The same steps, but in some weeks of some campaigns (I, T) finer ones."""
    kept, new = ~weeks[steps.campaign, steps.week], weeks[finer.campaign, finer.week]
    parts = {
        each.name: np.concatenate([getattr(steps, each.name)[kept], getattr(finer, each.name)[new]])
        for each in fields(SpendSteps)
    }
    order = np.lexsort((parts["step"], parts["week"], parts["campaign"]))
    return SpendSteps(**{name: part[order] for name, part in parts.items()})


def is_exact(facts: Facts, curves: Curves) -> Flags:
    """(I,) which campaigns have an S-shaped curve that is planned as it is."""
    return is_s_shaped(curves) & (facts.curves["exact"] == "yes").to_numpy()


def is_enveloped(facts: Facts, curves: Curves) -> Flags:
    """(I,) which campaigns have an S-shaped curve that is planned on its envelope."""
    return is_s_shaped(curves) & ~is_exact(facts, curves)


def _bend(facts: Facts, curves: Curves) -> Floats:
    """(I, T) spend up to which no step lies below its curve: the inflection, or the end of the envelope's line."""
    return np.where(is_exact(facts, curves), inflection(curves), touching(curves))[:, None] * facts.cost


def _runs(step: Positions, slope: Floats, exact: Flags) -> Positions:
    """(n,) run of each step; steps stand by campaign, week and number."""
    steeper = np.zeros(len(step), dtype=np.int64)
    steeper[1:] = (step[1:] > 0) & exact[1:] & (slope[1:] > slope[:-1] * (1 + _STEEPER))
    total = np.cumsum(steeper)
    return total - np.maximum.accumulate(np.where(step == 0, total, 0))


def planned_edges(facts: Facts, curves: Curves, touched: Floats, count: int) -> Floats:
    """(I, T, K + 1) ends of steps: those of the curves' shape, and the spends at which chord and curve must touch.

    Where media cost more, the same shape stretches over more money. Where a gate closes a campaign there are no steps,
    and below the least at which it runs there is one, as there is on the straight parts of an envelope.

    Args:
        facts: The facts.
        curves: Curve of each campaign.
        touched: (I, T, n) spends that end a step.
        count: Steps that follow the shape of each curve; those given by points keep their own.
    """
    limit = spend_limit(facts)
    most = np.where(facts.ceiling > 0, limit[:, None], 0.0)[:, :, None]
    in_normal_weeks = limit / facts.cost.min(axis=1)
    shape = chord_steps(curves, in_normal_weeks, count).edges
    stretched = shape[:, None, :] * facts.cost[:, :, None]
    least = np.where(facts.gates.switched, facts.gates.least_active, 0.0)[:, :, None]
    edges = np.clip(np.round(np.concatenate([stretched, touched, most], axis=2), 2), 0.0, most)
    edges = np.concatenate([_with_kinks(facts, curves, edges, most), least], axis=2)
    return np.sort(np.where(edges < least, 0.0, edges), axis=2)


def _with_kinks(facts: Facts, curves: Curves, edges: Floats, most: Floats) -> Floats:
    """Edges that keep the kinks of S-shaped curves to the last digit, and none on the straight parts of envelopes.

    A step must not reach past a kink by the part of a cent that rounding would let it.
    """
    shaped, cost = is_s_shaped(curves), facts.cost[:, :, None]
    if not shaped.any():
        return edges
    turn = np.where(is_exact(facts, curves), inflection(curves), touching(curves))
    own = np.where(curves.has_points[:, None], curves.point_spend, np.where(np.isfinite(turn), turn, 0.0)[:, None])
    kinks = np.clip(np.where(shaped[:, None], own, 0.0)[:, None, :] * cost, 0.0, most)
    for place in range(kinks.shape[2]):
        kink = kinks[:, :, place, None]
        edges = np.where((kink > 0) & (np.abs(edges - kink) < _CENT), kink, edges)
    edges = np.concatenate([edges, kinks], axis=2)
    parts = straight_parts(curves, most[:, :, 0] / facts.cost)
    bridged = ~is_exact(facts, curves)[:, None, None]
    for place in range(parts.start.shape[2]):
        start = parts.start[:, :, place, None] * cost
        end = np.minimum(parts.end[:, :, place, None] * cost, most)
        edges = np.where(bridged & (start < edges) & (edges < end), start, edges)
    return edges
