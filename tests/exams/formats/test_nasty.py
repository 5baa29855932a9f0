"""Files as strangers send them: each question taken, repaired or refused with its reason."""

import pytest

from academy.exams.rules.formats import BankFormat, read_bank
from academy.exams.rules.keys import load_blanks, load_numbers
from academy.exams.rules.kinds import QuestionKind
from tests.exams.formats.strangers import FIELDS, QUIZ, TWO, answer, faults, multichoice, only, read, repairs

# --- GIFT


def test_gift_that_breaks_off_loses_only_its_last_question() -> None:
    first, second = read("::A::一{=对 ~错}\n\n::B::二{=对 ~")
    assert first.draft is not None
    assert "右花括号" in faults(second)
    assert second.line == 3


def test_gift_with_blank_lines_between_braces_and_no_blank_line_between_questions() -> None:
    first, second = read("::A::一{\n\n=甲\n\n~乙\n\n}\n::B::二{T}")
    assert first.draft is not None
    assert second.draft is not None
    assert (first.draft.options, second.draft.answer) == (("甲", "乙"), "T")


def test_gift_escapes_comments_and_categories() -> None:
    entry = only(
        "// 注释\n$CATEGORY: 顶/个案\n\n::A\\:1::[plain]比例 1\\:2 \\{x\\} \\= \\~ \\# \\\\ C\\:\\\\n{\n~%-50%甲\\=1\n=乙\\n行\n####因为\\#}\n"
    )
    assert entry.draft is not None
    assert entry.draft.code == "A:1"
    assert entry.draft.stem_zh == "比例 1:2 {x} = ~ # \\ C:\\n"
    assert entry.draft.options == ("甲=1", "乙\n行")
    assert (entry.draft.explanation_zh, entry.draft.topic_zh) == ("因为#", "个案")
    assert entry.draft.scoring == {"method": "weights", "weights": {"A": "-0.5", "B": "1"}}


def test_gift_missing_word_and_full_width_marks() -> None:
    entry = only("::A::“五社联动”包括{=社会慈善资源 ~社会治安力量}等，对吗？")
    assert entry.draft is not None
    assert entry.draft.stem_zh == "“五社联动”包括____等，对吗？"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("{~甲 ~乙}", "没有写答案"),
        ("{=甲 ~甲}", "一模一样"),
        ("{=甲 =%100%乙 ~丙}", "两个满分"),
        ("{~%40%甲 ~%40%乙 ~丙}", "合计 80%"),
        ("{#}", "不是数"),
        ("{#abc}", "不是数"),
        ("{#5..3}", "不是数"),
        ("{=社会*}", "通配符"),
        ("只是说明", "说明文字"),
        ("{甲乙}", "花括号里没有"),
        ("{=" + "长" * 501 + " ~乙}", "超过 500 字"),
        ("{" + "".join(f"~{n} " for n in range(13)) + "=好}", "最多 12 个"),
    ],
)
def test_gift_that_cannot_be_used_says_why_with_its_line(body: str, reason: str) -> None:
    entry = read(f"::OK::题{{T}}\n\n::A::另一题{body}")[1]
    assert entry.draft is None
    assert reason in faults(entry)
    assert entry.line == 3
    assert entry.source.startswith("::A::")


def test_gift_kinds_weights_ranges_and_pairs() -> None:
    text = (
        "::S::填{=%100%喘息 =%50%替代 =%0%别的}\n\n::N::算{#=%100%6.67:0.01 =%50%1..3}\n\n::M::连{=甲 -> 1 =乙 -> 2 = -> 3 =丙 -> 1}\n\n"
        "::E::论{}\n\n::T::判{错}\n\n::T2::判{F#no#yes}\n\n::R::%50{~%50%a ~%50%b ~%-100%c}\n"
    )
    found = {entry.code: entry for entry in read(text)}
    drafts = {code: entry.draft for code, entry in found.items() if entry.draft}
    assert [(one.text, str(one.share)) for one in load_blanks(drafts["S"].answer)[0]] == [("喘息", "1"), ("替代", "0.5")]
    assert "得 0 分的答案“别的”没有收" in repairs(found["S"])
    assert [(str(one.value), str(one.tolerance)) for one in load_numbers(drafts["N"].answer)] == [("6.67", "0.01"), ("2", "1")]
    assert (drafts["M"].prompts, drafts["M"].options, drafts["M"].answer) == (("甲", "乙", "丙"), ("1", "2", "3"), "ABA")
    assert drafts["E"].kind is QuestionKind.ESSAY
    assert "T" not in drafts
    assert drafts["T2"].answer == "F"
    assert "反馈没有收：no；yes" in repairs(found["T2"])
    assert (drafts["R"].kind, drafts["R"].answer, drafts["R"].scoring) == (QuestionKind.MULTIPLE, "AB", None)


def test_names_that_stand_twice_get_numbers_of_their_own_and_the_same_question_twice_is_taken_once() -> None:
    text = "::第1题::甲题{T}\n\n::第1题::乙题{T}\n\n{T}\n\n丙题{T}\n\n丙题{F}\n"
    entries = read(text)
    codes = [entry.code for entry in entries if entry.draft]
    assert len(set(codes)) == len(codes) == 3
    assert "题号另编" in repairs(entries[0])
    assert "重复" in faults(entries[-1])
    assert [entry.code for entry in read(text)] == [entry.code for entry in entries]


# --- Moodle XML


def test_moodle_html_becomes_text_and_what_is_lost_is_said() -> None:
    stem = "<![CDATA[<p>x<sup>2</sup>与H<sub>2</sub>O&nbsp;&lt; 3</p><table><tr><td>前测</td><td>18.0</td></tr><tr><td>后测</td><td>13.5</td></tr></table><p><img src='@@PLUGINFILE@@/a.png' alt='图一'><br>问</p>]]>"
    entry = only(QUIZ % multichoice(TWO, stem=stem))
    assert entry.draft is not None
    assert entry.draft.stem_zh == "x²与H₂O < 3\n前测 | 18.0\n后测 | 13.5\n［图：图一］\n问"
    assert "图片没有收" in repairs(entry)


def test_moodle_markup_without_cdata_is_read_too() -> None:
    entry = only(QUIZ % multichoice(TWO, stem="<div><p>第一行</p><p>第二<b>行</b></p></div>"))
    assert entry.draft is not None
    assert entry.draft.stem_zh == "第一行\n第二行"


def test_scripts_are_taken_out_and_shown_as_text() -> None:
    stem = "<![CDATA[<p onclick=\"steal()\">题<script>alert(1)</script><a href='javascript:x()'>链</a></p>]]>"
    entry = only(QUIZ % multichoice(TWO, stem=stem))
    assert entry.draft is not None
    assert entry.draft.stem_zh == "题链"
    assert "去掉了脚本" in repairs(entry)
    assert any("<script>alert(1)</script>" in one for one in entry.removed)


@pytest.mark.parametrize(
    "where",
    [
        "1. 题<script>x</script>（ ）\nA、甲\nB、乙\n【答案】A",
        "::A::[plain]题<SCRIPT >x{=甲 ~乙}",
        "题型,题干,选项A,选项B,答案\n单选题,题<iframe src=x>,甲,乙,A\n",
    ],
)
def test_a_script_in_plain_text_is_refused(where: str) -> None:
    entry = only(where)
    assert entry.draft is None
    assert "<script>" in faults(entry)
    assert entry.removed


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        (multichoice(""), "没有写答案"),
        (multichoice(answer("0", "甲") + answer("0", "乙")), "没有写答案"),
        (multichoice(answer("abc", "甲") + answer("100", "乙")), "不是数"),
        (multichoice(answer("100", "") + answer("0", "乙")), "选项 A 为空"),
        (multichoice(TWO, stem=""), "题干为空"),
        (multichoice(TWO, stem="长" * 20_000), "超过 10000 字"),
        (multichoice(TWO + "<defaultgrade>-1</defaultgrade>"), "分值"),
        (multichoice(TWO + "<defaultgrade>1e400</defaultgrade>"), "分值"),
        (multichoice(TWO + "<defaultgrade>NaN</defaultgrade>"), "分值"),
        ('<question type="calculated"><name><text>C</text></name><questiontext><text>x</text></questiontext></question>', "题型“calculated”不收"),
        ('<question type="description"><name><text>C</text></name><questiontext><text>x</text></questiontext></question>', "不收"),
        ('<question type="truefalse"><name><text>C</text></name><questiontext><text>x</text></questiontext></question>', "没有写答案"),
        ("<question/>", "题干为空"),
    ],
)  # fmt: skip
def test_moodle_questions_that_cannot_be_used_say_why(question: str, reason: str) -> None:
    good, bad = read(QUIZ % f"\n{multichoice(TWO, name='OK', stem='好题')}\n{question}")
    assert good.draft is not None
    assert bad.draft is None
    assert reason in faults(bad)
    assert bad.line == 4


def test_a_cloze_of_texts_is_one_question_with_blanks() -> None:
    text = "个案{1:SHORTANSWER:=工作~%50%辅导#部分}的{2:SA:%100%方法~=办法\\}}。"
    entry = only(
        QUIZ
        % f'<question type="cloze"><name><text>C</text></name><questiontext format="plain_text"><text>{text}</text></questiontext></question>'
    )
    assert entry.draft is not None
    assert entry.draft.stem_zh == "个案____的____。"
    assert [[one.text for one in blank] for blank in load_blanks(entry.draft.answer)] == [["工作", "辅导"], ["方法", "办法}"]]
    assert entry.draft.marks == 3
    assert "各空均分" in repairs(entry)


# --- the text form


@pytest.mark.parametrize(
    ("text", "answer", "options"),
    [
        ("1. 题（ AB ）。\nA、甲\nB、乙\nC、丙", "AB", 3),
        ("1. 题（ ）。【答案】AB\nA、甲\nB、乙\nC、丙", "AB", 3),
        ("1．题（　）。\nＡ．甲\nＢ．乙\nＣ．丙\n答案：Ａ、Ｂ。", "AB", 3),
        ("1、题\nA.甲 B.乙 C.丙\n【正确答案】ab", "AB", 3),
        ("1、题 A、甲 B、乙 C、丙 【参考答案】：AB 【解析】略", "AB", 3),
        ("(1). 题\n(A)甲\n(B)乙\n(C)丙\n【答案】 A B", "AB", 3),
        ("1. 题\n\nA. 甲\n\nB. 乙\n\nC. 丙\n\n【答案】AB", "AB", 3),
        ("1. 题\n【解析】先写解析\n【答案】AB\nA、甲\nB、乙\nC、丙", "AB", 3),
        ("1. 题\nA、甲\nB、乙\nC、丙【答案】AB", "AB", 3),
        ("1. 题\nA、甲\n接着写\nB、乙\nC、丙\n【答案】AB\n【答案】AB", "AB", 3),
    ],
)
def test_the_answer_is_found_in_odd_places(text: str, answer: str, options: int) -> None:
    entry = only(text)
    assert entry.draft is not None, faults(entry)
    assert (entry.draft.answer, len(entry.draft.options), entry.draft.kind) == (answer, options, QuestionKind.MULTIPLE)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1. 题\nA、甲\nB、乙\n", "没有写答案"),
        ("1. 题\nA、甲\nB、乙\n【答案】C", "超出选项 A—B"),
        ("1. 题\nA、甲\nB、乙\n【答案】A\n【答案】B", "两个不同的答案"),
        ("1. 题\nA、甲\n【答案】A", "至少要有两个选项"),
        ("1. 题\nA、甲\nB、甲\n【答案】A", "一模一样"),
        ("1. 题\nA、甲\nB、乙\n【答案】A\n【难度】九", "难度"),
        ("1. 题\nA、甲\nB、乙\n【答案】A\n【分值】零", "分值"),
        ("一、判断题\n1. 题【答案】也许", "T 或 F"),
        ("一、案例分析题\n1. 材料\n【答案】略", "没有小题"),
        ("1. " + "长" * 20_000 + "\nA、甲\nB、乙\n【答案】A", "超过 10000 字"),
    ],
)
def test_a_text_that_cannot_be_used_says_why(text: str, reason: str) -> None:
    entry = only(text)
    assert entry.draft is None
    assert reason in faults(entry)


def test_headings_give_kind_and_marks_and_lists_in_a_stem_begin_no_question() -> None:
    text = (
        "2026年模拟卷\n一、单项选择题（共2题，每题1分）\n1. 下列做法：\n（1）倾听\n（2）指责\n恰当的是（ ）。\nA、（1）\nB、（2）\n【答案】A\n"
        "2. 3.5倍是（ ）。\nA、多\nB、少\n【答案】B\n二、多项选择题（每小题2分）\n1. 有（ ）。\nA、甲\nB、乙\n【答案】AB\n"
        "三、判断题\n1. 对。（√）\n四、填空题（每空3分）\n1. ____和____。\n【答案】甲；乙|丙\n五、简答题\n1. 简述。（10分）\n【答案】要点\n"
    )
    file = read_bank(text.encode(), field_codes=FIELDS)
    drafts = [entry.draft for entry in file.entries]
    assert all(drafts), [faults(entry) for entry in file.entries]
    assert [draft.kind.value for draft in drafts if draft] == [
        "single",
        "single",
        "multiple",
        "true_false",
        "short_text",
        "essay",
    ]
    assert [str(draft.marks) for draft in drafts if draft] == ["1", "1", "2", "1", "3", "10"]
    assert drafts[-1] is not None
    assert drafts[-1].explanation_zh == "要点"
    assert "不属于任何一题" in str(file.notes[0])


def test_a_case_in_the_text_form() -> None:
    text = "一、案例分析题\n1. 崔奶奶独居。\n（1）分析风险。（6分）\n【答案】走失\n（2）首先（ ）。\nA、评估\nB、离开\n【答案】A\n【分值】4\n"
    entry = only(text)
    assert entry.draft is not None, faults(entry)
    assert (entry.draft.kind, str(entry.draft.marks)) == (QuestionKind.CASE, "10")
    assert [(part["kind"], part["marks"], part.get("answer")) for part in entry.draft.sub_questions] == [
        ("essay", "6", None),
        ("single", "4", "A"),
    ]


# --- tables


def test_one_row_an_option_in_csv_with_cells_left_blank_below_the_first() -> None:
    text = (
        "题号,题型,题干,左项,选项内容,是否正确,分值\nA1,单选题,题,,甲,否,1\n,,,,乙,是,\nB1,,多,,一,√,2\nB1,,多,,二,√,\nB1,,多,,三,×,\n"
        "C1,连线题,连,左一,右一,,2\nC1,,,左二,右二,,\nC1,,,,右三,,\nD1,排序题,排,,第二,2,2\nD1,,,,第一,1,\n"
    )
    file = read_bank(text.encode("gbk"), field_codes=FIELDS)
    assert file.format is BankFormat.OPTION_ROWS
    found = {entry.code: entry.draft for entry in file.entries}
    assert [(code, draft.answer) for code, draft in found.items() if draft] == [
        ("A1", "B"),
        ("B1", "AB"),
        ("C1", "AB"),
        ("D1", "BA"),
    ]
    assert "没有写题型" in repairs(file.entries[1])


def test_a_number_twice_in_a_table_is_refused_with_the_row_of_the_first() -> None:
    _first, second = read("题号,题型,题干,选项A,选项B,答案\nX,单选题,题,甲,乙,A\nX,单选题,别的,甲,乙,B\n")
    assert "第 2 行已经出现" in faults(second)


def test_the_extra_of_a_stranger_is_checked_like_everything_else() -> None:
    head = "题号,题型,题干,选项A,选项B,答案,附加\nX,单选题,题,甲,乙,A,"
    for extra in ('"{"', '"[]"', '"{""scoring"":[1]}"', '"{""answer"":[""0"",""Z""]}"', '"' + "[" * 500 + '"'):
        entry = only(head + extra + "\n")
        assert entry.draft is not None
        assert entry.draft.answer == "A"
        assert entry.repairs
