"""The leadership board."""

from flask import render_template
from flask.typing import ResponseReturnValue

from academy.core.access import allow
from academy.core.clock import now
from academy.reports.policies import SEE_THE_BOARD
from academy.reports.queries.board import DEFINITIONS, PASS_BIN, board
from academy.reports.rules.charts import TILE_HEIGHT, TILE_WIDTH, path_chart
from academy.reports.rules.goal import GOAL_ON, GOAL_PEOPLE, OPENED_ON, finding, next_step
from academy.reports.web import blueprint
from academy.sites.rules import SITE_TYPE_WORDS


@blueprint.get("/board", endpoint="board")
@allow(*SEE_THE_BOARD)
def show_board() -> ResponseReturnValue:
    """Numbers of this installation, the path to the goal, fields, cities."""
    found = board(now())
    return render_template(
        "reports/board.html",
        board=found,
        charts=[path_chart(found.path, is_phone=False), path_chart(found.path, is_phone=True)],
        finding=finding(found.path),
        next_step=next_step(found.path),
        goal=GOAL_PEOPLE,
        goal_on=GOAL_ON,
        opened_on=OPENED_ON,
        tile_width=TILE_WIDTH,
        tile_height=TILE_HEIGHT,
        definitions=DEFINITIONS,
        pass_bin=PASS_BIN,
        site_words=SITE_TYPE_WORDS,
    )
