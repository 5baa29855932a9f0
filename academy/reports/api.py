"""The JSON door of reports: the board's numbers."""

from datetime import date, datetime
from decimal import Decimal

from pydantic import BaseModel

from academy.core.access import allow
from academy.core.api import endpoint
from academy.core.clock import now
from academy.reports.policies import SEE_THE_BOARD
from academy.reports.queries.board import Board, board
from academy.reports.rules.goal import GOAL_ON, GOAL_PEOPLE


class ForecastAnswer(BaseModel):
    """Where the present pace leads by the goal's day."""

    months_used: int
    expected: int
    low80: int
    high80: int
    needed_per_month: int


class CityAnswer(BaseModel):
    """A city's trained people and teaching sites."""

    name_zh: str
    name_en: str
    people: int
    sites: int


class MarksAnswer(BaseModel):
    """Released results of the last twelve months."""

    count: int
    passed: int
    mean: Decimal | None


class BoardAnswer(BaseModel):
    """Numbers of this installation only."""

    at: datetime
    goal: int
    goal_on: date
    trained: int
    forecast: ForecastAnswer | None
    cities: list[CityAnswer]
    marks: MarksAnswer


@endpoint("GET", "/board", returns=BoardAnswer, access=allow(*SEE_THE_BOARD))
def numbers() -> BoardAnswer:
    """The leadership board's numbers."""
    return _answer(board(now()))


def _answer(found: Board) -> BoardAnswer:
    seen = found.path.forecast
    forecast = (
        None
        if seen is None
        else ForecastAnswer(
            months_used=seen.months_used,
            expected=seen.expected,
            low80=seen.low80,
            high80=seen.high80,
            needed_per_month=seen.needed_per_month,
        )
    )
    cities = [CityAnswer(name_zh=t.name_zh, name_en=t.name_en, people=t.people, sites=t.sites) for t in found.tiles]
    marks = MarksAnswer(count=found.marks.count, passed=found.marks.passed, mean=found.marks.mean)
    return BoardAnswer(
        at=found.at, goal=GOAL_PEOPLE, goal_on=GOAL_ON, trained=found.path.total, forecast=forecast, cities=cities, marks=marks
    )
