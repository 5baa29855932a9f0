import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.catalog import queries
from academy.catalog.search import Term, compute_score, initials_of, marked, searchable, terms_of
from academy.catalog.shelf import Wanted

pytestmark = pytest.mark.usefixtures("catalog")


def titles(q: str) -> list[str]:
    shelf = queries.shelf()
    return [course.title for course in shelf.find(Wanted(q=q, terms=shelf.terms(q)), {}).courses]


def test_a_word_of_two_characters_is_found_wherever_it_stands() -> None:
    found = titles("议事")
    shelf = queries.shelf()
    everywhere = [
        course
        for course in shelf.courses
        if "议事" in course.title + course.summary + course.field.name_zh + course.doc.objectives + "".join(course.doc.keywords)
    ]
    assert len(found) == len(everywhere) > 12


def test_hits_in_the_title_come_first() -> None:
    found = titles("议事")
    in_title = ["议事" in title for title in found]
    assert in_title == sorted(in_title, reverse=True)
    assert in_title[0]


def test_pinyin_initials_find_the_words_they_stand_for() -> None:
    assert "议事" in titles("ys")[0]
    assert set(titles("议事")[:5]) <= set(titles("YS")[:15])
    shelf = queries.shelf()
    assert shelf.terms("ys")[0].readings[0] == "议事"
    assert shelf.terms("shzl")[0].readings[0] == "社会治理"
    assert all(course.field.code == "SG-01" for course in shelf.find(Wanted(terms=shelf.terms("shzl")), {}).courses[:10])


def test_all_terms_must_be_met() -> None:
    both = set(titles("老年 评估"))
    assert both
    assert both <= set(titles("老年")) & set(titles("评估"))


def test_a_code_finds_its_course_first() -> None:
    assert queries.shelf().find(Wanted(terms=terms("SG-03-002")), {}).courses[0].code == "SG-03-002"


def test_nothing_is_found_by_one_letter_or_nonsense() -> None:
    assert titles("s") == []
    assert titles("无此课程名") == []


def terms(q: str) -> tuple[Term, ...]:
    return tuple(Term(text) for text in terms_of(q))


def doc(**texts: str) -> int:
    filled = {"code": "X-1", "title": "甲", "field": "乙", "summary": "丙", "initials": "j", "field_initials": "y"} | {
        key: value for key, value in texts.items() if key not in {"keywords", "objectives"}
    }
    lists = {key: [texts[key]] for key in ("keywords", "objectives") if key in texts}
    return compute_score(searchable(**filled, **lists), terms("议事"))  # type: ignore[arg-type]


def test_title_outranks_keywords_field_summary_and_objectives_in_this_order() -> None:
    scores = [doc(**{place: "社区议事会"}) for place in ("title", "keywords", "field", "summary", "objectives")]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == 5
    everything_but_title = doc(keywords="议事", field="议事", summary="议事", objectives="议事")
    assert doc(title="社区议事会") > everything_but_title


def test_hits_are_marked_and_the_rest_is_escaped() -> None:
    assert marked("<b>议事</b>", terms("议事")) == "&lt;b&gt;<mark>议事</mark>&lt;/b&gt;"
    assert marked("“社会”治理", terms("shzl"), initials_of("“社会”治理")) == "“<mark>社会</mark>”<mark>治理</mark>"
    assert marked("ＡＩ与社工", terms("ai")) == "<mark>ＡＩ</mark>与社工"


def test_initials_are_aligned_to_the_text() -> None:
    assert initials_of("“两企三新”AI：12345") == "“lqsx”ai：12345"


@given(st.text(max_size=200))
def test_any_query_can_be_searched_and_marked(q: str) -> None:
    found = tuple(Term(text, ("议事",)) for text in terms_of(q))
    sample = searchable(
        code="SG-03-002", title="社区议事", field="社会治理", summary="", initials="sqys", field_initials="shzl"
    )
    assert compute_score(sample, found) >= 0
    assert "社" in marked("社区议事协商六步法", found, "sqysxslbf")
    assert len(found) <= 6
