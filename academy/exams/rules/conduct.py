"""What a candidate confirms before entering, and reads on the admission ticket. Pure.

A wording is known by the fingerprint of its Chinese sentences, figures filled in: what was confirmed can be read again.
"""

import hashlib
from collections.abc import Sequence

from academy.core.text import N_, Text

DOORS_OPEN = 30  # minutes before the start


def conduct_rules(*, minutes: int, entry_minutes: int | None, has_rooms: bool) -> tuple[Text, ...]:
    """The rules of a sitting of so many minutes; what is about doors and tables only where there are rooms."""
    rules = []
    if has_rooms:
        rules.append(Text(N_("凭准考证和有效身份证件原件入场，两证缺一不可。")))
        rules.append(Text(N_("开考前 %(before)s 分钟开始入场，按准考证上的座位就座，不自行换座。"), before=DOORS_OPEN))
    if entry_minutes is not None:
        rules.append(Text(N_("开考 %(entry)s 分钟后不再入场。"), entry=entry_minutes))
    if has_rooms:
        rules.append(Text(N_("手机、智能手表等电子设备关机后放在指定位置，不带到座位。")))
    rules.append(Text(N_("独立作答，不交谈、不传递、不查阅资料，不请人代答。")))
    rules.append(Text(N_("从进入时起计时 %(minutes)s 分钟；断网、换机不停表，服务器已收到的答案不会丢失。"), minutes=minutes))
    if has_rooms:
        rules.append(Text(N_("机器或网络出了问题，请举手；监考员查明后按规定补时，补的时间立刻算进您的钟表。")))
    rules.append(Text(N_("试题不抄录、不拍摄、不外传。")))
    rules.append(Text(N_("交卷后不能再改；到点没有交的，按服务器已收到的答案自动收卷。")))
    return tuple(rules)


def version_of(sentences: Sequence[str]) -> str:
    """The fingerprint of a wording, 16 hexadecimal digits."""
    return hashlib.sha256("\n".join(sentences).encode()).hexdigest()[:16]
