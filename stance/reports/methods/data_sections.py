"""The sections of a methods text on the data: comments, sampling and codebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stance.reports.methods.document import NOT_RECORDED, ItemList, Section, compose, join_sentences
from stance.reports.text_format import format_count, join_with_and
from stance.wording import pluralise

if TYPE_CHECKING:
    from stance.reports.methods.document import Paragraph
    from stance.reports.text_format import JsonObject

MAX_LISTED = 10
"""The number of outlets and articles that are named; metrics.json contains all of them."""

_N_HASH_DIGITS = 16


def build_corpus_section(metrics: JsonObject) -> Section:
    """Return the section on the comments: how many, under which articles, from which outlets, and when written."""
    corpus, labels = metrics.get("corpus") or {}, metrics["labels"]
    n_comments, n_in_sheets = corpus.get("comments"), corpus.get("comments_in_sheets")
    size = compose(
        "The data are {comments}{articles}.",
        comments=pluralise(labels["n"] if n_comments is None else n_comments, "labelled comment"),
        articles=f" under {pluralise(labels['articles'], 'article')}" if labels.get("articles") else "",
    )
    sentences = [size]
    if targets := metrics.get("targets"):
        sentences.append(
            compose("Stances are toward {targets}.", targets=join_with_and([f"“{target}”" for target in targets]))
        )
    if n_in_sheets and n_in_sheets == n_comments:
        sentences.append(compose("The labelling sheets contain no other comments."))
    elif n_in_sheets:
        all_comments = pluralise(n_in_sheets, "different comment")
        closed_test = ", with those of the closed test set" if metrics.get("closed_test") else ""
        sentences.append(
            compose(f"The labelling sheets contain {{all}}, labelled or not{closed_test}.", all=all_comments)
        )
    if not labels.get("articles"):
        sentences.append(compose(f"The articles are {NOT_RECORDED}."))
    sentences += [_describe_outlets(corpus), _describe_dates(corpus)]
    sentences.append(compose(f"The languages of the comments are {NOT_RECORDED}."))
    sentences.append(compose(f"How and when articles were selected and comments collected is {NOT_RECORDED}."))
    titles = list((metrics.get("article_titles") or {}).values())
    if not titles:
        return Section("Comments", (join_sentences(*sentences),))
    shown = "; ".join(f"“{title}”" for title in titles[:MAX_LISTED])
    more = f"; and {format_count(len(titles) - MAX_LISTED)} more" if len(titles) > MAX_LISTED else ""
    article_titles = compose("Titles of the articles: {titles}.", titles=shown + more)
    return Section("Comments", (join_sentences(*sentences), article_titles))


def build_sampling_section(metrics: JsonObject) -> Section:
    """Return the section on how comments were selected for labelling, and how they are weighted."""
    samples = (metrics.get("corpus") or {}).get("sampling") or ()
    sentences = [_describe_sample(sample) for sample in samples]
    if not samples:
        sentences.append(compose(f"How the comments were selected is {NOT_RECORDED}."))
    n_training_only = metrics["labels"].get("training_only") or 0
    if n_training_only:
        sentences.append(
            compose(
                "The {n} of comments that were selected by a model were used to train, and never to test, because they "
                "are not a random sample.",
                n=pluralise(n_training_only, "label"),
            )
        )
    if metrics["labels"].get("weighted"):
        sentences.append(
            compose(
                "In the evaluation, each label is weighted by the inverse of the inclusion probability of its comment "
                "[@horvitz1952], so that scores are estimates for all comments that were sampled from."
            )
        )
    else:
        sentences.append(compose("In the evaluation, all tested labels have the same weight."))
    return Section("Sampling", (join_sentences(*sentences),))


def build_codebook_section(metrics: JsonObject) -> Section:
    """Return the section on the codebook: title, stances with their definitions, and versions."""
    codebook, counts = metrics.get("codebook") or {}, metrics["labels"].get("by_stance") or {}
    entries = codebook.get("stances") or [{"stance": stance} for stance in metrics["stances"]]
    file = (metrics.get("provenance") or {}).get("codebook")
    sentences = [
        compose(
            "Each comment{target} was assigned one of {n}{title}{file}.",
            target=", for a target," if metrics.get("targets") else "",
            n=pluralise(len(entries), "stance"),
            title=f" of the codebook “{codebook['title']}”" if codebook.get("title") else "",
            file=f" ({format_file(file)})" if file else "",
        )
    ]
    if not file:
        sentences.append(compose(f"A codebook file is {NOT_RECORDED}."))
    n_rules, n_stance_rules = len(codebook.get("rules") or ()), sum(len(entry.get("rules") or ()) for entry in entries)
    if n_rules or n_stance_rules:
        sentences.append(
            compose(
                "It has {general} and {special}, which report.html lists.",
                general=pluralise(n_rules, "general rule"),
                special=f"{pluralise(n_stance_rules, 'rule')} for single stances",
            )
        )
    if groups := _describe_groups(metrics):
        sentences.append(compose("For a second evaluation, stances are grouped: {groups}.", groups=groups))
    also = metrics.get("also")
    if also:
        sentences.append(compose("{n} also have a secondary stance.", n=pluralise(also["n"], "label")))
    stances = ItemList(tuple((entry["stance"], _describe_stance(entry, counts)) for entry in entries))
    has_definitions = any(entry.get("definition") for entry in entries)
    given = _describe_versions(codebook.get("labels_by_version") or {}, has_definitions=has_definitions)
    return Section("Codebook", (join_sentences(*sentences), stances, given))


def format_file(file: JsonObject) -> str:
    """Return the name of a file and the beginning of its hash, which metrics.json contains as a whole."""
    return f"file {file['name']}, SHA-256 beginning with {file['sha256'][:_N_HASH_DIGITS]}"


def _describe_versions(versions: JsonObject, *, has_definitions: bool) -> Paragraph:
    """Say whether the labels were given under the definitions in this codebook."""
    n_current, n_other, n_unknown = (versions.get(key) or 0 for key in ("current", "other", "not_recorded"))
    if not has_definitions or not (n_current or n_other):
        return compose(f"Under which version of the codebook the labels were given is {NOT_RECORDED}.")
    explained = "The version of a stance is a hash of its definition and of the rules for it. "
    if not (n_other or n_unknown):
        return compose(explained + "All labels were given under the versions listed here.")
    return compose(
        explained
        + f"Under the versions listed here: {{current}}; under others: {{other}}; {NOT_RECORDED}: {{unknown}}.",
        current=pluralise(n_current, "label"),
        other=pluralise(n_other, "label"),
        unknown=pluralise(n_unknown, "label"),
    )


def _describe_groups(metrics: JsonObject) -> str:
    members: dict[str, list[str]] = {}
    for stance, group in (metrics.get("groups_of_stances") or {}).items():
        members.setdefault(group, []).append(stance)
    return "; ".join(f"{group} ({join_with_and(stances)})" for group, stances in members.items())


def _describe_outlets(corpus: JsonObject) -> Paragraph:
    outlets, others = corpus.get("outlets") or (), corpus.get("other_sources") or {}
    parts = []
    if outlets:
        shown = [f"{outlet['host']} ({pluralise(outlet['comments'], 'comment')})" for outlet in outlets[:MAX_LISTED]]
        if len(outlets) > MAX_LISTED:
            shown.append(f"{pluralise(len(outlets) - MAX_LISTED, 'more outlet')}")
        parts.append(f"Outlets: {join_with_and(shown)}.")
    if others.get("comments"):
        sources = pluralise(others["sources"], "saved page or file")
        if others["sources"] != 1:
            sources = f"{format_count(others['sources'])} saved pages or files"
        parts.append(
            f"The outlets of {pluralise(others['comments'], 'comment')} are {NOT_RECORDED}: their source is not an "
            f"address, but one of {sources}."
        )
    if corpus.get("without_source"):
        parts.append(f"The sources of {pluralise(corpus['without_source'], 'comment')} are {NOT_RECORDED}.")
    return compose("{text}", text=" ".join(parts) or f"The outlets are {NOT_RECORDED}.")


def _describe_dates(corpus: JsonObject) -> Paragraph:
    dates = corpus.get("dates") or {}
    if not dates.get("comments"):
        return compose(f"The dates of the comments are {NOT_RECORDED}.")
    return compose(
        "The comments were written from {first} to {last} (a date is recorded for {n} of {all}).",
        first=dates["first"],
        last=dates["last"],
        n=format_count(dates["comments"]),
        all=pluralise(corpus["comments"], "comment"),
    )


def _describe_sample(sample: JsonObject) -> Paragraph:
    n, verb = pluralise(sample["comments"], "comment"), "was" if sample["comments"] == 1 else "were"
    template = {
        "random": "{n} {verb} drawn at random{seeds}{probability}.",
        "given": "{n} {verb} labelled as given, without a random draw; how they were chosen is not recorded.",
        "uncertain": "{n} {verb} selected because a model was uncertain about them and they were similar to many "
        "others [@scheffer2001;settles2008].",
        "disagree": "{n} {verb} selected for labelling again because labels differed, or because a model predicted "
        "another stance than the label.",
    }.get(sample["method"] or "", f"How {{n}} {{verb}} selected is {NOT_RECORDED}.")
    seeds = sample.get("seeds") or ()
    named = f" (random {'seed' if len(seeds) == 1 else 'seeds'} {join_with_and(seeds)})" if seeds else ""
    return compose(template, n=n, verb=verb, seeds=named, probability=_describe_probability(sample))


def _describe_probability(sample: JsonObject) -> str:
    probability = sample.get("probability") or {}
    if not probability.get("comments"):
        return f"; inclusion probabilities are {NOT_RECORDED}"
    low, high = f"{probability['low']:.4g}", f"{probability['high']:.4g}"
    between = f", with an inclusion probability of {low}"
    stratified = ""
    if low != high:
        between = f", with unequal inclusion probabilities, from {low} to {high}"
        stratified = f". Whether the sample was stratified, and by what, is {NOT_RECORDED}"
    if probability["comments"] != sample["comments"]:
        n_known = format_count(probability["comments"])
        return f"{between} for {n_known} of them and none recorded for the others{stratified}"
    if probability.get("represented"):
        n_represented = pluralise(round(probability["represented"]), "comment")
        between += f"; by the sum of the inverse probabilities, they represent {n_represented}"
    return between + stratified


def _describe_stance(entry: JsonObject, counts: JsonObject) -> Paragraph:
    version = f", version {entry['version']}" if entry.get("version") and entry.get("definition") else ""
    toward = (
        f", direction: {entry['direction']} {entry['target']}" if entry.get("direction") and entry.get("target") else ""
    )
    return compose(
        "{definition} ({n}{toward}{version})",
        definition=entry.get("definition") or f"definition {NOT_RECORDED}.",
        n=pluralise(counts.get(entry["stance"], 0), "label"),
        toward=toward,
        version=version,
    )
