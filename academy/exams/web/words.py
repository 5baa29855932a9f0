"""The sentences that exam.js shows, in the reader's language."""

from flask_babel import gettext as _


def exam_words() -> dict[str, str]:
    """By name; {places} are filled in by the script."""
    return {
        "saved": _("服务器已收到"),
        "saving": _("正在上传"),
        "kept": _("本机已存，待上传"),
        "typing": _("正在写，稍后自动上传"),
        "blank": _("还没有作答"),
        "blank_label": _("第 {n} 空"),
        "number_label": _("答案（一个数）"),
        "essay_label": _("您的作答"),
        "written": _("已写 {n} 字，最多 20000 字"),
        "none_chosen": _("还没有选"),
        "no_place": _("还没有排"),
        "place_label": _("第 {n} 位"),
        "offline": _("网络断开 {seconds} 秒，可以继续作答。"),
        "offline_more": _(
            "第 {pending} 题已存在本机，连上后自动上传；此前 {received} 题服务器都已收到。钟表按服务器时间走，断线不停。"
        ),
        "offline_none": _("新的作答会先存在本机，连上后自动上传；{received} 题服务器都已收到。钟表按服务器时间走，断线不停。"),
        "back": _("网络恢复，{count} 题都已上传。"),
        "signed_out": _("登录已过期，答案都存在本机。请在新窗口登录，回到这一页会自动上传。"),
        "opened": _("这份卷子在另一个窗口打开了。请只用一个窗口作答，先存的算数，另一个会被拒收。"),
        "stale": _("您在别的窗口或设备上接着答过这份卷子，这个窗口已停用，没有改动任何答案。"),
        "stale_lost": _("这个窗口里第 {pending} 题没有存上，请在最新的页面里再答一遍。"),
        "reload": _("在这里继续"),
        "elsewhere": _("这份卷子已凭换机码转到另一台设备，这里已停用，没有改动任何答案。"),
        "enter_code": _("在这台设备上继续，需要换机码"),
        "five": _("还剩 5 分钟。"),
        "one": _("还剩 1 分钟，到点自动交卷。"),
        "over": _("时间到，正在交卷。"),
        "unsent": _("还有 {count} 题没有传到服务器，连上后再交卷。"),
        "all_answered": _("题都答完了。"),
        "position": _("第 {n} 题"),
        "answered": _("已答"),
        "unanswered": _("未答"),
        "pending": _("待上传"),
        "flagged": _("已标记"),
        "current": _("当前"),
        "comma": _("，"),
        "list": _("、"),
        "refused": _("第 {n} 题没有存上：{why}"),
    }
