"""Why a run is as it is, in words: a campaign, a clinic, a team, a resource, a limit, the budget, a gate, the plan.

Everything is written from :mod:`optimizer.plan.why`, which reads the tables of the run alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from optimizer.errors import UsageError
from optimizer.plan import reasons
from optimizer.plan.room import OWN_CEILING
from optimizer.plan.runs import Run
from optimizer.plan.subjects import BUDGET, CAMPAIGN, LIMIT, PLAN, RESOURCE, RULE, TEAM, UNIT, Subject, subject
from optimizer.plan.why import MOST_NAMED, Answer, Binding, Week, answer, campaign_weeks, words_of
from optimizer.plan.words import Words, count, day, signed, weeks_in_words
from optimizer.scenario.bounds import FLIGHT
from optimizer.scenario.gates import BACKLOG, BLACKOUT, GO_LIVE, HELD, NOT_READY, PILOT, STALE, TIER

STOPS: Mapping[str, str] = {
    reasons.SLOTS: "clinics without open slots for more patients",
    reasons.RESOURCE: "machines, rooms or providers without minutes left",
    reasons.INTAKE: "intake teams that cannot answer more leads in time",
    reasons.WORTH: "campaigns whose next {money} would bring no more than it costs",
    reasons.BUDGET: "money that brings more elsewhere, or a budget of a week or month that is used up",
    reasons.CHANGE_UP: "the weekly change limit, which lets campaigns rise no faster",
    reasons.CHANGE_DOWN: "campaigns that come down as fast as the change limit lets them",
    reasons.LIMIT: "named limits on the most",
    reasons.LIMIT_FLOOR: "campaigns that a named limit on the least holds up, and that are worth no more than it asks",
    reasons.FLOOR: "campaigns at their floor, whose next {money} would bring less than it costs",
    reasons.CEILING: "campaigns at their own ceiling",
    reasons.CURVE_END: "the ends of the curves",
    reasons.MINIMUM: "campaigns that would have to run at their min_if_active or are at it",
    reasons.UNCHANGED: "campaigns that may not change, because only so many may",
    OWN_CEILING: "the campaigns' own ceilings (max_weekly_spend)",
    FLIGHT: "weeks in which campaigns do not run",
    NOT_READY: "campaigns that are not ready",
    BLACKOUT: "blackouts",
    GO_LIVE: "clinics below their go-live threshold",
    BACKLOG: "intake teams with a backlog",
    TIER: "long waits at clinics, which cap campaigns",
    STALE: "old figures, which hold campaigns as they are today",
    HELD: "events that hold campaigns as they are today",
    PILOT: "caps of pilots",
}
"""What stops money, by reason code."""


def explanation(run: Run, thing: str, week: str | None = None) -> RenderableType:
    """The answer to why, as text and tables.

    Args:
        run: The run.
        thing: What is asked about, as :func:`optimizer.plan.subjects.subject` takes it.
        week: A week of a campaign.

    Raises:
        UsageError: if the run has no such thing or week, or a week is asked for of something else than a campaign.
    """
    asked, words = _asked(run, thing, week), words_of(run)
    if asked.kind != CAMPAIGN:
        return _screen(answer(run, asked), words)
    weeks = campaign_weeks(run, asked.name, week)
    return _one_week(weeks[0], words) if week else _all_weeks(weeks, words)


def explanation_facts(run: Run, thing: str, week: str | None = None) -> dict[str, object]:
    """The same facts as plain values. Raises as :func:`explanation`."""
    asked = _asked(run, thing, week)
    if asked.kind != CAMPAIGN:
        return _plain(answer(run, asked))
    weeks = campaign_weeks(run, asked.name, week)
    rows = [{**each.row, "room": each.room["room"], "would_change": list(each.would_change)} for each in weeks]
    unchanged = None if week else _unchanged(weeks)
    return {"kind": asked.kind, "name": asked.name, "weeks": rows, "unchanged_because": unchanged}


def _asked(run: Run, thing: str, week: str | None) -> Subject:
    asked = subject(run, thing)
    if week and asked.kind != CAMPAIGN:
        raise UsageError(f"'{thing}' is no campaign; a week is asked for of campaigns alone")
    return asked


def _plain(found: Answer) -> dict[str, object]:
    return {
        "kind": found.subject.kind,
        "name": found.subject.name or found.subject.kind,
        "unit": found.unit,
        "binds": [{**asdict(binding), "left": binding.left} for binding in found.bindings],
        "rows": found.rows,
        "gain_of_one_more_a_week": found.gain,
        "pulls": [{**asdict(pull), "weeks": list(pull.weeks)} for pull in found.pulls],
        "would_change": list(found.would_change),
        **found.facts,
    }


# Campaigns


def _all_weeks(weeks: Sequence[Week], words: Words) -> RenderableType:
    table = _grid("Week", "Today", "Plan", f"Next {words.next_money} brings", "Why")
    for each in weeks:
        row = each.row
        brings = row["visit_value"] - row["slot_price"] - row["resource_price"] - row["intake_price"]
        spends = (words.money(row["current_spend"]), words.money(row["recommended_spend"]))
        table.add_row(day(row["week"]), *spends, words.return_of(brings), Text(_sentence(_reason(row))))
    first = weeks[0].row
    title = f"{first['campaign']}: {first['location']}, {first['service_line']}, {first['channel']}"
    said = [Text(""), Text("What would change it", style="bold"), *_in_weeks(weeks)]
    if because := _unchanged(weeks):
        said = [Text(""), Text(f"Unchanged because {because}"), *said]
    return Group(Text(title, style="bold"), Text(""), table, *said)


def _reason(row: Mapping[str, Any]) -> str:
    return str(row["reason"]).split(": ", 1)[1]


def _unchanged(weeks: Sequence[Week]) -> str | None:
    """Why a campaign stays as it is in every week, with the weeks of each reason; ``None`` where it changes."""
    if not all(each.is_unchanged for each in weeks):
        return None
    by_reason: dict[str, list[str]] = {}
    for each in weeks:
        by_reason.setdefault(_reason(each.row).rstrip("."), []).append(str(each.row["week"]))
    return "; ".join(f"{reason} ({weeks_in_words(when)})" for reason, when in by_reason.items()) + "."


def _in_weeks(weeks: Sequence[Week]) -> Iterable[RenderableType]:
    """What would change each week, a sentence with numbers once for the weeks in which only these differ."""
    by_start: dict[str, list[tuple[str, str]]] = {}
    for each in weeks:
        for sentence in each.would_change:
            start = sentence.split(":", 1)[0].split(" below ", 1)[0]
            by_start.setdefault(start, []).append((str(each.row["week"]), sentence))
    for told in by_start.values():
        when = _sentence(weeks_in_words([week for week, _ in told]))
        more = " (that week; others differ in the amounts)" if len({sentence for _, sentence in told}) > 1 else ""
        yield Padding(Text(f"{when}: {told[0][1]}{more}"), (0, 0, 0, 2), expand=False)


_PARTS = (
    ("visit_value", 1, "Worth of the patients it brings, if slots and intake were free"),
    ("slot_price", -1, "Their slots, which others could use, and patients lost to waiting"),
    ("resource_price", -1, "Minutes of shared machines, rooms and providers, which others could use"),
    ("intake_price", -1, "Their intake hours, which others could use, and leads answered late"),
    ("money", -1, "The money itself"),
    ("budget_price", -1, "What the same budget brings elsewhere"),
    ("limit_price", -1, "Room under named limits"),
    ("change_price", -1, "Room under the week-to-week change limit"),
    ("range_price", -1, "Its own floor or ceiling"),
)


def _one_week(week: Week, words: Words) -> RenderableType:
    row = week.row
    table = _grid(f"The next {words.next_money} in the week of {day(str(row['week']))}", "")
    balance = 0.0
    for name, sign, label in _PARTS:
        amount = sign * float(row[name])
        balance += amount
        if abs(amount) > 5e-5 or name in ("visit_value", "money"):
            table.add_row(label, signed(words.return_of, amount))
    table.add_row("What is left", signed(words.return_of, balance), style="bold")
    leads = f"It brings {float(row['leads']) * 1000:,.1f} leads per {words.money(1000)}."
    return Group(
        Text(str(row["campaign"]), style="bold"),
        Text(str(row["reason"])),
        Text(""),
        table,
        Text(leads, style="dim"),
        Text(""),
        Text("What would change it", style="bold"),
        *_listed(week.would_change),
    )


# Everything else


def _screen(found: Answer, words: Words) -> RenderableType:
    body = _BODIES[found.subject.kind](found, words)
    would = [Text(""), Text("What would change it", style="bold"), *_listed(found.would_change)]
    return Group(
        Text(_TITLES[found.subject.kind](found.subject.name), style="bold"),
        *body,
        *(would if found.would_change else []),
    )


_TITLES: Mapping[str, Callable[[str], str]] = {
    UNIT: str,
    TEAM: str,
    RESOURCE: str,
    LIMIT: lambda name: f"Limit '{name}'",
    BUDGET: lambda name: f"The budget of the {name}" if name else "The budget",
    RULE: lambda name: f"The rule '{name}'",
    PLAN: lambda _: "The plan",
}


def _weekly(found: Answer, words: Words) -> Iterable[RenderableType]:
    """A clinic, team or resource: the weeks in which it is full, and who would use more."""
    noun, there = _PLURALS[found.unit], float(found.facts["in_all"])
    yield Text(f"{count(there)} {noun} in all {found.rows} weeks; it is full in {len(found.bindings)} of them.")
    if found.bindings:
        table = _grid("Week", "There", "Used", "Left", f"One more {found.unit} adds at most")
        for binding in found.bindings:
            amounts = (count(binding.limit), count(binding.used), count(max(binding.left, 0.0)))
            table.add_row(day(binding.when), *amounts, words.value(binding.price))
        yield Text("")
        yield table
    yield from _others(found)
    yield from _pulls(found, words)


_PLURALS = {"open slot": "open slots", "answering hour": "answering hours", "minute": "minutes"}


def _others(found: Answer) -> Iterable[RenderableType]:
    """Patients sent here from other clinics; leads that a team answers late or never."""
    if routed := found.facts.get("routed"):
        told = ", ".join(f"{count(booked)} from {place}" for place, booked in routed.items())
        yield Text(f"Patients who asked for another clinic are seen here: {told}.")
    late, lost = (float(found.facts.get(name, 0.0)) for name in ("late", "lost"))
    if round(late + lost, 1):
        yield Text(f"{count(late)} leads are answered late and {count(lost)} never.")


def _pulls(found: Answer, words: Words) -> Iterable[RenderableType]:
    if not found.pulls:
        return
    holds_up = found.subject.kind == LIMIT and found.facts["sides"][0]["side"] == "min"
    yield Text("")
    table = _grid(
        "Whom it holds up" if holds_up else "Who would use more", "Weeks", f"Best next {words.next_money} brings"
    )
    for pull in found.pulls[:MOST_NAMED]:
        table.add_row(Text(pull.campaign), f"{len(pull.weeks)}", words.return_of(pull.returns))
    yield table
    if len(found.pulls) > MOST_NAMED:
        yield Text(f"and {len(found.pulls) - MOST_NAMED} more campaigns", style="dim")


def _limit(found: Answer, words: Words) -> Iterable[RenderableType]:
    facts = found.facts
    yield Text(
        f"{facts['reason'] or 'No reason given'}; owner {facts['owner'] or 'not named'}; from {facts['source']}."
    )
    yield Text("")
    table = _grid("Side", "Over", "Asked", "Reached", "Short by", "One unit of it is worth")
    for side in facts["sides"]:
        reached = "-" if side["achieved"] is None else f"{side['achieved']:,.6g}"
        short = f"{side['shortfall']:,.6g}" if side["shortfall"] else ""
        price = words.value(abs(side["price"])) if abs(side["price"]) > 1e-6 else "nothing: it does not bind"
        table.add_row(side["side"], side["weeks"], f"{side['asked']:,.10g}", reached, short, price)
    yield table
    yield from _pulls(found, words)


def _budget(found: Answer, words: Words) -> Iterable[RenderableType]:
    table = _grid("Budget", "There", "Planned", "Left", f"One more {words.next_money} adds at most")
    for binding in found.bindings:
        table.add_row(_name(binding), *_money(binding, words), words.return_of(binding.price))
    yield table
    if "room" in found.facts:
        yield from _unspent(found, words)
    yield from _pulls(found, words)


def _name(binding: Binding) -> str:
    return "all weeks" if binding.when == "total" else binding.when


def _money(binding: Binding, words: Words) -> Iterable[str]:
    return (words.money(amount, cents=True) for amount in (binding.limit, binding.used, max(binding.left, 0.0)))


def _unspent(found: Answer, words: Words) -> Iterable[RenderableType]:
    """Where more money could go, and what stops each part of it; the parts add up."""
    facts = found.facts
    left = words.money(facts["amount"], cents=True)
    room = words.money(facts["room"])
    yield Text("")
    if facts["amount"]:
        yield Text(f"Unspent: {left}. Up to the ends of their curves, campaigns could take {room} more; what stops it:")
    else:
        yield Text(
            f"Nothing is unspent. Up to the ends of their curves, campaigns could take {room} more; what stops it:"
        )
    if facts["amount"] > facts["room"]:
        yield Text(f"{words.money(facts['amount'] - facts['room'])} of what is unspent has nowhere to go at all.")
    table = _grid("", "Money", "Campaign weeks")
    for stop in facts["stops"]:
        told = STOPS.get(stop["code"], stop["code"]).format(money=words.next_money)
        table.add_row(Text(_sentence(told)), words.money(stop["money"]), f"{stop['weeks']:,}")
    table.add_row("Together", room, "", style="bold")
    yield table


def _rule(found: Answer, words: Words) -> Iterable[RenderableType]:
    campaigns = found.facts["campaigns"]
    yield Text(f"It limits {len(campaigns)} campaigns in {found.rows} campaign weeks.")
    if campaigns:
        yield Text("")
        table = _grid("Campaign", "Weeks", "Money held back", "Why")
        for held in campaigns[:MOST_NAMED]:
            why = f"{held['reason']} [{held['source']}]"
            table.add_row(Text(held["campaign"]), f"{len(held['weeks'])}", words.money(held["money_held"]), Text(why))
        yield table
        if len(campaigns) > MOST_NAMED:
            yield Text(f"and {len(campaigns) - MOST_NAMED} more campaigns", style="dim")


def _plan(found: Answer, words: Words) -> Iterable[RenderableType]:
    facts = found.facts
    stays = facts["campaign_weeks"] - facts["changed"]
    yield Text(
        f"Of {facts['campaign_weeks']:,} campaign weeks, {facts['changed']:,} change and {stays:,} stay as today."
    )
    if stays:
        table = _grid("Unchanged because of", "Campaign weeks")
        for why in facts["unchanged"]:
            told = STOPS.get(why["code"], why["code"]).format(money=words.next_money)
            table.add_row(Text(_sentence(told)), f"{why['weeks']:,}")
        yield Text("")
        yield table
    yield from _unspent(found, words)


_BODIES: Mapping[str, Callable[[Answer, Words], Iterable[RenderableType]]] = {
    UNIT: _weekly,
    TEAM: _weekly,
    RESOURCE: _weekly,
    LIMIT: _limit,
    BUDGET: _budget,
    RULE: _rule,
    PLAN: _plan,
}


def _listed(sentences: Sequence[str]) -> Iterable[RenderableType]:
    for sentence in sentences:
        yield Padding(Text(f"- {sentence}"), (0, 0, 0, 2), expand=False)


def _grid(*headers: str) -> Table:
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    last_is_prose = headers[-1] == "Why"
    for position, header in enumerate(headers):
        prose = position == 0 or (last_is_prose and position == len(headers) - 1)
        grid.add_column(Text(header), justify="left" if prose else "right", no_wrap=not prose, overflow="fold")
    return grid


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
