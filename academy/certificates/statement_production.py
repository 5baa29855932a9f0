"""From a request to a signed statement: drawn, made, recorded; the transactions are opened here."""

from datetime import datetime

from academy.certificates import services
from academy.certificates.queries import HoursStatement, statement_by_id
from academy.core.access import Actor
from academy.core.db import transaction


def produce_statement(*, learner_id: int, year: int, actor: Actor, now: datetime) -> HoursStatement:
    """The statement of a person's year as the ledger stands: the one that exists, or a new version.

    Rendering and signing take about 0.1 s and hold no transaction. Raises what the services raise.
    """
    with transaction():
        signer = services.current_signer(now=now)
        drawn = services.draw_statement(learner_id=learner_id, year=year, actor=actor, now=now)
    if drawn.is_issued:
        return statement_by_id(drawn.id)
    made = services.make_statement(drawn, signer)
    with transaction():
        return services.record_statement(made=made, actor=actor, now=now)
