import csv
from datetime import date
from pathlib import Path

import pytest

from academy.core.sheets import packaged_rows
from academy.people import rules
from academy.people.rules import Gender

with (Path(__file__).parents[1] / "data" / "id_check_vectors.csv").open(encoding="utf-8-sig", newline="") as _file:
    VECTORS = [(row["kind"], row["value"], row["expected"] == "valid", row["note"]) for row in csv.DictReader(_file)]


@pytest.mark.parametrize(("kind", "value", "is_valid", "note"), VECTORS)
def test_the_vectors_of_the_standards(kind: str, value: str, is_valid: bool, note: str) -> None:
    checks = {
        "id": lambda: rules.id_number_problem(value) is None,
        "uscc": lambda: rules.is_valid_uscc(value),
        "mobile": lambda: rules.mobile_problem(value) is None,
    }
    assert checks[kind]() is is_valid, note


def test_every_kind_of_problem_is_named() -> None:
    assert rules.id_number_problem("110105194912310021") == "id_bad_checksum"
    assert rules.id_number_problem("110105194902300020") == "id_bad_date"
    assert rules.id_number_problem("11010519491231") == "id_format"
    assert rules.id_number_problem("１１０105194912310021") == "id_format"
    assert rules.mobile_problem("1390000000") == "mobile_length"
    assert rules.mobile_problem("12900000000") == "mobile_format"
    assert rules.mobile_problem("") == "mobile_format"


@pytest.mark.parametrize("value", ["", "X" * 18, "9" * 18, "91110000600037341", "９１110000600037341L", "91110000600037341l\n"])
def test_hostile_codes_are_refused_and_do_not_break(value: str) -> None:
    assert not rules.is_valid_uscc(value)
    assert rules.id_number_problem(value) is not None


def test_every_learner_and_organization_of_the_sample_is_valid() -> None:
    assert [row["learner_code"] for row in packaged_rows("learners.csv") if rules.id_number_problem(row["id_number"])] == []
    assert [
        row["org_code"] for row in packaged_rows("organizations.csv") if row["uscc"] and not rules.is_valid_uscc(row["uscc"])
    ] == []


def test_birth_date_and_gender_are_in_the_number() -> None:
    assert rules.birth_date("11010519491231002X") == date(1949, 12, 31)
    assert rules.gender_of("11010519491231002X") is Gender.FEMALE
    assert rules.gender_of("370000199001010011") is Gender.MALE


@pytest.mark.parametrize("name", ["孙婷婷", "古丽娜尔·买买提", "张䶮", "李𬀩", "司徒明远", "O'Neil", "Anne-Marie"])
def test_real_names_are_names(name: str) -> None:
    assert rules.is_name(name)
    assert not rules.has_emoji(name)


@pytest.mark.parametrize("name", ["", "王爱华😊", "张三1", "<b>张</b>", "张\u202e三", "张\u200d三"])
def test_other_texts_are_not(name: str) -> None:
    assert not rules.is_name(name) or rules.has_emoji(name)


def test_dots_in_names_become_one_dot() -> None:
    assert rules.tidy_name(" 古丽娜尔•买买提 ") == "古丽娜尔·买买提"
