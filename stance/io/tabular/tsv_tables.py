"""Reading tab-separated values in batches of rows."""

from __future__ import annotations

from functools import partial

from stance.io.tabular import csv_tables

read_batches = partial(csv_tables.read_batches, delimiter="\t")
