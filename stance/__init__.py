"""Measure stance in the comment sections under news articles.

>>> import stance
>>> model = stance.load("models/stance.joblib")  # doctest: +SKIP
>>> model.predict(["We should leave the CSTO."])  # doctest: +SKIP
"""

import typing as _typing

if _typing.TYPE_CHECKING:
    from stance.errors import ConfigurationError as ConfigurationError
    from stance.errors import DataError as DataError
    from stance.errors import FileError as FileError
    from stance.errors import ModelError as ModelError
    from stance.errors import StanceError as StanceError
    from stance.errors import UsageError as UsageError
    from stance.extraction.page_comments import extract_comments as extract_comments
    from stance.features.vectorizer import NgramVectorizer as NgramVectorizer
    from stance.models.model import Model as Model
    from stance.models.model_file import load as load
    from stance.operations.adjudicate import adjudicate as adjudicate
    from stance.operations.agreement import AgreementResult as AgreementResult
    from stance.operations.agreement import agreement as agreement
    from stance.operations.check import check as check
    from stance.operations.collect import CollectResult as CollectResult
    from stance.operations.collect import collect as collect
    from stance.operations.export_labels import ExportResult as ExportResult
    from stance.operations.export_labels import export_labels as export_labels
    from stance.operations.import_labels import ImportResult as ImportResult
    from stance.operations.import_labels import import_labels as import_labels
    from stance.operations.label import LabelResult as LabelResult
    from stance.operations.label import label as label
    from stance.operations.predict import predict_file as predict_file
    from stance.operations.sample import SampleResult as SampleResult
    from stance.operations.sample import sample as sample
    from stance.operations.train import train as train
    from stance.scoring.score import ScoringSummary as ScoringSummary
    from stance.training import TrainingRun as TrainingRun
    from stance.validation.check import CheckResult as CheckResult

__version__ = "0.1.0"

_MODULES = {
    "AgreementResult": "operations.agreement",
    "CheckResult": "validation.check",
    "CollectResult": "operations.collect",
    "ConfigurationError": "errors",
    "DataError": "errors",
    "ExportResult": "operations.export_labels",
    "FileError": "errors",
    "ImportResult": "operations.import_labels",
    "LabelResult": "operations.label",
    "Model": "models.model",
    "ModelError": "errors",
    "NgramVectorizer": "features.vectorizer",
    "SampleResult": "operations.sample",
    "ScoringSummary": "scoring.score",
    "StanceError": "errors",
    "TrainingRun": "training",
    "UsageError": "errors",
    "adjudicate": "operations.adjudicate",
    "agreement": "operations.agreement",
    "check": "operations.check",
    "collect": "operations.collect",
    "export_labels": "operations.export_labels",
    "extract_comments": "extraction.page_comments",
    "import_labels": "operations.import_labels",
    "label": "operations.label",
    "load": "models.model_file",
    "predict_file": "operations.predict",
    "sample": "operations.sample",
    "train": "operations.train",
}
"""The module of each public name."""

__all__ = [  # noqa: PLE0604 - the names of `_MODULES`, which a test compares with the imports for type checkers
    *_MODULES
]


def __getattr__(name: str) -> _typing.Any:
    # Imported on first use, so that `stance --help` does not wait for pandas and scikit-learn.
    if name not in _MODULES:
        message = f"module 'stance' has no attribute {name!r}"
        raise AttributeError(message)
    from importlib import import_module

    return getattr(import_module(f"stance.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*_MODULES, *(name for name in globals() if name.startswith("__"))])
