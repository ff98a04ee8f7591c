"""The price of every limit, in words and with its unit: one loop over the blocks, no name is read for meaning."""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter

import numpy as np
import pandas as pd

from optimizer.lp.blocks import RowLimits
from optimizer.lp.solution import Solution

COLUMNS = ("family", "row", "limit_text", "side", "limit", "used", "slack", "price", "unit", "meaning")


def price_table(solution: Solution, *, families: tuple[str, ...]) -> pd.DataFrame:
    """Limits of the named families, one row each, with how much of it is used and what one more unit would bring.

    Args:
        solution: A certified solution.
        families: Blocks of rows, in the order wanted; those that the program does not have are passed over.

    Returns:
        Columns ``family, row, limit_text, side, limit, used, slack, price, unit, meaning``; ``price`` is the change of
        the objective when ``limit`` rises by one. What a soft limit falls short by is not used, so its slack is below
        zero; the limit of a ratio is its room in money, which is 0, and its price is that of a unit of money.
    """
    program = solution.program
    there = solution.values.copy()
    there[program.column_slice("shortfall")] = 0.0
    used = program.matrix @ there
    frames = [
        _block_table(program.row_block(name), used[program.row_slice(name)], solution.price_of(name))
        for name in families
        if program.has_rows(name)
    ]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(COLUMNS))


def _block_table(block: RowLimits, used: np.ndarray, price: np.ndarray) -> pd.DataFrame:
    above = np.isinf(block.lower) | ((price >= 0) & np.isfinite(block.upper))
    used = used + block.standing
    limit = np.where(above, block.upper, block.lower) + block.standing
    names = {level: names.tolist() for level, names in block.labels.names().items()}
    return pd.DataFrame(
        {
            "family": block.name,
            "row": list(map(", ".join, zip(*names.values(), strict=True))) if names else "",
            "limit_text": _filled(block.meaning.limit, names, len(block)),
            "side": np.where(above, "most", "least"),
            "limit": limit,
            "used": used,
            "slack": np.where(above, limit - used, used - limit),
            "price": price,
            "unit": _filled(block.meaning.unit, names, len(block)),
            "meaning": _filled(block.meaning.price, names, len(block)),
        }
    )


def _filled(sentence: str, names: Mapping[str, list[str]], count: int) -> list[str]:
    """A sentence with names in braces, once for each of so many rows."""
    parts: list[list[str]] = []
    for text, name, _, _ in Formatter().parse(sentence):
        parts += [[text] * count] + ([names[name]] if name else [])
    return list(map("".join, zip(*parts, strict=True)))
