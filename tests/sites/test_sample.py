from collections import Counter
from datetime import datetime

from sqlalchemy.orm import Session

from academy.accounts import sample as accounts_sample
from academy.sites import queries, sample
from academy.sites.rules import SiteType


def test_it_loads_fifty_sites_with_rooms_that_fit(session: Session, now: datetime) -> None:
    accounts_sample.load(now=now)
    sample.load(now=now)
    sample.load(now=now)
    sites = queries.sites()
    assert Counter(site.site_type for site in sites) == {SiteType.PRACTICAL: 18, SiteType.THEORY: 16, SiteType.RED: 16}
    for site in sites:
        rooms = queries.rooms(site.id)
        assert 1 <= len(rooms) <= 3
        assert rooms[0].capacity == site.max_group_size
        assert all(room.capacity <= site.max_group_size for room in rooms)
