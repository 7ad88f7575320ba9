"""The sections of a methods text on results, limitations and software."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stance.reports import figures, summary
from stance.reports.figures import Figure
from stance.reports.methods.data_sections import format_file
from stance.reports.methods.document import NOT_RECORDED, Section, compose, join_sentences
from stance.reports.provenance import describe_model
from stance.reports.text_format import format_score
from stance.wording import pluralise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stance.reports.methods.document import Paragraph
    from stance.reports.summary import Headline
    from stance.reports.text_format import JsonObject


def build_results_section(metrics: JsonObject) -> Section:
    """Return the section with the scores of the model, by stance, and of the baselines."""
    headline = summary.find_headline(metrics)
    if headline is None:
        return Section("Results", (compose("There is no score over all labels."),))
    blocks: list[Paragraph | Figure] = [join_sentences(*_describe_headline(metrics, headline))]
    systems = figures.build_system_figure(headline.scheme, headline.measure)
    blocks.append(
        Figure("Scores of the model (last row) and the baselines", columns=systems.columns, rows=systems.rows)
    )
    if differences := headline.scheme.get("differences"):
        blocks.append(_tabulate_differences(differences))
    stances = figures.build_stance_figure(headline.scheme)
    if stances.rows:
        title = "Scores of the model by stance"
        if (n_repeats := headline.scheme.get("repeats") or 1) > 1:
            title += f"; counts of recognised labels are means over {n_repeats} repeats"
        blocks.append(Figure(title, columns=stances.columns, rows=stances.rows))
    others = [
        compose(
            "{name}: {scores}.",
            name=summary.format_scheme_name(scheme),
            scores=", ".join(
                f"{measure} {format_score(model[key])}"
                for key, (measure, _) in summary.MEASURES.items()
                if model.get(key)
            ),
        )
        for scheme in metrics["schemes"]
        if scheme is not headline.scheme
        for model in [summary.get_model_system(scheme)]
    ]
    if others:
        blocks.append(join_sentences(*others))
    return Section("Results", tuple(blocks))


def build_limitations_section(metrics: JsonObject) -> Section:
    """Return the section on what cannot be concluded."""
    sentences = [compose("{limitation}", limitation=text) for text in summary.describe_limitations(metrics)]
    sentences += [
        compose(
            "Counts of predicted stances are not estimates of their shares, because the model confuses some stances "
            "more than others."
        ),
        compose("The scores do not apply to other topics, languages, sources or periods."),
    ]
    groups = metrics.get("label_groups") or {}
    if "author" in (groups.get("divided") or ()) or groups.get("labels_without_person"):
        sentences.append(
            compose(
                "The authors of some comments are not known, or their comments were not kept in one fold, so comments "
                "of one author may be in training and test folds at once, which may raise the scores."
            )
        )
    return Section("Limitations", (join_sentences(*sentences),))


def build_software_section(metrics: JsonObject) -> Section:
    """Return the section on versions, seed and files."""
    provenance = metrics.get("provenance") or {}
    versions = {
        "Python" if name == "python" else name: version for name, version in (provenance.get("versions") or {}).items()
    }
    own_version = versions.pop("stance", NOT_RECORDED)
    sheets = "; ".join(map(format_file, provenance.get("sheets") or ()))
    seed = provenance.get("seed")
    return Section(
        "Software",
        (
            join_sentences(
                compose(
                    "The analysis was made with stance [@stance], version {own}, and {others}.",
                    own=own_version,
                    others=", ".join(f"{name} {version}" for name, version in versions.items())
                    or f"other software whose versions are {NOT_RECORDED}",
                ),
                compose("Random seed: {seed}.", seed=NOT_RECORDED if seed is None else str(seed)),
                compose("Labelling sheets: {sheets}.", sheets=sheets or NOT_RECORDED),
                *(
                    [compose("The option --quick was used: cross-validation was not repeated.")]
                    if provenance.get("quick")
                    else []
                ),
            ),
        ),
    )


def _describe_headline(metrics: JsonObject, headline: Headline) -> list[Paragraph]:
    model = summary.get_model_system(headline.scheme)
    also = metrics.get("also")
    sentences = [
        compose(
            "{scheme}, {labels}: {name} is {score} and accuracy {accuracy}{population}.",
            scheme=summary.format_scheme_name(headline.scheme),
            labels=pluralise(headline.scheme["n"], "tested label"),
            name=headline.name,
            score=format_score(headline.score),
            accuracy=format_score(model.get("accuracy")),
            population=f", for {headline.scheme['says']}" if headline.scheme.get("says") else "",
        ),
        compose("{model}", model=describe_model(metrics, headline.scheme)),
    ]
    if also:
        sentences.append(
            compose(
                "If a secondary stance counts as correct, too, accuracy is {accuracy}.",
                accuracy=format_score(also.get("accuracy")),
            )
        )
    return sentences


def _tabulate_differences(differences: Sequence[JsonObject]) -> Figure:
    measures = [key for key in summary.MEASURES if any(difference.get(key) for difference in differences)]
    rows = tuple(
        (difference["system"], *(format_score(difference.get(key), sign=True) for key in measures))
        for difference in differences
    )
    columns = ("baseline", *(summary.MEASURES[key][0] for key in measures))
    title = "The model minus each baseline, on the same labels; an interval that contains 0 leaves open which is better"
    return Figure(title, columns=columns, rows=rows)
