"""Arrow without pandas, which it would import."""

from __future__ import annotations

import sys


def do_without_pandas() -> None:
    """Hide pandas from this process: Arrow imports it for the first array it makes, longer than all the rest takes."""
    sys.meta_path.insert(0, _NoPandas)


class _NoPandas:
    @staticmethod
    def find_spec(name: str, *_: object) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(name)
