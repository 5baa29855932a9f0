"""Quotas: seats of a class kept for an organization, for a person type, or for both. Pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple


class QuotaFacts(NamedTuple):
    """A quota as the decision sees it. `is_named`: only the unit's coordinator or the academy fills it, by naming people."""

    id: int
    organization_id: int | None
    person_type_code: str | None
    seats: int
    taken: int
    is_named: bool
    returns_at: datetime | None

    @property
    def left(self) -> int:
        """Seats that nobody has used."""
        return self.seats - self.taken

    @property
    def narrowness(self) -> int:
        """How many conditions it makes: the narrower one is used first, so that the wider stays for others."""
        return (self.organization_id is not None) + (self.person_type_code is not None)


def fits(quota: QuotaFacts, *, organization_id: int | None, person_type_code: str) -> bool:
    """Whether a person belongs to those for whom the quota is kept."""
    is_of_unit = quota.organization_id is None or quota.organization_id == organization_id
    return is_of_unit and quota.person_type_code in {None, person_type_code}


def choose_quota(
    quotas: Iterable[QuotaFacts], *, organization_id: int | None, person_type_code: str, by_naming: bool
) -> QuotaFacts | None:
    """The quota from which this person is seated: fitting, with a seat left, the narrowest first, then the oldest."""
    usable = [
        quota
        for quota in quotas
        if quota.left > 0
        and (by_naming or not quota.is_named)
        and fits(quota, organization_id=organization_id, person_type_code=person_type_code)
    ]
    return min(usable, key=lambda quota: (-quota.narrowness, quota.id), default=None)
