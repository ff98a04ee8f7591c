"""Tables that marketing owns: channels, campaigns, their curves and funnels, and their budgets on platforms."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.generate.calendar import demand, is_dear
from optimizer.generate.catalogue import (
    BRAND,
    CONTACTABLE_RATE,
    GOOGLE,
    LATE_SHARE,
    META,
    MICROSOFT_ADS,
    QUALIFIED_RATE,
    SOCIAL,
)
from optimizer.generate.group import AS_OF, START, Floats, Group, every
from optimizer.generate.operations import MADE_UP
from optimizer.generate.places import MARKET

MARKETING, PAID_MEDIA = "Chief marketing officer", "Paid media"
NEW_MOST, NEW_SPEND = 600.0, 400.0
"""Most that a campaign without a past may spend in a week, and the spend by which its curve is known."""
FLOOR = 50.0
"""Money per week that brand search keeps."""
_FORMS = ("hill", "michaelis_menten", "log", "exponential", "power", "points")
_OFTEN = (0.35, 0.3, 0.2, 0.09, 0.03, 0.03)
_SLOPE, _EXPONENT = 0.9, 0.65
_PLATFORM = {GOOGLE: "google_ads", META: "meta_ads", MICROSOFT_ADS: "microsoft_ads"}
_SPLIT = (0.6, 0.4)
"""Campaigns of the first line on the first channel run as two on the platform."""


def channels(group: Group) -> pd.DataFrame:
    """One row per channel, with the lag from spend to lead."""
    rows = [
        {
            "channel": name,
            "platform": channel.platform,
            **{f"lead_share_week_{lag}": share for lag, share in enumerate(channel.lead_shares)},
            "value_multiplier": channel.worth,
        }
        for name, channel in group.channels.items()
    ]
    return pd.DataFrame(rows).fillna(0.0)


def campaign_names(group: Group) -> npt.NDArray[np.str_]:
    """(I,) stable names, by clinic, line and channel."""
    where = places(group)
    names = where["location"] + "-" + where["service_line"] + "-" + where["channel"]
    return np.array([name.lower().replace(",", "").replace("'", "").replace(" ", "-") for name in names])


def places(group: Group) -> pd.DataFrame:
    """Clinic, line and channel of each campaign."""
    names = ["location", "service_line", "channel"]
    labels = [group.locations.tolist(), list(group.lines), list(group.channels)]
    frame: pd.DataFrame = pd.MultiIndex.from_product(labels, names=names).to_frame(index=False)
    return frame


def campaigns(group: Group) -> pd.DataFrame:
    """One row per campaign: brand search keeps a floor, pilots start late, some lack a sign-off, some end early."""
    count, weeks = group.size.campaigns, group.planned
    spend = group.spend.ravel()
    brand = np.tile(group.where(BRAND), count // len(group.channels))
    is_new, unsigned, ends = spend == 0, every(count, 75), every(count, 90)
    promised = np.repeat(every(group.room.size, 12), len(group.channels))
    late, end = (weeks[min(week, len(weeks) - 1)] for week in (START, 7))
    frame = places(group)
    frame.insert(0, "campaign", campaign_names(group))
    return frame.assign(
        current_weekly_spend=spend,
        min_weekly_spend=np.where(brand & (spend >= 2 * FLOOR), FLOOR, 0.0),
        max_weekly_spend=np.where(is_new, NEW_MOST, np.nan),
        first_week=np.where(is_new, late, ""),
        last_week=np.where(ends, end, ""),
        compliance_ready=np.where(unsigned, "no", ""),
        ready_week=np.where(unsigned & (np.arange(count) % 2 == 0), late, ""),
        pilot=np.where(is_new, "yes", ""),
        promised_days=np.where(promised, 14.0, np.nan),
        owner=PAID_MEDIA,
    )


def response_curves(group: Group) -> pd.DataFrame:
    """One curve through today's spend and leads of each campaign that runs, and a default for those that do not."""
    random, shape = group.chance("curves"), group.spend.shape
    form = random.choice(_FORMS, p=_OFTEN, size=shape)
    bend, noise = random.uniform(0.7, 1.6, shape), random.uniform(1.0, 1.2, shape)
    tested = np.where(group.room > 1.5, 1.9, 1.25)[..., None] * noise
    running = (group.spend > 0).ravel()
    own = _curves(form.ravel()[running], *(a.ravel()[running] for a in (group.spend, group.leads, bend)))
    own.insert(0, "campaign", campaign_names(group)[running])
    most = np.round(group.spend * tested, -1).ravel()[running]
    frame = pd.concat([own.assign(observed_max_weekly_spend=most), _defaults(group)], ignore_index=True)
    labels = ["campaign", "service_line", "channel"]
    frame = frame.assign(**{name: frame[name].fillna("") for name in labels if name in frame})
    return frame.assign(source=MADE_UP, as_of=AS_OF.isoformat())


def _defaults(group: Group) -> pd.DataFrame:
    """Curves of lines and channels on which some campaign has no past."""
    is_new = group.spend == 0
    new = is_new.any(axis=0)
    line, channel = np.nonzero(new)
    cost = np.where(is_new, group.cost_per_lead, np.inf).min(axis=0)[new]
    money = np.full(len(cost), NEW_SPEND)
    frame = _curves(np.full(len(cost), "michaelis_menten"), money, money / cost, np.ones(len(cost)))
    return frame.assign(
        service_line=np.array(list(group.lines), dtype=object)[line],
        channel=np.array(list(group.channels), dtype=object)[channel],
        observed_max_weekly_spend=NEW_MOST,
    )


def _curves(form: npt.NDArray[np.str_], spend: Floats, leads: Floats, bend: Floats) -> pd.DataFrame:
    """Parameters of concave curves through (spend, leads); a larger bend saturates later."""
    slope = np.where(form == "hill", _SLOPE, 1.0)
    half = np.round(spend * bend, 1)
    most = leads * np.where(form == "exponential", 1 / -np.expm1(-spend / half), 1 + (half / spend) ** slope)
    scale = np.round(spend * np.select([form == "log", form == "power"], [0.6 * bend, 1.0], bend), 1)
    rise = leads / np.where(form == "power", (spend / scale) ** _EXPONENT, np.log1p(spend / scale))
    saturates, scaled = np.isin(form, ["hill", "michaelis_menten"]), np.isin(form, ["log", "power"])
    return pd.DataFrame(
        {
            "form": form.astype(object),
            "max_leads": np.where(saturates | (form == "exponential"), np.round(most, 3), np.nan),
            "half_spend": np.where(saturates, half, np.nan),
            "slope": np.where(form == "hill", _SLOPE, np.nan),
            "scale_leads": np.where(scaled, np.round(rise, 3), np.nan),
            "scale_spend": np.where(scaled | (form == "exponential"), scale, np.nan),
            "exponent": np.where(form == "power", _EXPONENT, np.nan),
            "points": _points(form == "points", spend, leads),
        }
    )


def _points(chosen: npt.NDArray[np.bool_], spend: Floats, leads: Floats) -> npt.NDArray[np.object_]:
    """Four points of a concave curve as text, blank where not chosen."""
    found = np.full(len(spend), "", dtype=object)
    for at in np.flatnonzero(chosen):
        reached = zip((0.5, 1.0, 2.0), (0.65, 1.0, 1.4), strict=True)
        pairs = (f"{spend[at] * money:.10g}:{leads[at] * share:.2f}" for money, share in reached)
        found[at] = " ".join(["0:0", *pairs])
    return found


def seasonality(group: Group) -> pd.DataFrame:
    """Every planned week's demand, and dear media on paid social before the holidays."""
    weeks = group.planned
    everywhere = pd.DataFrame({"channel": "", "week": weeks, "demand_index": demand(weeks), "cost_index": 1.0})
    dear = weeks[is_dear(weeks)] if SOCIAL in group.channels else weeks[:0]
    return pd.concat(
        [everywhere, pd.DataFrame({"channel": SOCIAL, "week": dear, "demand_index": 1.0, "cost_index": 1.15})],
        ignore_index=True,
    )


def funnel(group: Group) -> pd.DataFrame:
    """One row per line and channel, and figures of its own for the first line at one clinic of each market."""
    lines, names = list(group.lines), list(group.channels)
    booking = np.outer(group.of_lines("lead_to_booking"), group.of_channels("booking_factor"))
    general = _funnel_rows(group, np.repeat(lines, len(names)), np.tile(names, len(lines)), booking.ravel(), "")
    own = [
        _funnel_rows(group, np.repeat(lines[:1], len(names)), np.array(names), 1.06 * booking[0], clinic)
        for clinic in group.locations[3::MARKET]
    ]
    return pd.concat([general, *own], ignore_index=True)


def _funnel_rows(
    group: Group, lines: npt.NDArray[np.str_], names: npt.NDArray[np.str_], to_booking: Floats, clinic: str
) -> pd.DataFrame:
    valid = np.array([group.channels[name].valid_rate for name in names])
    in_time = to_booking / (valid * CONTACTABLE_RATE * QUALIFIED_RATE)
    return pd.DataFrame(
        {
            "service_line": lines,
            "channel": names,
            "location": clinic,
            "valid_rate": valid,
            "contactable_rate": CONTACTABLE_RATE,
            "qualified_rate": QUALIFIED_RATE,
            "booking_rate": np.round(in_time, 3),
            "booking_rate_late": np.round(in_time * LATE_SHARE, 3),
            "handling_minutes": [group.lines[line].handling_minutes for line in lines],
            "sample_size": 240 if clinic else 1800,
            "source": MADE_UP,
            "as_of": AS_OF.isoformat(),
        }
    )


def platform_budgets(group: Group) -> pd.DataFrame:
    """Budgets of campaigns that run, with made-up ids: one each, shared ones for brand search, some split in two."""
    whole = _one_budget_each(group)
    _, line, channel = (axis.ravel() for axis in np.indices(group.spend.shape))
    split = (line == 0) & (channel == 0)
    first = whole.assign(share=np.where(split, _SPLIT[0], 1.0))
    second = whole[split].assign(
        platform_campaign=whole["platform_campaign"] + " | second",
        platform_campaign_id=_ids(2_000_000_000 + np.flatnonzero(split)),
        share=_SPLIT[1],
    )
    both = pd.concat([first, second]).sort_index(kind="stable")
    found: pd.DataFrame = both[(group.spend > 0).ravel()[both.index]]
    return found


def _one_budget_each(group: Group) -> pd.DataFrame:
    """One budget each: of an ad set on Meta, of a campaign elsewhere, shared by a market's brand search."""
    where, number = places(group), np.arange(group.size.campaigns)
    clinic, _, channel = (axis.ravel() for axis in np.indices(group.spend.shape))
    platform = np.array([_PLATFORM[found.platform] for found in group.channels.values()])[channel]
    name = where["location"] + " | " + where["service_line"] + " | " + where["channel"]
    brand, meta, market = group.where(BRAND)[channel], platform == "meta_ads", group.market[clinic]
    of_clinic = _ids(23_850_000_000_000_000 + clinic * len(group.channels) + channel)
    return pd.DataFrame(
        {
            "campaign": campaign_names(group),
            "platform": platform,
            "platform_campaign": np.where(meta, where["location"] + " | " + where["channel"], name),
            "platform_campaign_id": np.where(meta, of_clinic, _ids(1_000_000_000 + number)),
            "budget_name": np.where(brand, [f"{group.markets[at]} brand" for at in market], ""),
            "budget_id": np.where(brand, _ids(700_000_000 + market), ""),
            "level": np.where(meta, "ad_set", ""),
            "ad_set": np.where(meta, name, ""),
            "ad_set_id": np.where(meta, _ids(23_860_000_000_000_000 + number), ""),
            "owner": PAID_MEDIA,
        }
    )


def _ids(numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.str_]:
    return numbers.astype(str)


def campaign_flags(group: Group) -> pd.DataFrame:
    """What is to be settled: claims that compliance reviews, and a message that a schedule contradicts."""
    names = campaign_names(group)[every(group.size.campaigns, 75)]
    claims = pd.DataFrame({"flag": "claims_review", "campaign": names, "owner": "Compliance", "since": "2026-09-14"})
    desk = pd.DataFrame(
        {
            "flag": "scheduling_conflict",
            "location": group.locations[4::MARKET],
            "service_line": next(iter(group.lines)),
            "owner": "Access lead",
            "since": "2026-09-18",
        }
    )
    claims["reason"] = "Outcome figures without a source"
    desk["reason"] = "Ads say walk in, the desk books by telephone only"
    return pd.concat([claims, desk], ignore_index=True).fillna("")
