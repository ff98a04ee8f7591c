"""The exception tree and the exit codes of the command line.

Every error that a user can cause carries what is wrong, where, and how to mend it. Anything else is a bug
and ends with exit code 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum


class ExitCode(IntEnum):
    """What the process returns. Zero means: a plan was made and passed every check."""

    OK = 0
    BUG = 1
    USAGE = 2
    BAD_INPUT = 3
    INFEASIBLE = 4
    LIMIT = 5
    VERIFICATION = 6
    STORAGE = 7
    POLICY = 8
    INTERRUPTED = 130
    TERMINATED = 143


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake in the input: where it stands, what it is, how to mend it.

    Attributes:
        file: Name of the file as the user knows it, relative to the scenario folder (``campaigns.csv``).
        line: Line of a text file, row of a sheet, or 0 where the whole file is meant.
        message: What is wrong, with the value found.
        hint: How to mend it; empty only where the message already says so.
        column: Column or key at fault, empty where none is.
        code: Stable code of the check, for scripts (``duplicate_row``).
    """

    file: str
    line: int
    message: str
    hint: str = ""
    column: str = ""
    code: str = "bad_value"

    @property
    def where(self) -> str:
        """``file:line``, or just the file."""
        return f"{self.file}:{self.line}" if self.line else self.file

    def __str__(self) -> str:
        mend = f"\n      -> {self.hint}" if self.hint else ""
        return f"{self.where}  {self.message}{mend}"


class OptimizerError(Exception):
    """Base of every error that this package raises on purpose."""

    exit_code: ExitCode = ExitCode.BUG
    code: str = "error"


class ScenarioError(OptimizerError):
    """The scenario cannot be planned as it stands; carries every problem found in one pass."""

    exit_code = ExitCode.BAD_INPUT
    code = "bad_input"
    shown = 50
    of_what = "scenario"

    def __init__(self, scenario: str, problems: Sequence[Problem]) -> None:
        self.scenario = scenario
        self.problems = tuple(sorted(set(problems)))
        super().__init__(self._text())

    def _text(self) -> str:
        count = len(self.problems)
        head = f"{self.of_what} '{self.scenario}' has {count} problem{'s' if count != 1 else ''}"
        rest = [f"  ... and {count - self.shown} more"] if count > self.shown else []
        return "\n".join([head, *(f"  {problem}" for problem in self.problems[: self.shown]), *rest])


class InputFileError(ScenarioError):
    """A file from which tables of a scenario are made cannot be used as it stands; carries every problem found."""

    of_what = "file"


@dataclass(frozen=True)
class Clash:
    """One limit of a conflict.

    Attributes:
        limit: The limit with its number and weeks, in words.
        file: File in which it stands; empty where it stands in none.
        line: Line of the file, 0 where it is not known.
        kind: What many like it are called together (``floors of campaigns (min_weekly_spend)``).
    """

    limit: str
    file: str = ""
    line: int = 0
    kind: str = ""

    def __str__(self) -> str:
        return f"{self.limit}{_where(self.file, self.line)}"


@dataclass(frozen=True)
class Relaxation:
    """One limit of a conflict, and by how much it gives way.

    Attributes:
        limit: What moves, in words (``budget.total``).
        change: By how much and to what, in words (``raise budget.total by $30.00, to $180.00``).
        amount: How much it gives in all, in ``unit``.
        unit: Unit of the amount.
        file: File in which it stands; empty where it stands in none.
        line: Line of the file, 0 where it is not known.
    """

    limit: str
    change: str
    amount: float
    unit: str
    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        return f"{self.change}{_where(self.file, self.line)}"


def _where(file: str, line: int) -> str:
    place = f"{file}:{line}" if line else file
    return f"  [{place}]" if place else ""


class InfeasiblePlan(OptimizerError):
    """No plan can meet every limit at once.

    Attributes:
        conflict: The limits that cannot hold together; each is needed for the conflict.
        because: What plain arithmetic says of it, in sentences; empty where only solving tells.
        alone: Limits of which each lets a plan exist if it alone gives way, with the least amount.
        not_alone: Limits of the conflict that could move, but by no amount let a plan exist alone.
        untried: How many more limits of the conflict could move, but were not tried alone.
        together: The least combination of limits that give way; empty where none was found, or where it is one alone.
    """

    exit_code = ExitCode.INFEASIBLE
    code = "infeasible"
    shown = 12

    def __init__(
        self,
        conflict: Sequence[Clash],
        *,
        because: Sequence[str] = (),
        alone: Sequence[Relaxation] = (),
        not_alone: Sequence[str] = (),
        untried: int = 0,
        together: Sequence[Relaxation] = (),
    ) -> None:
        self.conflict, self.because = tuple(conflict), tuple(because)
        self.alone, self.not_alone, self.together = tuple(alone), tuple(not_alone), tuple(together)
        self.untried = untried
        super().__init__("\n".join(self._lines()))

    def _lines(self) -> list[str]:
        return [
            *_listed("no plan can meet these limits together:", _in_kinds(self.conflict), self.shown),
            *_listed("by arithmetic alone:", self.because, self.shown),
            *_listed("any one of these lets a plan exist (confirmed by solving again):", self.alone, self.shown),
            *self._not_alone(),
            *_listed("the least combination of changes (confirmed by solving again):", self.together, self.shown),
        ]

    def _not_alone(self) -> list[str]:
        """Limits that do not help alone, in one line."""
        if not self.not_alone:
            return []
        named, more = self.not_alone[:_NAMED], len(self.not_alone) - _NAMED
        rest = f" and {more} more" if more > 0 else ""
        untried = f"; {self.untried} were not tried" if self.untried else ""
        return [f"no change of one of these alone is enough: {', '.join(named)}{rest}{untried}"]


_NAMED = 4
"""Limits that do not help alone that are named, and limits of a kind that are told one by one."""


def _in_kinds(clashes: Sequence[Clash]) -> list[str]:
    """Limits of a conflict; many of one kind in one line, with the first and last line on which one stands."""
    told: dict[str, str] = {}
    for clash in clashes:
        alike = [other for other in clashes if clash.kind and other.kind == clash.kind]
        if len(alike) <= _NAMED:
            told[str(clash)] = str(clash)
            continue
        lines = sorted({other.line for other in alike if other.file == alike[0].file})
        span = f"{alike[0].file}:{lines[0]}-{lines[-1]}" if lines[-1] else alike[0].file
        told[clash.kind] = f"{len(alike)} {clash.kind}  [{span}], first {alike[0].limit}"
    return list(told.values())


def _listed(head: str, entries: Sequence[object], shown: int) -> list[str]:
    """A heading and its entries, the first of them one by one and the rest counted; nothing where there are none."""
    if not entries:
        return []
    rest = [f"  ... and {len(entries) - shown} more"] if len(entries) > shown else []
    return [head, *(f"  - {entry}" for entry in entries[:shown]), *rest]


class SolverLimit(OptimizerError):
    """The solver stopped at a time or iteration limit, so there is no certified plan."""

    exit_code = ExitCode.LIMIT
    code = "limit"


@dataclass(frozen=True)
class Finding:
    """One check that a plan failed.

    Attributes:
        check: Which.
        text: What is wrong.
        amount: By how much, if that is a number.
        place: What it is wrong of: a campaign, a clinic and line, a limit.
        week: In which week, or other span.
    """

    check: str
    text: str
    amount: float = 0.0
    place: str = ""
    week: str = ""

    @property
    def message(self) -> str:
        """Where, when and what."""
        where = ", ".join(filter(None, (self.place, self.week)))
        return f"{where}: {self.text}" if where else self.text


class VerificationError(OptimizerError):
    """An answer did not pass the independent checks; nothing of it is shown."""

    exit_code = ExitCode.VERIFICATION
    code = "verification"

    def __init__(self, findings: Sequence[Finding], of_what: str = "plan") -> None:
        self.findings = tuple(findings)
        listed = "\n".join(f"  - {finding.check}: {finding.message}" for finding in self.findings[:20])
        super().__init__(f"the {of_what} did not pass its checks and is not shown:\n{listed}")


class StorageError(OptimizerError):
    """A file or folder could not be read, written or locked."""

    exit_code = ExitCode.STORAGE
    code = "storage"


class UsageError(OptimizerError):
    """The request itself makes no sense, for instance a campaign that is not in the plan."""

    exit_code = ExitCode.USAGE
    code = "usage"
