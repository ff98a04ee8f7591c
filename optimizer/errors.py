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
class Relaxation:
    """One limit of a conflict, and by how much it would have to give way.

    Attributes:
        limit: The limit in business words.
        amount: How much it must give, in ``unit``; 0 where another limit gives instead.
        unit: Unit of the amount.
    """

    limit: str
    amount: float
    unit: str


class InfeasiblePlan(OptimizerError):
    """No plan can meet every limit at once.

    Attributes:
        conflict: Names of the limits that cannot hold together; each is needed for the conflict.
        relaxations: The cheapest way out that was found, one entry per limit that gives.
    """

    exit_code = ExitCode.INFEASIBLE
    code = "infeasible"
    shown = 12

    def __init__(self, conflict: Sequence[str], relaxations: Sequence[Relaxation] = ()) -> None:
        self.conflict = tuple(conflict)
        self.relaxations = tuple(relaxations)
        super().__init__("\n".join(self._lines()))

    def _lines(self) -> list[str]:
        lines = ["no plan can meet these limits together:", *(f"  - {limit}" for limit in self.conflict)]
        gives = [relaxation for relaxation in self.relaxations if relaxation.amount > 0]
        if gives:
            lines.append("the smallest change that lets a plan exist:")
            lines += [f"  - {gift.limit}: give way by {gift.amount:,.2f} {gift.unit}" for gift in gives[: self.shown]]
        if len(gives) > self.shown:
            lines.append(f"  ... and {len(gives) - self.shown} more")
        return lines


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
