"""Every row of cases.tsv."""
import pytest

from .lib import rows

TABLE = {row.id: row for row in rows.table()}
FUNCTIONS = rows.load()


@pytest.mark.parametrize("one", TABLE)
def test_row(lab, one):
    row = TABLE[one]
    assert one in FUNCTIONS, f"nothing proves {row.id}: {row.situation} -> {row.expected}"
    with lab.fresh():
        rows.prove(lab, one)


def test_no_function_without_row():
    assert set(FUNCTIONS) <= set(TABLE)
