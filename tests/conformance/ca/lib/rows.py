"""cases.tsv, and which function runs each of its rows.

The column `ours` says where a row is not proved to the letter, and why.
"""
import csv
import importlib
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
_functions = {}


class Row:
    def __init__(self, record):
        self.id, self.area = record["id"], record["area"]
        self.situation, self.expected = record["situation"], record["expected outcome"]


def table():
    with open(HERE / "cases.tsv", newline="") as f:
        return [Row(r) for r in csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE)]


def row(*ids):
    """The function proves these rows. With several ids it is called with the one it is to prove."""
    def take(function):
        for one in ids:
            assert one not in _functions, f"{one} is proved twice"
            _functions[one] = (function, len(ids) > 1)
        return function
    return take


def load():
    for path in sorted(HERE.glob("rows_*.py")):
        importlib.import_module(f"ca.{path.stem}")
    return _functions


def prove(lab, one):
    function, named = _functions[one]
    return function(lab, one) if named else function(lab)
