"""Service lines and channels that made-up groups are put together from. The levels follow published ranges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar


@dataclass(frozen=True)
class Line:
    """A service line: prices, rates and values that hold in every clinic unless a clinic has its own."""

    search_cost_per_lead: float
    social_cost_per_lead: float
    lead_to_booking: float
    no_show: float
    handling_minutes: float
    first_visit_margin: float
    ltv_margin: float
    min_weeks_to_visit: int
    cancel_rate: float
    spend_weight: float


@dataclass(frozen=True)
class Channel:
    """A channel: how its leads differ from the average lead of a service line."""

    platform: str
    lead_shares: tuple[float, ...]
    cost_factor: float
    booking_factor: float
    valid_rate: float
    spend_share: float
    worth: float = 1.0
    """Worth of its patients relative to others: those of paid social stay less long."""

    @property
    def is_search(self) -> bool:
        """Whether its leads cost what leads of search cost."""
        return self.platform != META


GOOGLE, META, MICROSOFT_ADS = "Google Ads", "Meta Ads", "Microsoft Advertising"
PC, DERM, ORTHO = "Primary care", "Dermatology", "Orthopaedics"
PT, BH, IMAGING = "Physical therapy", "Behavioural health", "Imaging"
CARDIOLOGY = "Cardiology"
LINES: Mapping[str, Line] = {
    PC: Line(45, 30, 0.45, 0.12, 6, 95, 900, 0, 0.10, 1.0),
    ORTHO: Line(75, 55, 0.42, 0.08, 7, 310, 1900, 0, 0.08, 1.4),
    IMAGING: Line(40, 40, 0.55, 0.08, 5, 240, 300, 0, 0.06, 0.6),
    PT: Line(55, 35, 0.45, 0.12, 7, 85, 900, 0, 0.12, 0.7),
    DERM: Line(60, 40, 0.42, 0.12, 6, 130, 750, 1, 0.12, 0.8),
    BH: Line(85, 45, 0.30, 0.22, 9, 110, 1700, 1, 0.15, 0.8),
    CARDIOLOGY: Line(80, 60, 0.36, 0.09, 7, 280, 1600, 1, 0.08, 1.0),
    "Women's health": Line(55, 38, 0.42, 0.10, 7, 140, 1300, 0, 0.10, 0.9),
    "Gastroenterology": Line(70, 50, 0.38, 0.10, 7, 260, 1100, 1, 0.10, 0.8),
    "Eye care": Line(45, 32, 0.46, 0.11, 6, 120, 650, 0, 0.10, 0.7),
    "Ear, nose and throat": Line(60, 42, 0.40, 0.10, 6, 180, 800, 0, 0.10, 0.6),
    "Urology": Line(72, 52, 0.37, 0.09, 7, 220, 1000, 1, 0.09, 0.6),
    "Pain management": Line(65, 45, 0.38, 0.13, 8, 210, 1250, 0, 0.11, 0.7),
    "Endocrinology": Line(70, 48, 0.36, 0.11, 7, 150, 1400, 1, 0.10, 0.5),
    "Allergy": Line(50, 34, 0.43, 0.12, 6, 130, 850, 0, 0.11, 0.5),
    "Sleep medicine": Line(62, 40, 0.36, 0.13, 8, 190, 950, 1, 0.12, 0.5),
}
"""In the order in which groups of few lines take them."""
BRAND, NON_BRAND, SOCIAL, MICROSOFT = "Brand search", "Non-brand search", "Paid social", "Microsoft search"
CHANNELS: Mapping[str, Channel] = {
    NON_BRAND: Channel(GOOGLE, (0.60, 0.25, 0.10, 0.05), 1.12, 1.0, 0.88, 0.45),
    SOCIAL: Channel(META, (0.35, 0.30, 0.20, 0.10, 0.05), 1.0, 0.80, 0.80, 0.26, worth=0.85),
    BRAND: Channel(GOOGLE, (0.85, 0.15), 0.80, 1.15, 0.92, 0.17),
    MICROSOFT: Channel(MICROSOFT_ADS, (0.65, 0.25, 0.10), 0.95, 1.0, 0.88, 0.12),
    "Video": Channel(GOOGLE, (0.40, 0.30, 0.20, 0.10), 1.25, 0.75, 0.78, 0.10, worth=0.9),
    "Local listings": Channel(GOOGLE, (0.80, 0.20), 0.85, 1.10, 0.90, 0.14),
    "Display": Channel(GOOGLE, (0.45, 0.30, 0.15, 0.10), 1.30, 0.70, 0.74, 0.08, worth=0.9),
    "Social retargeting": Channel(META, (0.55, 0.30, 0.15), 0.95, 0.95, 0.85, 0.09, worth=0.9),
}
"""In the order in which groups of few channels take them."""


@dataclass(frozen=True)
class Pathway:
    """Visits of one line that lead to visits in another; without a margin these are worth what its own patients are."""

    from_line: str
    to_line: str
    share: float
    lag_weeks: int
    location_rule: str
    margin: float | None = None


PATHWAYS = (
    Pathway(ORTHO, IMAGING, 0.35, 1, "market", 320),
    Pathway(IMAGING, PT, 0.2, 1, "same"),
    Pathway(PC, CARDIOLOGY, 0.04, 1, "same"),
)
"""Each begins where an earlier one ends, or where none does."""
SCANNER_USE: Mapping[str, float] = {IMAGING: 40, ORTHO: 10}
"""Minutes of a scanner that a visit takes."""

BACKFILL_RATE = 0.6
OPENING_HOURS = 55.0
SHRINKAGE = 0.3
TEAM_HANDLING_MINUTES = 6.5
CONTACTABLE_RATE, QUALIFIED_RATE, LATE_SHARE = 0.9, 0.82, 0.6
NO_SHOW_BY_WAIT = (0.84, 1.06, 1.13, 1.16, 1.19)
KEPT_BY_WAIT = (0.97, 0.92, 0.85, 0.77, 0.69)
HORIZON_MONTHS, DISCOUNT_RATE = 36, 0.08


_Kind = TypeVar("_Kind")


def taken(catalogue: Mapping[str, _Kind], count: int) -> dict[str, _Kind]:
    """The first entries of a catalogue; beyond its end they begin again, with a number in the name."""
    names = list(catalogue)
    turns = (divmod(number, len(names)) for number in range(count))
    return {names[at] + (f" {turn + 1}" if turn else ""): catalogue[names[at]] for turn, at in turns}


def pathways_between(lines: Mapping[str, Line]) -> list[Pathway]:
    """Pathways whose both ends are among the lines."""
    return [way for way in PATHWAYS if way.from_line in lines and way.to_line in lines]


def weeks_of_pathways(lines: Mapping[str, Line]) -> int:
    """Most weeks from a visit to the last one that it can lead to."""
    since = dict.fromkeys(lines, 0)
    for way in pathways_between(lines):
        since[way.to_line] = max(since[way.to_line], since[way.from_line] + way.lag_weeks)
    return max(since.values())
