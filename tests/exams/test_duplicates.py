"""Questions that say the same, whatever their punctuation."""

import random
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from academy.core.sheets import packaged_rows
from academy.exams.rules.duplicates import NEAR, find_like, find_pairs, likeness, normalize, shingles

STEM = "社会工作者小沈帮助一位因火灾失去住处的居民当晚住进临时安置点，并送去衣物和食品。这首先体现了（ ）的目标。"


def test_punctuation_width_case_and_the_order_of_options_do_not_matter() -> None:
    assert normalize("ＡＢＣ，（ ）的 目标？", ["二", "一"]) == normalize("abc ( ) 的目标", ["一。", "二"])


def test_a_changed_word_is_near_and_another_question_is_not() -> None:
    texts = {1: normalize(STEM), 2: normalize("社区工作的基本原则包括哪些内容，请选择最合适的一项。")}
    found = find_like(normalize(STEM.replace("小沈", "小李").replace("食品", "粮食")), texts)
    assert [pair.second for pair in found] == [1]
    assert 0.7 < found[0].likeness < 1


def test_the_same_stem_with_other_options_is_another_question() -> None:
    one = normalize("下列说法正确的是（ ）。", ["个案工作是直接服务", "小组工作是间接服务", "社区工作不属于直接服务"])
    other = normalize("下列说法正确的是（ ）。", ["督导属于行政管理的一部分", "志愿者不需要培训", "评估在服务开始之前完成"])
    assert find_like(one, {1: other}) == []


def test_the_sample_bank_holds_few_pairs() -> None:
    rows = packaged_rows("questions.csv")
    texts = {
        n: normalize(row["stem_zh"], [row[f"option_{c}"] for c in "abcdef" if row[f"option_{c}"]]) for n, row in enumerate(rows)
    }
    pairs = find_pairs(texts)
    assert len(pairs) < 12
    assert pairs == sorted(pairs, key=lambda pair: -pair.likeness)


@given(st.lists(st.text("甲乙丙丁戊", min_size=1, max_size=12), max_size=25), st.sampled_from([0.5, NEAR, 0.8, 1.0]))
def test_every_near_pair_is_found_and_no_other(drawn: list[str], near: float) -> None:
    texts = dict(enumerate(drawn, 1))
    wanted = {
        (a, b)
        for a, b in combinations(texts, 2)
        if likeness(shingles(texts[a]), shingles(texts[b])) >= near or texts[a] == texts[b]
    }
    assert {(pair.first, pair.second) for pair in find_pairs(texts, near=near)} == wanted


def test_ten_thousand_questions_are_compared_without_comparing_all_pairs() -> None:
    rng = random.Random(3)
    texts = {n: "".join(chr(0x4E00 + rng.randrange(3000)) for _ in range(60)) for n in range(2_000)}
    texts[5_000] = texts[7][:-2] + "甲乙"
    assert [(pair.first, pair.second) for pair in find_pairs(texts)] == [(7, 5_000)]
