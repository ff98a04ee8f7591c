"""The pre-launch sheet of a campaign: five questions, and whether it is ready."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from optimizer.plan.words import day
from optimizer.report.papers.agenda import NAME, shortened
from optimizer.report.papers.answers import QUESTIONS, Answer, answers, capacity_and_lead_time, flag_in_words
from optimizer.report.papers.edition import Edition
from optimizer.report.papers.paper import Paper
from optimizer.report.sections import Grid, Listing, Section
from optimizer.scenario.bounds import FLIGHT
from optimizer.scenario.campaign_flags import flags
from optimizer.weekly.pre_launch import Launch

WEEKS = 6
"""First weeks of the flight whose slots are shown."""
ROWS = 10
"""Answers to a question that are shown."""
BLOCKERS = 5
"""Things that stand in the way that are shown; so many have to be settled first anyway."""
ABOUT, ANSWER = 36, 105
"""Characters of what is asked and of an answer; what is longer is cut, so that the page stays one."""
AT_ONCE = 4
"""First weeks of the flight that must have an open slot between them."""


def launch_paper(launch: Launch, edition: Edition) -> Paper:
    """The sheet."""
    definition = launch.scenario.definition
    found = answers(launch, edition)
    in_the_way = list(blockers(launch))
    missing = [answer for told in found.values() for answer in told if answer.is_missing]
    made_up = " Made-up data for demonstration." if definition.synthetic else ""
    plan = f"; plan {launch.plan.folder.name}" if launch.plan else "; no plan is given (--run)"
    return Paper(
        title=f"Before launch: {shortened(launch.labels['campaign'], NAME)}",
        covers=f"{definition.title or definition.name}; figures as of {definition.as_of}{plan}.{made_up}",
        mark=edition.mark,
        sections=list(_sections(launch, edition, found, in_the_way, missing)),
        foot=list(_foot(launch)),
        verdict=verdict(in_the_way, missing),
    )


def verdict(in_the_way: Sequence[str], missing: Sequence[Answer]) -> str:
    """Whether it is ready, and what is missing."""
    if not in_the_way and not missing:
        return "READY: nothing stands in the way, and all five questions are answered."
    parts = [_counted(len(in_the_way), "thing stands", "things stand") + " in the way"] if in_the_way else []
    parts += [_counted(len(missing), "answer is", "answers are") + " missing"] if missing else []
    return f"NOT READY: {' and '.join(parts)}."


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def blockers(launch: Launch) -> Iterator[str]:
    """What stands in the way of a start in the first week of its flight."""
    facts, weeks, (row, source) = launch.facts, launch.weeks, launch.written
    if not len(weeks):
        yield f"its flight has no planned week ({source})"
        return
    for code, found in facts.gates.verdicts.items():
        if code != FLIGHT and found.ceiling[launch.row, weeks[0]] == 0:
            sentence = str(found.sentence[launch.row, weeks[0]]).rstrip(".")
            yield f"{sentence} ({found.source[launch.row, weeks[0]]})"
    days, promised = float(facts.next_available[launch.unit]), float(row["promised_days"])
    if days > promised:
        yield f"its message promises {promised:g} days, and the third next open slot is in {days:g} ({source})"
    if launch.open_slots[weeks[:AT_ONCE]].sum() < 1:
        yield f"no open new-patient slot in the first {len(weeks[:AT_ONCE])} weeks of its flight (appointment_capacity)"
    if launch.team >= 0 and launch.hours[weeks[0]] <= 0:
        yield f"{facts.teams[launch.team]} can answer no lead in time in its first week (intake_teams)"
    if "campaign_flags" in launch.scenario.tables:
        for flag, where, mine in flags(launch.scenario.tables["campaign_flags"], facts.campaigns.iloc[[launch.row]]):
            if mine.any():
                yield f"{flag_in_words(flag)} ({where})"


def _sections(
    launch: Launch,
    edition: Edition,
    found: dict[str, list[Answer]],
    in_the_way: Sequence[str],
    missing: Sequence[Answer],
) -> Iterator[Section]:
    if in_the_way:
        rest = [f"and {len(in_the_way) - BLOCKERS} more"] if len(in_the_way) > BLOCKERS else []
        told = [_sentence(shortened(text)) for text in in_the_way[:BLOCKERS]]
        yield Listing("What stands in the way", [*told, *rest])
    if missing:
        yield Listing("What nobody stated: fill in", [shortened(text) for text in _to_fill_in(missing)])
    for question, listed in found.items():
        rows = [tuple(map(shortened, (each.about, each.says, each.source), (ABOUT, ANSWER, ABOUT))) for each in listed]
        shown, more = rows[:ROWS], f"{len(rows) - ROWS} more: --json has them all" if len(rows) > ROWS else ""
        yield Grid(question, ("", "", ""), shown, more)
        if QUESTIONS[question] is capacity_and_lead_time:
            yield _slots(launch, edition)


def _to_fill_in(missing: Sequence[Answer]) -> Iterator[str]:
    """Columns by table; a plan takes sign-offs that are blank for given."""
    tables: dict[str, list[str]] = {}
    for answer in missing:
        tables.setdefault(answer.table, []).append(answer.column)
    for table, columns in tables.items():
        yield f"{table}: {', '.join(columns)}" if any(columns) else f"{table}: the whole table"


def _slots(launch: Launch, edition: Edition) -> Grid:
    """Open slots week by week; with a plan also what it leaves of them."""
    weeks = launch.weeks[:WEEKS]
    names = [str(launch.facts.weeks[week]) for week in weeks]
    rows = [("Open new-patient slots", *(edition.slots(float(launch.open_slots[week])) for week in weeks))]
    capacity = launch.planned("capacity")
    if not capacity.empty:
        left = capacity.set_index("week")["open_slots_left"].reindex(names)
        rows.append(("Left once the plan's patients are booked", *(edition.slots(float(each)) for each in left)))
    return Grid("", ("Week of", *map(day, names)), rows)


def _foot(launch: Launch) -> Iterator[str]:
    if not launch.is_of_these_inputs:
        yield "The plan was made from other inputs than those of this sheet."
    yield (
        "What is not stated was not guessed; a plan takes a blank sign-off for given. Figures of a plan are expected"
        " values."
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def launch_facts(launch: Launch, paper: Paper, edition: Edition) -> dict[str, object]:
    """The sheet as plain values, with every answer."""
    in_the_way = list(blockers(launch))
    told = {question: [vars(each) for each in mine] for question, mine in answers(launch, edition).items()}
    slots = _slots(launch, edition)
    return {
        "campaign": launch.labels["campaign"],
        "run": launch.plan.folder.name if launch.plan else None,
        "mark": paper.mark,
        "ready": paper.verdict.startswith("READY"),
        "verdict": paper.verdict,
        "in_the_way": in_the_way,
        "questions": told,
        "slots": {"weeks": slots.headers[1:], "rows": slots.rows},
    }
