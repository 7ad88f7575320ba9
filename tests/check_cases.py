"""Small sheets that break one check rule, each beside a nearly equal sheet that does not."""

from __future__ import annotations

from stance.labels.codebook import Codebook, Stance
from stance.validation.damaged_cells import EXCEL_CELL_LIMIT

CODEBOOK = Codebook((Stance("for", "It is for it."), Stance("against", "It is against it.")))
VERSION = {stance: CODEBOOK.stance_version(stance) for stance in CODEBOOK.stance_names}

Sheets = str | tuple[str, ...]

_NAMED = "comment_id,text,stance,annotator\n"
_PASSES = "comment_id,text,stance,annotator,pass\n"
_DATED = "comment_id,text,stance,annotator,labelled_at\n"
_DRAWN = "comment_id,text,stance,sampled,seed,probability\n"
_BY = "comment_id,text,stance,annotator,codebook\n"
_LONG = "They will never defend us if we are attacked"
_TWO = "text,stance\nOne is good,for\nTwo is bad,against\n"
_CYRILLIC = "Они нас не защитят"


def _labels(**counts: int) -> str:
    """Make a sheet with these numbers of labels per stance; `_` after a stance means comments selected by a model."""
    rows = [
        f"{stance} text number w{number} of its kind,{stance.rstrip('_')},{'uncertain' if stance.endswith('_') else ''}"
        for stance, count in counts.items()
        for number in range(count)
    ]
    return "text,stance,sampled\n" + "\n".join(rows)


def _labels_with_test_set(n_training: int) -> str:
    """Make a sheet with this number of labels to train on, half of them per stance, and 20 of a closed test set."""
    rows = [f"text w{number} x{number},{('for', 'against')[number % 2]}" for number in range(n_training + 20)]
    return "text,stance,split\n" + "".join(f"{row},{'test' * (index < 20)}\n" for index, row in enumerate(rows))


def _repeat(column: str, cell: str, count: int, total: int) -> str:
    """Make a sheet with so many labels, so many of which have the same cell in a column."""
    rows = [
        {"text": f"w{n} x{n}", "author": f"a{n}", column: cell}
        if n < count
        else {"text": f"w{n} x{n}", "author": f"a{n}"}
        for n in range(total)
    ]
    lines = [f'"{row["text"]}",{row["author"]},{("for", "against")[n % 2]}' for n, row in enumerate(rows)]
    return "text,author,stance\n" + "\n".join(lines)


CASES: dict[str, list[tuple[Sheets, Sheets]]] = {
    # rule id: [(sheets that break the rule, sheets that do not)]
    "unreadable-sheet": [
        ("text,stance\nOh, no,against\n", 'text,stance\n"Oh, no",against\n'),
        ('text,stance\n"A,for\n', 'text,stance\n"A",for\n'),
        ("", "text,stance\n"),
    ],
    "rows-in-a-cell": [
        (
            _NAMED + '1,One,for,x\n2,"Two,for,x\n3,Three,against,x\n4,Four",for,x\n',
            _NAMED + '1,One,for,x\n2,"Two,\n3, and three, and so on",for,x\n',
        ),
    ],
    "missing-column": [
        ("text,label\nA,for\n", _TWO),
        ("note,stance\nA,for\n", "comment_id,stance\n1,for\n"),
        ((_TWO, "text,anotator\nA,x\n"), (_TWO, "text,stance\nA,\n")),
    ],
    "unknown-stance": [
        ("text,stance\nA,fro\n", "text,stance\nA, For \n"),
        ("text,stance\nA,cannot-tell\n", "text,stance\nA,\n"),
        ("text,stance,also\nA,for,neutral\n", "text,stance,also\nA,for,; AGAINST;\n"),
        ("text,stance\n" + "".join(f"A{n},x{n}\n" for n in range(30)), _TWO),
        ("comment_id,text,stance\n1,A,fro\n", "comment_id,text,stance\n1,A,fro\n1,A,for\n"),
    ],
    "removed-stance": [
        (_BY + f"1,A,gone,x,{VERSION['for']}\n", _BY + f"1,A,for,x,{VERSION['for']}\n"),
        (_BY + "1,A,gone,x,00112233\n", _BY + "1,A,gone,x,\n"),
    ],
    "unknown-pass": [
        (_PASSES + "1,A,for,x,second\n", _PASSES + "1,A,for,x,Adjudicated\n2,B,for,x,2\n3,C,for,x,\n"),
        (_PASSES + "1,A,,x,1.5\n", _PASSES + "1,A,,x,1.0\n"),
    ],
    "unknown-sampled": [(_DRAWN + "1,A,for,randomly,,\n", _DRAWN + "1,A,for,Random,,\n2,B,for,given,,\n")],
    "unknown-probability": [
        (_DRAWN + "1,A,for,random,,often\n", _DRAWN + '1,A,for,random,,"0,05"\n'),
        (_DRAWN + "1,A,for,random,,500%\n", _DRAWN + "1,A,for,random,,5%\n"),
        (_DRAWN + "1,A,for,random,,0\n", _DRAWN + "1,A,for,random,,1\n"),
        (_DRAWN + "1,A,for,random,,nan\n", _DRAWN + "1,A,for,random,,\n"),
    ],
    "unknown-split": [
        ("text,stance,split\nA,for,dev\n", "text,stance,split\nA,for,Train\n"),
        ("comment_id,text,stance,split\n1,A,,tset\n1,A,for,\n", "comment_id,text,stance,split\n1,A,,test\n1,A,for,\n"),
    ],
    "missing-target": [
        ("text,stance,target\nA,for,x\nB,for,\n", "text,stance,target\nA,for,x\nB,for,y\nC,,\n"),
        (("text,stance,target\nA,for,x\n", _TWO), "text,stance,target\nA,for,\nB,for,\n"),
    ],
    "conflict": [
        (_NAMED + "1,A,for,x\n1,A,against,y\n", _NAMED + "1,A,for,x\n1,A,FOR,y\n"),
        (_NAMED + "1,A,for,x\n1,A,against,\n", _NAMED + "1,A,for,x\n1,A,,y\n"),
        (
            _PASSES + "1,A,for,x,1\n1,A,against,y,1\n",
            _PASSES + "1,A,for,x,1\n1,A,against,y,1\n1,A,for,z,adjudicated\n",
        ),
    ],
    "conflict-with-oneself": [
        (_PASSES + "1,A,for,x,1\n1,A,against,x,2\n", _PASSES + "1,A,for,x,1\n1,A,for,x,2\n"),
        (_PASSES + "1,A,for,x,1\n1,A,against,x,2\n", _PASSES + "1,A,for,x,1\n1,A,against,y,2\n"),
    ],
    "two-texts": [
        ("comment_id,text,stance\n1,A,for\n1,B,for\n", "comment_id,text,stance\n1,A  b,for\n1, A b,for\n1,,for\n"),
        (("comment_id,text,stance\n1,A,for\n", "comment_id,text,stance\n1,B,\n"), _TWO),
    ],
    "missing-text": [
        ("comment_id,stance\n1,for\n", ("comment_id,stance\n1,for\n", "comment_id,text,stance\n1,A,\n")),
        ("comment_id,text,stance\n,,for\n", "comment_id,text,stance\n1,,\n"),
    ],
    "no-labels": [("text,stance\nA,\n", "text,stance\nA,for\n"), ("text,stance\n", "text,stance\nA,nonsense\n")],
    "one-stance": [
        ("text,stance\nA,for\nB,for\n", _TWO),
        ("text,stance\nA,for\nB,for\n", "text,stance\nA,for\nB,for\nC,agianst\n"),
    ],
    "one-text": [
        ("text,stance\nSo it is!,for\nso it is,against\n", "text,stance\nSo it is!,for\nso it was,against\n"),
        (
            "text,stance,sampled\nSo it is!,for,\nso it is,against,\nNo,for,uncertain\n",
            "text,stance,sampled\nSo it is!,for,\nso it is,against,\nNo,for,\n",
        ),
    ],
    "nothing-to-test-by": [
        (_labels(for_=2, against_=2), _labels(for_=2, against_=2, **{"for": 1})),
    ],
    "equal-texts-differ": [
        ("text,stance\nWell done you,for\nwell  done you,for\nWell done you,against\n", _TWO + "One is good,for\n"),
        (("text,stance\nYes,for\n", "text,stance\nYes,against\n"), "text,stance,target\nYes,for,x\nYes,against,y\n"),
    ],
    "similar-texts-differ": [
        ("text,stance\nSo it is!,for\nSo it is,against\n", "text,stance\nSo it is!,for\nSo it was,against\n"),
        (
            "text,stance\nwe all want them to go right now,for\nwe all want them to go now,against\n",
            "text,stance\nwe all want them to go right now,for\nwe all want them to go now,for\n",
        ),
    ],
    "sheets-differ": [
        ((_NAMED + "1,A,for,x\n", _NAMED + "1,A,against,x\n"), (_NAMED + "1,A,for,x\n", _NAMED + "1,A,against,y\n")),
        ((_NAMED + "1,A,for,x\n", _NAMED + "1,A,against,x\n"), (_NAMED + "1,A,for,x\n", _NAMED + "1,A,,x\n")),
    ],
    "older-label-counts": [
        (
            _DATED + "1,A,for,x,2026-11-22T10:15:03+00:00\n1,A,against,x,2026-11-22T10:15:02+00:00\n",
            _DATED + "1,A,for,x,2026-11-22T10:15:03+00:00\n1,A,against,x,2026-11-22T10:15:04+00:00\n",
        ),
        (
            _DATED + "1,A,for,x,2026-11-22T10:15:03+00:00\n1,A,against,x,2026-11-21\n",
            _DATED + "1,A,for,x,2026-11-22T10:15:03+00:00\n1,A,against,x,2026-11-22\n",
        ),
        (
            _DATED + "1,A,for,x,2026-11-22T10:15:03+00:00\n1,A,against,x,2026-11-22T10:15:03+06:00\n",
            _DATED + "1,A,for,x,2026-11-22T10:15:03+06:00\n1,A,against,x,2026-11-22T10:15:03+00:00\n",
        ),
    ],
    "changed-without-a-name": [
        ("comment_id,text,stance\n1,A,for\n1,A,against\n", "comment_id,text,stance\n1,A,for\n1,A,For\n"),
        ("comment_id,text,stance\n1,A,for\n1,A,against\n", "text,stance\nA,for\nA,against\n"),
    ],
    "changed-label": [(_NAMED + "1,A,for,x\n1,A,against,x\n", _NAMED + "1,A,for,x\n1,A,for,x\n1,B,against,y\n")],
    "withdrawn-by-empty-row": [
        ("comment_id,text,stance\n1,A,for\n1,A,\n", "comment_id,text,stance\n1,A,\n1,A,for\n"),
        (_NAMED + "1,A,for,x\n1,A,,x\n", _NAMED + "1,A,for,x\n1,A,,y\n"),
    ],
    "withdrawn-label": [
        (
            _DATED + "1,A,for,x,2026-11-22\n1,A,,x,2026-11-22\n",
            _DATED + "1,A,for,x,2026-11-22\n1,A,,x,\n",
        ),
    ],
    "adjudications-differ": [
        (
            _PASSES + "1,A,for,x,adjudicated\n1,A,against,y,adjudicated\n",
            _PASSES + "1,A,for,x,adjudicated\n1,A,for,y,adjudicated\n",
        ),
    ],
    "missing-annotator": [
        (_NAMED + "1,A,for,x\n2,B,for,\n", _NAMED + "1,A,for,x\n2,B,,\n"),
        ((_NAMED + "1,A,for,x\n", _TWO), _TWO),
    ],
    "missing-codebook-version": [
        (_BY + f"1,A,for,x,{VERSION['for']}\n2,B,for,x,\n", _BY + f"1,A,for,x,{VERSION['for']}\n2,B,,x,\n")
    ],
    "old-codebook": [
        (_BY + "1,A,for,x,00112233\n", _BY + f"1,A,for,x,{VERSION['for'].upper()}\n"),
        (
            _BY + f"1,A,for,x,{VERSION['against']}\n",
            "comment_id,text,stance,pass,codebook\n1,A,for,1,00112233\n1,A,for,adjudicated,\n",
        ),
    ],
    "damaged-codebook-version": [(_BY + "1,A,for,x,1.2E+25\n", _BY + "1,A,for,x,00112233\n")],
    "unknown-date": [
        (_DATED + "1,A,for,x,22.11.2026\n", _DATED + "1,A,for,x,2026-11-22\n"),
        (_DATED + "1,A,for,x,46348\n", _DATED + "1,A,for,x,2026-11-22T10:15:03+06:00\n"),
    ],
    "unknown-seed": [(_DRAWN + "1,A,for,random,one,\n", _DRAWN + "1,A,for,random,1,\n2,B,for,,,\n")],
    "unknown-draw": [
        (_DRAWN + "1,A,,random,1,often\n", _DRAWN + "1,A,for,random,1,often\n"),
        (_DRAWN + "1,A,,rnadom,1,\n", _DRAWN + "1,A,,random,1,0.05\n"),
    ],
    "stance-without-labels": [("text,stance\nA,for\n", _TWO)],
    "few-labels-of-stance": [
        (_labels(**{"for": 9, "against": 10}), _labels(**{"for": 10, "against": 10})),
        (_labels(**{"for": 9, "for_": 5, "against": 10}), _labels(**{"for": 10, "for_": 5, "against": 10})),
    ],
    "few-labels-of-target": [
        (
            "text,stance,target\n" + "".join(f"t{n},for,x\n" for n in range(20)) + "A,for,y\n",
            "text,stance,target\n" + "".join(f"t{n},for,x\nu{n},for,y\n" for n in range(20)),
        ),
        ("text,stance,target\nA,for,x\nB,for,y\n", "text,stance,target\nA,for,x\nB,for,x\n"),
    ],
    "partial-probabilities": [
        (_DRAWN + "1,A,for,random,1,0.5\n2,B,for,random,1,\n", _DRAWN + "1,A,for,random,1,0.5\n2,B,for,random,1,0.1\n"),
        (_DRAWN + "1,A,for,random,1,0.5\n2,B,for,,,\n", _DRAWN + "1,A,for,random,1,0.5\n2,B,for,uncertain,1,\n"),
    ],
    "unfinished-draw": [
        (_DRAWN + "1,A,for,random,1,\n2,B,,random,1,\n", _DRAWN + "1,A,for,random,1,\n2,B,,,,\n"),
        (_DRAWN + "1,A,for,random,1,\n2,B,,random,1,\n", _DRAWN + "1,A,for,random,1,\n2,B,,random,2,\n"),
        (_DRAWN + "1,A,for,random,1,\n2,B,,random,1,\n", _DRAWN + "1,A,,random,1,\n1,A,for,random,1,\n"),
    ],
    "guessed-encoding": [(_TWO + f"{_CYRILLIC},for\n", _TWO)],  # written in cp1251
    "error-for-a-cell": [
        ("text,stance\n#NAME?,for\n", "text,stance\n#name is it,for\n"),
        ("text,stance,note\nA,for,#ИМЯ?\n", "text,stance,note\nA,for,#REF! is wrong\n"),
    ],
    "damaged-id": [
        ("comment_id,text,stance\n1.23457E+11,A,for\n", "comment_id,text,stance\n12e45,A,for\n"),
        ("comment_id,text,stance\n1E+05,A,for\n", "comment_id,text,stance\n1e,A,for\nc12e45678,B,for\n"),
        (
            "comment_id,text,stance\n1-2-a,A,for\n02-Jan,B,for\n1-3-a,C,for\n",
            "comment_id,text,stance\n01.05.2022,A,for\n02.05.2022,B,for\n",
        ),
        (
            "comment_id,text,stance\n1468592030005760000,A,for\n",
            "comment_id,text,stance\n1468592030005760000,A,for\n1468592030005760123,B,for\n",
        ),
        ("article_id,text,stance\n02.янв,A,for\na7,B,for\n", "article_id,text,stance\na1,A,for\n"),
    ],
    "cut-text": [
        (f"text,stance\n{'x' * EXCEL_CELL_LIMIT},for\n", f"text,stance\n{'x' * (EXCEL_CELL_LIMIT - 1)},for\n"),
        (f"text,stance\n{'😀' * (EXCEL_CELL_LIMIT // 2)}x,for\n", f"text,stance\n{'😀' * EXCEL_CELL_LIMIT},for\n"),
    ],
    "garbled-text": [
        *[
            (f"text,stance\n{_CYRILLIC.encode().decode(page)},for\n", f"text,stance\n{_CYRILLIC},for\n")
            for page in ("latin-1", "cp1251")
        ],
        ("text,stance\nthatâ€™s it,for\n", "text,stance\nthat’s «São» É»,for\n"),
        ("text,stance\nзащи\ufffdт,for\n", "text,stance\nЁлка «Р» СССР» – №5 Їжак,for\n"),
        ("text,stance\nDas h?tte l?ngst zerst?rt,for\n", "text,stance\non?you believe that?you stop?or go,for\n"),
        ("text,stance\nк?п адам ?ш?н ж?мыс,for\n", "text,stance\nЗачем ?Кому ?где ?с кем?в чём ?а,for\n"),
        ("text,stance\n?аза?стан ?олында бол,for\n", "text,stance\nЧто? Где?Когда? https://x.org/w?a=b?c,for\n"),
        ("text,stance\n????? ??? ?? ?????? ??,for\n", "text,stance\n??? ??,for\n"),
        ("text,stance\n????? ??? ?? ?????? ??,for\n", f"text,stance\n{'?' * 1000} ??x,for\n"),  # must not be slow
    ],
    "control-characters": [
        ("text,stance\nA\x07,for\n", 'text,stance\n"A\tb\nc",for\n'),
        ("text,stance\nA_x000D_,for\n", "text,stance\nA_x00_,for\n"),
    ],
    "apostrophe": [
        ("comment_id,text,stance\n'7,A,for\n", "comment_id,text,stance\n7,'Tis so,for\n"),
        ("text,stance\n'-no way,for\n", "text,stance\n'-' is a sign,for\n"),
    ],
    "formula": [
        ("text,stance\n=1+1,for\n", "text,stance\n1+1,for\n"),
        ("text,stance\n@you: no,for\n", "text,stance\nto @you: no,for\n"),
    ],
    "equal-rows": [
        (_TWO + "One is good,for\n", _TWO + "One is good,against\n"),
        ((_TWO, "stance,text,note\nfor,One is good,\n"), (_TWO, "text,stance,note\nOne is good,for,x\n")),
        (_NAMED + "1,A,for,x\n1,A,for,x\n", (_NAMED + "1,A,for,x\n", _NAMED + "1,A,for,x\n")),
    ],
    "misspelt-column": [
        ("text,stance,anotator\nA,for,x\n", "text,stance,annotator,article\nA,for,x,y\n"),
        ("text,stance,Notes\nA,for,x\n", "text,stance,note,notes,test\nA,for,x,y,z\n"),
        ("text,stance,Labelled At\nA,for,x\n", "text,stance,author_id\nA,for,x\n"),
    ],
    "repeated-text": [
        (_TWO + "One is good (not bad),for\nTwo is bad!,against\n", _TWO + "Two is worse,against\n"),
        (f"text,stance\n{_LONG},for\nHe says: {_LONG} True,for\n", f"text,stance\n{_LONG},for\n{_LONG[:20]},for\n"),
        (f'text,stance\n{_LONG},for\n"> {_LONG}\nNo",for\n', f'text,stance\n{_LONG},for\n"> {_TWO[:9]}\nNo",for\n'),
    ],
    "several-by-author": [
        (
            "comment_id,text,stance,target,author\n1,A,for,x,Aida\n2,B,for,x,Aida\n",
            "comment_id,text,stance,target,author\n1,A,for,x,Aida\n1,A,for,y,Aida\n",
        ),
        ("text,stance,author\nA,for,Aida\nB,for,aida \n", "text,stance,author\nA,for,Guest\nB,for,Guest\nC,for,Aida\n"),
    ],
    "not-one-author": [
        ("text,stance,author\nA,for,Гость\nB,for,гость\n", "text,stance,author\nA,for,Гость\nB,for,Aida\nC,for,Aida\n"),
        (_repeat("author", "Aida", 11, 200), _repeat("author", "Aida", 10, 200)),
    ],
    "large-group": [
        (_repeat("text", "One, two, three.", 6, 20), _repeat("text", "One, two, three.", 5, 20)),
        (_repeat("text", "One, two, three.", 11, 100), _repeat("text", "One, two, three.", 10, 100)),
    ],
    "columns-differ": [
        ((_NAMED + "1,A,for,x\n", _TWO), (_NAMED + "1,A,for,\n", _TWO)),
    ],
    "similar-ids": [
        (("comment_id,text,stance\nC1,A,\n", "comment_id,stance\nc1,for\n"), _NAMED + "C1,A,for,\nc1,B,for,\n"),
        ("comment_id,text,stance\n007,A,\n7,,for\n", "comment_id,text,stance\n007,A,\n70,,for\n"),
        ("comment_id,text,stance\n7,A,\n7.0,,for\n", "comment_id,text,stance\n7,A,\n7.5,,for\n"),
    ],
    "similar-names": [
        (_NAMED + "1,A,for,Aida\n2,B,for,aida\n", _NAMED + "1,A,for,Aida \n2,B,for,Aida\n3,C,for,Aidar\n"),
        (_NAMED + "1,A,for,Aida\n2,B,for,Аidа\n", _NAMED + "1,A,for,Аида\n2,B,for,Aida\n"),
        ("text,stance,target\nA,for,X\nB,for,x\n", "text,stance,target\nA,for,X\nB,for,y\n"),
    ],
}  # fmt: skip
"""By rule id: sheets that break the rule, and sheets that do not."""

MODEL_RULES = {"no-model", "no-skill", "other-labels", "learnt-only", "suspect-label"}
CODEBOOK_RULES = {"unreadable-codebook", "example-repeats-label"}
