"""Evaluation: a question set to measures. The table for a terminal is in `rag.evaluation.table`."""

from rag.evaluation.questions import Question, Source, load
from rag.evaluation.result import Evaluation, Figure, Outcome
from rag.evaluation.run import evaluate

__all__ = ["Evaluation", "Figure", "Outcome", "Question", "Source", "evaluate", "load"]
