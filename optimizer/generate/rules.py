"""What others set: what patients are worth, budgets, policies, limits, events, and who decides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
import pandas as pd

from optimizer.generate.calendar import holidays, open_share
from optimizer.generate.catalogue import BRAND, DISCOUNT_RATE, HORIZON_MONTHS, MICROSOFT, PT, SOCIAL, pathways_between
from optimizer.generate.group import AS_OF, FILL_CAP, FIRST_WEEK, Group, every
from optimizer.generate.marketing import MARKETING, campaign_names
from optimizer.generate.operations import (
    MADE_UP,
    MAX_BACKLOG_SHARE,
    OPERATIONS,
    free_slots,
    weekly_contacts,
)
from optimizer.generate.places import MARKET

FINANCE, MEDICAL = "Finance", "Chief medical officer"
_PARTS = {PT: {"margin_per_year": 540.0, "yearly_retention": 0.65}}
"""Lines whose lifetime margin is given by its parts; of physical therapy they make about 899."""
_SHOWN = 0.88
"""Share of bookings that become visits, about."""


def definition(group: Group) -> dict[str, object]:
    """What ``scenario.yaml`` says: a budget near today's spend, paced by week and month."""
    weekly, size = float(group.spend.sum()), group.size
    months = Counter(week[:7] for week in group.planned.tolist())
    return {
        "schema_version": 1,
        "name": f"made_up_{size.locations}x{size.lines}x{size.channels}x{size.weeks}_{group.seed}",
        "title": f"Made-up group of {size.locations} locations, {size.lines} lines and {size.channels} channels",
        "synthetic": True,
        "currency": "USD",
        "as_of": AS_OF,
        "calendar": {"first_week": FIRST_WEEK, "weeks": size.weeks},
        "budget": {
            "total": round(1.02 * weekly * size.weeks),
            "per_week": round(1.12 * weekly),
            "per_month": {month: round(1.06 * weekly * weeks) for month, weeks in months.items()},
            "owner": FINANCE,
        },
        "objective": "ltv",
        "policies": _policies(group),
    }


def _policies(group: Group) -> dict[str, object]:
    _, contacts = weekly_contacts(group)
    return {
        "fill_cap": FILL_CAP,
        "max_weeks_waited": 4,
        "max_drive_minutes": 25,
        "change_limit": {"share": 0.2, "amount": 300},
        "change_cost": 0.01,
        "service_level": {"share": 0.8, "seconds": 20},
        "tiers": [{"max_days": 30, "share": 1}, {"max_days": 45, "share": 0.6}, {"share": 0.3}],
        "max_backlog": round(MAX_BACKLOG_SHARE * float(contacts.max())),
        "stale_days": 45,
        "pilot": {"weekly_cap": 400, "ramp_share": 0.25},
        "owner": OPERATIONS,
    }


def patient_value(group: Group) -> pd.DataFrame:
    """One row per line, one of them by its parts, and figures of its own for the first line at the markets' centres."""
    leaving = {way.from_line for way in pathways_between(group.lines)}
    rows = [_worth(group, name, "", 1.0, leaving) for name in group.lines]
    first = next(iter(group.lines))
    own = [_worth(group, first, str(clinic), 1.1, leaving) for clinic in group.locations[::MARKET]]
    return pd.DataFrame([*rows, *own])


def _worth(group: Group, line: str, clinic: str, factor: float, leaving: set[str]) -> dict[str, object]:
    facts = group.lines[line]
    return {
        "service_line": line,
        "location": clinic,
        "first_visit_margin": round(facts.first_visit_margin * factor),
        "ltv_margin": np.nan if line in _PARTS else round(facts.ltv_margin * factor),
        **_PARTS.get(line, {}),
        "horizon_months": HORIZON_MONTHS,
        "discount_rate": DISCOUNT_RATE,
        "includes_downstream": "no" if line in leaving else "",
        "owner": FINANCE,
        "source": MADE_UP,
        "as_of": AS_OF.isoformat(),
    }


def calendar_events(group: Group) -> pd.DataFrame:
    """Holidays, rooms that are rebuilt, a channel that rests, and campaigns that are held while they are measured."""
    weeks = group.planned.tolist()
    early = {"first_week": weeks[min(2, len(weeks) - 1)], "last_week": weeks[min(4, len(weeks) - 1)]}
    rows: list[Mapping[str, object]] = [
        {
            "event": f"{holiday} {week[:4]}",
            "first_week": week,
            "last_week": week,
            "slot_multiplier": open_share(holiday),
            "intake_multiplier": open_share(holiday),
            "reason": "Clinics and telephones close",
        }
        for week, holiday in holidays(group.planned).items()
    ]
    rows += [
        {"event": "Rooms rebuilt", "location": clinic, **early, "slot_multiplier": 0.5, "reason": "A floor is closed"}
        for clinic in group.locations[7::MARKET]
    ]
    if SOCIAL in group.channels:
        rest = {"event": "Social rests", "channel": SOCIAL, "first_week": weeks[-1], "last_week": weeks[-1]}
        why = {"blackout": "yes", "reason": "New pictures are made"}
        rows += [rest | {"location": clinic} | why for clinic in group.locations[2::MARKET]]
    rows += [
        {"event": "Measurement", "campaign": name, **early, "hold": "yes", "reason": "Spend stays while it is measured"}
        for name in campaign_names(group)[every(group.size.campaigns, 110)]
    ]
    return pd.DataFrame([{**row, "owner": OPERATIONS} for row in rows])


def limits(group: Group) -> pd.DataFrame:
    """Limits of several owners; those that ask for more than today brings may be missed at a price."""
    return pd.DataFrame([*_money_limits(group), *_patient_limits(group), *_ratio_limits(group)])


_Row = dict[str, object]


def _limit(name: str, quantity: str, owner: str, reason: str, **more: object) -> _Row:
    return {"limit": name, "quantity": quantity, "owner": owner, "reason": reason, **more}


def _money_limits(group: Group) -> list[_Row]:
    """What markets and platforms may spend."""
    of_market = np.bincount(group.market, weights=group.spend.sum(axis=(1, 2))) * group.size.weeks
    found = [
        _limit(f"{_dashed(market)}-cap", "spend", FINANCE, "Market budget", market=market, max=_up(1.15 * money))
        for market, money in zip(group.markets, of_market, strict=True)
    ]
    if MICROSOFT in group.channels:
        weekly = float(group.spend[..., group.where(MICROSOFT)].sum())
        reason = "Invoice limit agreed with the platform"
        found.append(
            _limit("microsoft-week", "spend", FINANCE, reason, channel=MICROSOFT, per="week", max=_up(1.1 * weekly))
        )
    return found


def _patient_limits(group: Group) -> list[_Row]:
    """Leads that a clinic can call back, and visits and bookings that one would like to see."""
    line, weeks = next(iter(group.lines)), group.size.weeks
    leads = group.leads[:, 0].sum(axis=1)
    visits = _SHOWN * np.minimum(group.requests, free_slots(group)).sum(axis=1)
    found = []
    for clinic in range(0, len(group.locations), MARKET):
        name, place = str(group.locations[clinic]), {"location": group.locations[clinic]}
        goal = {"min": _up(1.1 * weeks * visits[clinic]), "price_cap": 40}
        reason = "Visits that the clinic's plan counts on"
        found.append(_limit(f"{_dashed(name)}-visits", "visits", OPERATIONS, reason, **place, **goal))
        most = {"service_line": line, "per": "week", "max": _up(1.4 * leads[clinic])}
        reason = "Clinicians call these leads back themselves"
        found.append(_limit(f"{_dashed(name)}-leads", "leads", OPERATIONS, reason, **place, **most))
    goal = {"market": group.markets[-1], "min": _up(weeks * visits[group.market == group.market[-1]].sum())}
    reason = "Most bookings that the market has seen"
    return [*found, _limit("last-market-bookings", "bookings", MARKETING, reason, **goal, price_cap=20)]


def _ratio_limits(group: Group) -> list[_Row]:
    """Shares of channels and lines, and what a visit may cost."""
    spend = group.spend.sum()
    visits = _SHOWN * np.minimum(group.requests, free_slots(group)).sum()
    most = float(np.ceil(1.6 * spend / visits))
    found = [_limit("spend-per-visit", "cac", FINANCE, "Most that a completed visit may cost on average", max=most)]
    reason = "Lifetime margin that a unit of advertising must bring"
    found.append(_limit("lifetime-value", "ltv_to_cac", FINANCE, reason, min=1.2))
    if BRAND in group.channels:
        share = float(group.spend[..., group.where(BRAND)].sum() / spend)
        reason = "Brand search finds few people who would not come anyway"
        found.append(
            _limit("brand-share", "spend_share", MARKETING, reason, channel=BRAND, max=round(min(1.2 * share, 1), 3))
        )
    if len(group.lines) > 1:
        line, share = next(iter(group.lines)), float(group.spend[:, 0].sum() / spend)
        reason = "It is the mission"
        found.append(
            _limit("first-line-share", "spend_share", MEDICAL, reason, service_line=line, min=round(0.6 * share, 3))
        )
    return found


def _up(number: float) -> float:
    """Rounded up to two or three digits, as people set limits."""
    step = 10.0 ** max(np.floor(np.log10(max(number, 1.0))) - 2, 0)
    return float(np.ceil(number / step) * step)


def _dashed(name: str) -> str:
    return name.lower().replace(" ", "-")


def decision_rights(_: Group) -> pd.DataFrame:
    """Who decides on two kinds of alert; the others go to the roles that are named by default."""
    return pd.DataFrame(
        {
            "alert": ["leads_over_intake", "promise"],
            "owner": ["Intake manager", MARKETING],
            "decision": ["add hours, or ask for less advertising", "change the message, or move the money"],
            "escalate_to": OPERATIONS,
            "hours": [24, 48],
        }
    )
