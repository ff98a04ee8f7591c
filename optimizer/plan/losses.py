r"""Where patients and money are lost between a lead and a booked appointment.

Of everybody who would ask for an appointment of a unit in a week if every lead were answered in time, the waitlist
included, each is counted once:

.. math:: asked = booked + declined\_wait + without\_slot + missed\_by\_intake

The money of a campaign's week is shared out in the same parts, by the weeks in which its leads arrive; money that
brings no leads is ``without_requests``.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from optimizer.model.setting import of_unit
from optimizer.plan.outcome import Outcome
from optimizer.plan.tables import rows_by_week
from optimizer.scenario.match import Floats

PARTS = ("booked", "declined_wait", "without_slot", "missed_by_intake")
"""Where a patient who would ask ends."""
MONEY = (*PARTS, "without_requests")
"""Where money ends."""


def demand_table(plan: Outcome) -> pd.DataFrame:
    """One row per unit and lead week.

    Returns:
        Columns market, location, service_line, intake_team, week, asked (would ask if every lead were answered in time,
        waitlist included), booked, declined_wait (offered a wait or another clinic and gone), without_slot (no open
        slot within the longest wait, or none worth offering), missed_by_intake (lead answered late or never).
    """
    amounts = {"asked": _asked(plan), **_parts(plan)}
    table = rows_by_week(plan.facts, plan.facts.units, plan.facts.lead_weeks)
    return table.assign(**{name: amount.ravel() for name, amount in amounts.items()})


def money_table(plan: Outcome) -> pd.DataFrame:
    """One row per campaign and planned week: what became of its money, in whole cents that add up to the spend.

    Returns:
        Columns campaign, market, location, service_line, channel, week, spend, booked, declined_wait, without_slot,
        missed_by_intake, without_requests.
    """
    facts, asked = plan.facts, _asked(plan)
    money = np.zeros((len(MONEY), *plan.spend.shape))
    for place, part in enumerate(_parts(plan).values()):
        share = np.divide(part, asked, out=np.zeros_like(part), where=asked > 0)
        for lag in range(facts.lead_share.shape[1]):
            there = share[facts.unit, lag : lag + facts.planned]
            money[place] += np.where(plan.captured > 0, plan.spend * facts.lead_share[:, lag, None] * there, 0.0)
    money[-1] = np.maximum(plan.spend - money.sum(axis=0), 0.0)
    cents = np.diff(np.rint(np.cumsum(money * 100, axis=0)), axis=0, prepend=0.0) / 100
    table = rows_by_week(facts, facts.campaigns, facts.planned).assign(spend=plan.spend.ravel())
    return table.assign(**{name: amount.ravel() for name, amount in zip(MONEY, cents, strict=True)})


def _asked(plan: Outcome) -> Floats:
    """(U, L) patients who would ask if every lead were answered in time, waitlist included."""
    waiting = np.zeros_like(plan.requests)
    waiting[:, 0] = plan.facts.waitlist
    return plan.requests + waiting


def _parts(plan: Outcome) -> Mapping[str, Floats]:
    """(U, L) each: patients who would ask, by where they end."""
    asked, booked, offered = _asked(plan), plan.by_lead_week(plan.booked), _offered(plan)
    asking = np.minimum(np.maximum(_asking(plan), offered), asked)
    ends = (booked, offered - booked, asking - offered, asked - asking)
    return dict(zip(PARTS, (np.maximum(amount, 0.0) for amount in ends), strict=True))


def _offered(plan: Outcome) -> Floats:
    """(U, L) patients who are offered an appointment, whether they take it or not."""
    facts = plan.facts
    taken = (facts.kept[facts.route_from] * facts.acceptance[:, None])[:, None, :]
    return plan.by_lead_week(np.divide(plan.booked, taken, out=np.zeros_like(plan.booked), where=plan.booked > 0))


def _asking(plan: Outcome) -> Floats:
    """(U, L) patients who ask after late and lost leads (appointment_requests, answered_requests)."""
    facts, mix = plan.facts, plan.setting.mix
    missed = mix.late_requests * plan.late_hours + mix.lost_requests * plan.lost_hours
    asking = np.maximum(_asked(plan) - missed, 0.0)
    without_hours = np.where(facts.minutes > 0, 0.0, facts.booking)[:, None]
    instant = of_unit(facts, plan.arriving * without_hours)
    waiting = np.zeros_like(asking)
    waiting[:, 0] = facts.waitlist
    answered = waiting + instant + (plan.hours - plan.lost_hours) * mix.most_requests[:, None]
    return np.asarray(np.where(facts.team[:, None] >= 0, np.minimum(asking, answered), asking))
