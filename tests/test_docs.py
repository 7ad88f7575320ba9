"""The example of docs/how-to/layouts.md works as shown, and docs/reference/layouts.md describes every key."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pandas as pd
from conftest import ROOT, run

from stance.extraction.textdump import layouts

EXAMPLE = (ROOT / "docs" / "how-to" / "layouts.md").read_text(encoding="utf-8")
LAYOUTS = (ROOT / "docs" / "reference" / "layouts.md").read_text(encoding="utf-8")


def _block(kind: str) -> str:
    (block,) = re.findall(rf"^```{kind}\n(.*?)^```", EXAMPLE, flags=re.DOTALL | re.MULTILINE)
    return str(block)


def test_example_finds_the_comments_of_its_page(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text(_block("text"), encoding="utf-8")
    (tmp_path / "mine.toml").write_text(_block("toml"), encoding="utf-8")
    command, expected = _block("console").splitlines()
    ran = run(*shlex.split(command)[2:], cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert expected in ran.err.splitlines()
    table = pd.read_csv(tmp_path / "letters.csv")
    assert list(zip(table["author"], table["date"], table["text"], strict=True)) == [
        ("Ola", "12 March 2022", "At last.\n\nI have waited for it for years."),
        ("a neighbour", "11 March 2022", "And who is going to pay?"),
    ]


def test_every_key_is_described() -> None:
    cells = set(re.findall(r"^\| (`.*?) \|", LAYOUTS, flags=re.MULTILINE))
    keys = {key for cell in cells for key in re.findall(r"`(\w+)`", cell)}
    assert keys == layouts._REQUIRED_KEYS | layouts._OPTIONAL_KEYS


def test_every_mentioned_part_exists() -> None:
    parts = (ROOT / "stance" / "extraction" / "textdump" / "footer_parts.toml").read_text(encoding="utf-8")
    mentioned = set(re.findall(r"\{\{(\w+)\}\}", LAYOUTS))
    assert mentioned <= set(re.findall(r"^(\w+) = ", parts, flags=re.MULTILINE))
