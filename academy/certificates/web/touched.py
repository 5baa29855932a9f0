"""The certificates that rest on results which a decision would change, as the pages of scoring show them."""

from collections.abc import Collection, Mapping

from flask import url_for

from academy.certificates import queries
from academy.scoring.web.hooks import TouchedCertificate


def certificates_touched(class_id: int, learner_ids: Collection[int]) -> Mapping[int, TouchedCertificate]:
    """The live certificates that these learners have from a class, in one statement."""
    wanted = set(learner_ids)
    return {
        one.learner_id: TouchedCertificate(one.number, url_for("certificates.entry", number=one.number))
        for one in queries.certificates_of(class_id)
        if one.is_live and one.learner_id in wanted
    }
