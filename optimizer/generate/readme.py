"""The README of a made-up group."""

from __future__ import annotations

from optimizer.generate.group import Group

_TEXT = """\
# Made-up group: {locations:,} locations, {lines} service lines, {channels} channels, {weeks} weeks

Everything here is made up: no row stands for a real clinic, campaign or patient, and no figure was measured. The levels
(cost per lead, booking and show rates, margins) follow published ranges. Places that sound like a town are invented.

Made by this command, which writes the same bytes again:

```
optimizer generate --locations {locations} --lines {lines} --channels {channels} --weeks {weeks} --seed {seed} FOLDER
```

The group spends ${spend:,.0f} a week on {campaigns:,} campaigns today, and may spend two percent more.

- Every location has every service line, and advertises each on every channel. Ten locations make a market, with one
  intake team, whose seats are about what today's contacts need.
- Some clinics are full and others empty: there are between {least:.1f} and {most:.1f} free slots for each that today's
  advertising asks for. Full ones have waitlists, long waits and lower ceilings (`policies.tiers`).
- Patients may be sent to one other clinic of the market (`redirects.csv`). Where the lines are there, orthopaedic
  visits lead to scans and these to physical therapy (`care_pathways.csv`); each market has a scanner at its first
  clinic.
- Holidays shorten weeks, rooms are rebuilt, campaigns lack sign-offs, are pilots, or are held (`calendar_events.csv`,
  `campaigns.csv`); in a small group there may be none of these.
- `limits.csv` has caps of markets and platforms, shares of channels and lines, ceilings on what a visit may cost, and
  goals that may be missed at a price.

Check it with `optimizer validate FOLDER`, plan it with `optimizer plan FOLDER`.
"""


def readme(group: Group) -> str:
    """What the folder holds, and how it was made."""
    return _TEXT.format(
        **vars(group.size),
        campaigns=group.size.campaigns,
        seed=group.seed,
        spend=group.spend.sum(),
        least=group.room.min(),
        most=group.room.max(),
    )
