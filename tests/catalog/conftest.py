from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from academy.accounts import sample as accounts_sample
from academy.catalog import sample as catalog_sample


@pytest.fixture
def catalog(session: Session, now: datetime) -> None:
    """The whole sample catalog."""
    accounts_sample.load(now=now)
    catalog_sample.load(now=now)
