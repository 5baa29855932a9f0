"""Item analysis: what the answers of all candidates say about the questions. Pure; floats, as nothing here is a mark.

Every figure is None where it is not defined (nobody, no spread, a negative covariance), never 0 or NaN. Formulas stand at the
functions; the published values that they reproduce are in tests/scoring/test_analysis_*.py.
"""

from academy.scoring.rules.analysis.classical import ItemFigures, TestFigures, classical
from academy.scoring.rules.analysis.options import Choice, Groups, ItemChoices, choices_of
from academy.scoring.rules.analysis.rasch import Rasch, rasch
from academy.scoring.rules.analysis.suspects import Flag, Suspicion, suspicions
from academy.scoring.rules.analysis.twopl import TwoParameter, two_parameter

__all__ = [
    "Choice",
    "Flag",
    "Groups",
    "ItemChoices",
    "ItemFigures",
    "Rasch",
    "Suspicion",
    "TestFigures",
    "TwoParameter",
    "choices_of",
    "classical",
    "rasch",
    "suspicions",
    "two_parameter",
]
