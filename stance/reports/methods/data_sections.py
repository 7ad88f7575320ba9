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
    if n_in_sheets:
        sentences.append(
            compose("The sheets contain {all}, labelled or not.", all=pluralise(n_in_sheets, "different comment"))
        )
    if not labels.get("articles"):
        sentences.append(compose(f"The articles are {NOT_RECORDED}."))
    sentences += [_describe_outlets(corpus), _describe_dates(corpus)]
    sentences.append(compose(f"How and when the articles were found and selected is {NOT_RECORDED}."))
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
                "[@horvitz1952]."
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
            "Each comment was assigned one of {n}{title}{file}.",
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
    versions = codebook.get("labels_by_version")
    if not versions or not any(entry.get("definition") for entry in entries):
        given = compose(f"Which version of the codebook the labels were given with is {NOT_RECORDED}.")
    else:
        given = compose(
            "The version of a stance is a hash of its definition and of the rules for it. Given with this version: "
            "{current}; with another one: {other}; version not recorded: {unknown}.",
            current=pluralise(versions["current"], "label"),
            other=pluralise(versions["other"], "label"),
            unknown=pluralise(versions["not_recorded"], "label"),
        )
    return Section("Codebook", (join_sentences(*sentences), stances, given))


def format_file(file: JsonObject) -> str:
    """Return the name of a file and the beginning of its hash, which metrics.json contains as a whole."""
    return f"file {file['name']}, SHA-256 beginning with {file['sha256'][:_N_HASH_DIGITS]}"


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
        "They were written from {first} to {last} (date recorded for {n} of {all}).",
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
    between = f"an inclusion probability of {low}"
    if low != high:
        between = f"unequal inclusion probabilities, from {low} to {high}"
    if probability["comments"] == sample["comments"]:
        return f", with {between}"
    return f", with {between} for {format_count(probability['comments'])} of them and none recorded for the others"


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
