"""Roles: who may give them, what they open, and that an administrator remains."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from academy.accounts import queries, services
from academy.accounts.models import RoleGrant
from academy.core.access import SYSTEM, Grant, Role
from academy.core.db import transaction
from academy.core.errors import Forbidden
from tests.accounts.factories import actor_of, make_organization, make_user
from tests.conftest import NOW, LiveApp


def test_a_learner_cannot_give_roles(session: Session, now: datetime) -> None:
    learner = make_user(Role.LEARNER)
    with pytest.raises(Forbidden), transaction():
        services.set_roles(user_id=learner.id, grants=[Grant(Role.ADMINISTRATOR)], actor=actor_of(learner), now=now)


def test_the_last_administrator_keeps_the_role(session: Session, now: datetime) -> None:
    administrator = make_user(Role.ADMINISTRATOR)
    with pytest.raises(services.LastAdministrator), transaction():
        services.set_roles(user_id=administrator.id, grants=[], actor=actor_of(administrator), now=now)


def test_a_coordinators_role_needs_an_organization(session: Session) -> None:
    user = make_user()
    session.add(RoleGrant(user_id=user.id, role=Role.ORGANIZATION_COORDINATOR))
    with pytest.raises(IntegrityError):
        session.flush()


def test_a_role_is_held_once(session: Session) -> None:
    user = make_user(Role.LEARNER)
    session.add(RoleGrant(user_id=user.id, role=Role.LEARNER))
    with pytest.raises(IntegrityError):
        session.flush()


def test_roles_are_replaced_and_take_effect_at_once(session: Session, client: Any, sign_in: Callable[..., None]) -> None:
    administrator, user, unit = make_user(Role.ADMINISTRATOR), make_user(Role.LEARNER), make_organization()
    sign_in(client, administrator)
    page = f"/manage/users/{user.code}"
    client.post_form(page, {"roles": ["learner", "organization_coordinator"], "organization": str(unit.id)})
    session.expire_all()
    assert actor_of(user).organizations == {unit.id}
    assert actor_of(user).has(Role.LEARNER)


@pytest.mark.parametrize("unit", ["²", "99999999", "9" * 30, "-1", "\0"])
def test_an_organization_that_does_not_exist_gives_no_role(
    session: Session, client: Any, sign_in: Callable[..., None], unit: str
) -> None:
    user = make_user(Role.LEARNER)
    sign_in(client, make_user(Role.ADMINISTRATOR))
    page = f"/manage/users/{user.code}"
    assert client.post_form(page, {"roles": ["organization_coordinator"], "organization": unit}).status_code == 302
    session.expire_all()
    assert not actor_of(user).has(Role.ORGANIZATION_COORDINATOR)


def test_a_closed_account_is_signed_out(session: Session, client: Any, sign_in: Callable[..., None], now: datetime) -> None:
    administrator, user = make_user(Role.ADMINISTRATOR), make_user(Role.LEARNER)
    sign_in(client, user)
    with transaction():
        services.set_active(user_id=user.id, is_active=False, reason="离职", actor=actor_of(administrator), now=now)
    assert client.get("/me").status_code == 302


def test_an_administrator_cannot_close_herself(session: Session, now: datetime) -> None:
    administrator = make_user(Role.ADMINISTRATOR)
    with pytest.raises(Forbidden), transaction():
        services.set_active(user_id=administrator.id, is_active=False, reason="", actor=actor_of(administrator), now=now)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_the_list_of_accounts_is_closed_to_others(client: Any, sign_in: Callable[..., None], role: Role) -> None:
    user = make_user(role, organization=make_organization() if role is Role.ORGANIZATION_COORDINATOR else None)
    sign_in(client, user)
    assert client.get("/manage/users").status_code == 403


@pytest.mark.parametrize("page", ["0", "-1", "999999999999999999999", "abc", "１"])
def test_an_odd_page_number_is_no_failure(client: Any, sign_in: Callable[..., None], page: str) -> None:
    sign_in(client, make_user(Role.ADMINISTRATOR))
    assert client.get(f"/manage/users?page={page}&role=nonsense&q=%25_").status_code == 200


@pytest.mark.parallel
def test_two_administrators_cannot_take_the_role_from_each_other_at_once(live_app: LiveApp) -> None:
    ids = [make_user(Role.ADMINISTRATOR).id for _ in range(2)]

    def take(user_id: int) -> bool:
        with live_app.app.app_context():
            try:
                with transaction():
                    services.set_roles(user_id=user_id, grants=[Grant(Role.LEARNER)], actor=SYSTEM, now=NOW)
            except services.LastAdministrator:
                return False
            return True

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(take, ids * 3))
    assert len(queries.users_with_role(Role.ADMINISTRATOR)) == 1
