"""What pages of scoring show of domains above: those put a function here, nothing is imported upwards."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from flask import current_app

CERTIFICATES = "scoring.certificates"


@dataclass(frozen=True, slots=True)
class TouchedCertificate:
    """A live certificate that rests on a result, and where the staff decides about it."""

    number: str
    url: str


CertificatesOf: TypeAlias = Callable[[int, Collection[int]], Mapping[int, TouchedCertificate]]


def NO_CERTIFICATES(_class_id: int, _learner_ids: Collection[int]) -> Mapping[int, TouchedCertificate]:  # noqa: N802 - stands for a function
    """Nobody certifies here."""
    return {}


def certificates_of(class_id: int, learner_ids: Collection[int]) -> Mapping[int, TouchedCertificate]:
    """The live certificates that these learners have from a class, by learner."""
    found: CertificatesOf = current_app.extensions[CERTIFICATES]
    return found(class_id, learner_ids)
