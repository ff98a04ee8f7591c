"""Whether the workbook ties out: sums of its sheets against the run's totals, budgets, slots and hours."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.errors import Finding, VerificationError
from optimizer.report.workbook.cells import At, Column, less
from optimizer.report.workbook.page import Block, Page
from optimizer.report.workbook.quarter_ties import budget_ties
from optimizer.report.workbook.source import Source
from optimizer.report.workbook.ties import Blocks, Tie, all_ties, sum_of

TIES, DOES_NOT_TIE, AT_MOST = "Everything ties out", "DOES NOT TIE OUT", "at most"


def reconciliation(page: Page, source: Source, blocks: Blocks, moves: Sequence[tuple[Block, Block]]) -> str:
    """All ties, and one cell that says whether every difference is zero; that cell's address.

    Raises:
        VerificationError: if something does not tie out; such a workbook is not written.
    """
    page.prose = (6, 130)
    page.title(
        "Reconciliation: does every number tie out?",
        "Sums are made here, of the sheets that are named; what they must be is stated by the run's summary (sheet"
        " Data totals) or its inputs. Spend ties to the cent; today's within half a cent of each row where inputs give"
        " parts of cents. Where tables show six digits, sums may differ from the totals by half of the last digit of"
        " each row; the column 'Rounding' says by how much. A difference beyond it is shown, else it is 0.",
    )
    ties = [*all_ties(source, blocks, moves), *budget_ties(source, blocks, moves)]
    _require_tied(ties)
    verdict = page.row
    page.row += 2
    header = page.row
    block = page.table(_columns(ties))
    _verdict(page, block, verdict)
    page.skip()
    _under_way(page, source, blocks)
    page.freeze(header + 1, 1)
    return f"'{page.name}'!$A${verdict}"


def _require_tied(ties: Sequence[Tie]) -> None:
    wrong = [
        Finding("workbook", f"{tie.what} ({tie.where}): {tie.gives:,.6f} is not {tie.stated:,.6f}", tie.difference)
        for tie in ties
        if tie.difference
    ]
    if wrong:
        raise VerificationError(wrong, "workbook")


def _verdict(page: Page, block: Block, verdict: int) -> None:
    """One cell for all differences, green or red."""
    differences = f"${block.letters['difference']}${block.first}:${block.letters['difference']}${block.last}"
    page.write(verdict, 0, TIES, "good", f'=IF(SUMPRODUCT(ABS({differences}))=0,"{TIES}","{DOES_NOT_TIE}")')
    page.sheet.conditional_format(verdict - 1, 0, verdict - 1, 0, {
        "type": "cell", "criteria": "equal to", "value": f'"{DOES_NOT_TIE}"', "format": page.styles["bad"],
    })  # fmt: skip
    page.sheet.conditional_format(block.first - 1, 5, block.last - 1, 5, {
        "type": "cell", "criteria": "not equal to", "value": 0, "format": page.styles["bad"],
    })  # fmt: skip


def _columns(ties: Sequence[Tie]) -> list[Column]:
    """The table of ties; each row has a sum and a rule of its own."""
    looks = [tie.style for tie in ties]
    sums = [f"={tie.formula}" for tie in ties]
    stated = [f"={tie.total}" if tie.total else "" for tie in ties]
    return [
        Column("what", "What", "text", [tie.what for tie in ties], width=52),
        Column("where", "Summed in", "text", [tie.where for tie in ties], width=34),
        Column("sum", "Sum", "cents", [tie.gives for tie in ties], width=18, styles=looks, formulas=sums),
        Column("stated", "Must be", "cents", [tie.stated for tie in ties], width=18, styles=looks, formulas=stated),
        Column("rounding", "Rounding", "exact", [tie.rounding for tie in ties], width=12),
        Column("difference", "Difference", "exact", [tie.difference for tie in ties], _difference, width=14),
        Column("rule", "Rule", "text", [AT_MOST if tie.at_most else "equal" for tie in ties], width=9),
    ]


def _difference(at: At) -> str:
    apart = f"{at['sum']}-{at['stated']}"
    return f'=IF(OR(ABS({apart})<={at["rounding"]},AND({at["rule"]}="{AT_MOST}",{apart}<0)),0,{apart})'


def _under_way(page: Page, source: Source, blocks: Blocks) -> None:
    """What the totals hold beyond the campaigns' own: patients already waiting and leads of earlier spend."""
    page.heading("What the totals hold beyond what the plan's spend brings")
    plan, data, totals = source.summary["plan"], blocks["data"], blocks["totals"]
    names = {
        "leads": ("leads", "Leads of spend before the plan"),
        "bookings": ("bookings", "Bookings of patients already waiting and of these leads"),
        "visits": ("visits", "Completed visits of the same"),
        "value": ("gross", "Value of the same, before spend"),
    }
    looks = ["count", "count", "count", "value"]
    sums = {name: sum_of(data, name) for name in names}
    page.table([
        Column("what", "What", "text", [label for _, label in names.values()]),
        Column("how", "How", "text", ["total of the run less the sum of Data"] * len(names)),
        Column("total", "Total of the run", "count", [float(plan[total]) for total, _ in names.values()], styles=looks,
               formulas=[f"={totals.cell('plan', total)}" for total, _ in names.values()]),
        Column("sum", "Sum of Data", "count", [gives for _, gives in sums.values()], styles=looks,
               formulas=[f"={text}" for text, _ in sums.values()]),
        less("rest", "The rest", "count", "total", "sum", styles=looks),
    ])  # fmt: skip
