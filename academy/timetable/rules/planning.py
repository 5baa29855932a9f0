"""Whether a session may be planned, what stands in its way, and the nearest times at which nothing does. Pure."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from academy.core.clock import local
from academy.core.text import N_, Text
from academy.core.wording import MINUTES_PER_HOUR
from academy.sites.rules import clock_words, day_minute
from academy.timetable.rules.board import Away, Board, Held, Obstacle, ObstacleKind, PlaceFacts, Wanted, week_of
from academy.timetable.rules.clashes import LOOK_BACK, REACH, Clash, Spot, Taken, find_meeting

GRID_MINUTES = 10  # proposals begin on this grid
MOST_PROPOSALS = 3
PROPOSE_WITHIN = timedelta(days=60)


def find_obstacles(wanted: Wanted, board: Board) -> list[Obstacle]:
    """Everything that stands in the way of a session, the nearest to the point first; empty: it may be planned."""
    place = board.places[wanted.room_id]
    spot = Spot(wanted.starts_at, wanted.ends_at, place.site_id)
    return [
        *_dates(wanted, board),
        *_own(spot, board),
        *(_room(wanted.room_id, spot, place, board) if wanted.room_id is not None else ()),
        *(found for id_ in wanted.instructor_ids for found in _instructor(id_, wanted, spot, board)),
        *_opening(wanted, place),
        *_suits(wanted, place, board),
    ]


def judge(wanted: Iterable[tuple[Wanted, str]], board: Board) -> list[list[Obstacle]]:
    """What stands in the way of each of several sessions (with their titles), each planned before the next if it may be."""
    verdicts: list[list[Obstacle]] = []
    for one, title in wanted:
        obstacles = find_obstacles(one, board)
        if not obstacles:
            board.add(one, title)
        verdicts.append(obstacles)
    return verdicts


def may_be_planned(wanted: Wanted, board: Board) -> bool:
    """Whether nothing stands in the way."""
    return not find_obstacles(wanted, board)


def _dates(wanted: Wanted, board: Board) -> Iterator[Obstacle]:
    day = local(wanted.starts_at).date()
    if not board.first_day <= day <= board.last_day:
        yield Obstacle(
            ObstacleKind.DATES,
            Text(N_("%(day)s不在这个班的日期里（%(first)s—%(last)s）。"), day=day, first=board.first_day, last=board.last_day),
            Text(N_("换一个日期，或先改班次的日期。")),
        )


def _near(held: Sequence[Held], spot: Spot) -> Sequence[Held]:
    since = bisect_left(held, spot.starts_at - LOOK_BACK, key=lambda one: one.starts_at)
    until = bisect_left(held, spot.ends_at + REACH, key=lambda one: one.starts_at)
    return held[since:until]


def span_words(starts_at: datetime, ends_at: datetime) -> Text:
    """2026年12月7日（周一）08:30—10:10."""
    until = local(ends_at)
    return Text(N_("%(at)s—%(until)s"), at=starts_at, until=f"{until.hour:02}:{until.minute:02}")


def _own(spot: Spot, board: Board) -> Iterator[Obstacle]:
    for held in _near(board.own, spot):
        clash = find_meeting(spot, held.taken, board.times)
        if clash is None:
            continue
        when = span_words(clash.starts_at, clash.ends_at)
        rule = board.repeats.get(held.session_id)
        if clash.travel_minutes:
            text = N_("这个班%(when)s在另一个教学点上“%(session)s”，两地路上要 %(minutes)s 分钟，学员赶不到。")
            say = Text(text, when=when, session=clash.session_title, minutes=clash.travel_minutes)
        elif rule is not None:
            say = Text(N_("这个班%(when)s已有“%(session)s”，来自%(rule)s。"), when=when, session=clash.session_title, rule=rule)
        else:
            say = Text(N_("这个班%(when)s已有“%(session)s”。"), when=when, session=clash.session_title)
        yield Obstacle(ObstacleKind.OWN, say, Text(N_("换一个时间，或先移动那一次课。")), clash)


def _room(room_id: int, spot: Spot, place: PlaceFacts, board: Board) -> Iterator[Obstacle]:
    for one in _near(board.rooms.get(room_id, ()), spot):
        if one.taken.class_id == board.class_id:  # said already: the class itself is there
            continue
        if spot.starts_at < one.taken.ends_at and one.starts_at < spot.ends_at:
            who = Text(N_("教室“%(name)s”"), name=place.name)
            yield Obstacle(
                ObstacleKind.ROOM, _taken_words(who, one.taken), Text(N_("换一个时间，或换一间教室。")), one.taken.as_clash()
            )


def _taken_words(who: Text, taken: Taken) -> Text:
    return Text(
        N_("%(who)s%(when)s已排给“%(title)s”（%(code)s）的“%(session)s”。"),
        who=who,
        when=span_words(taken.starts_at, taken.ends_at),
        title=taken.class_title,
        code=taken.class_code,
        session=taken.session_title,
    )


def _instructor(instructor_id: int, wanted: Wanted, spot: Spot, board: Board) -> Iterator[Obstacle]:
    facts = board.instructors[instructor_id]
    who = Text(N_("讲师%(name)s"), name=facts.name)
    for one in _near(board.teaching.get(instructor_id, ()), spot):
        is_own = one.taken.class_id == board.class_id  # said already
        clash = None if is_own else find_meeting(spot, one.taken, board.times)
        if clash is not None:
            yield Obstacle(
                ObstacleKind.INSTRUCTOR, _meeting_words(who, one.taken, clash), Text(N_("换一个时间，或换一位讲师。")), clash
            )
    for away in facts.away:
        if spot.starts_at < away.ends_at and away.starts_at < spot.ends_at:
            yield Obstacle(ObstacleKind.ABSENCE, _away_words(who, away), Text(N_("换一个时间，或换一位讲师。")))
    yield from _week(instructor_id, who, wanted, board)


def _meeting_words(who: Text, taken: Taken, clash: Clash) -> Text:
    if not clash.travel_minutes:
        return _taken_words(who, taken)
    return Text(
        N_("%(who)s%(when)s在另一个教学点上“%(title)s”（%(code)s）的“%(session)s”，两地路上要 %(minutes)s 分钟。"),
        who=who,
        when=span_words(taken.starts_at, taken.ends_at),
        title=taken.class_title,
        code=taken.class_code,
        session=taken.session_title,
        minutes=clash.travel_minutes,
    )


def _away_words(who: Text, away: Away) -> Text:
    if away.reason:
        text = N_("%(who)s从%(since)s到%(until)s不能上课：%(reason)s。")
        return Text(text, who=who, since=away.starts_at, until=away.ends_at, reason=away.reason)
    return Text(N_("%(who)s从%(since)s到%(until)s不能上课。"), who=who, since=away.starts_at, until=away.ends_at)


def _week(instructor_id: int, who: Text, wanted: Wanted, board: Board) -> Iterator[Obstacle]:
    most, week = board.instructors[instructor_id].most_minutes, week_of(wanted.starts_at)
    held = board.teaching.get(instructor_id, ())
    planned = sum(one.minutes for one in held if week_of(one.starts_at) == week)
    if planned + wanted.minutes > most:
        yield Obstacle(
            ObstacleKind.WEEK,
            Text(
                N_("%(who)s那一周已排 %(planned)s 学时，每周最多 %(most)s 学时。"),
                who=who,
                planned=planned // MINUTES_PER_HOUR,
                most=most // MINUTES_PER_HOUR,
            ),
            Text(N_("换到另一周，或换一位讲师。")),
        )


def _opening(wanted: Wanted, place: PlaceFacts) -> Iterator[Obstacle]:
    where = Text(N_("教室“%(name)s”"), name=place.name) if place.name else Text(N_("这个教学点"))
    if not place.hours.covers(wanted.starts_at, wanted.ends_at):
        day = local(wanted.starts_at).date()
        hours = place.hours.on(day)
        if hours is None:
            say = Text(N_("%(where)s%(day)s不开放。"), where=where, day=day)
        else:
            span = (clock_words(hours.opens), clock_words(hours.closes))
            say = Text(N_("%(where)s%(day)s只开放 %(opens)s—%(closes)s。"), where=where, day=day, opens=span[0], closes=span[1])
        yield Obstacle(ObstacleKind.HOURS, say, Text(N_("换到开放时间之内，或换一间教室。")))
    for closure in place.closures:
        if closure.touches(wanted.starts_at, wanted.ends_at):
            say = Text(
                N_("%(where)s从%(since)s到%(until)s停用：%(reason)s。"),
                where=where if closure.room_id is not None else Text(N_("这个教学点")),
                since=closure.starts_at,
                until=closure.ends_at,
                reason=closure.reason,
            )
            yield Obstacle(ObstacleKind.CLOSURE, say, Text(N_("换一个时间，或换一间教室。")))


def _suits(wanted: Wanted, place: PlaceFacts, board: Board) -> Iterator[Obstacle]:
    if place.capacity is not None and place.capacity < board.seats:
        text = N_("教室“%(name)s”只容 %(capacity)s 人，这个班有 %(seats)s 席。")
        say = Text(text, name=place.name, capacity=place.capacity, seats=board.seats)
        yield Obstacle(ObstacleKind.CAPACITY, say, Text(N_("换一间大的教室。")))
    missing = [one for one in wanted.equipment if one not in place.equipment]
    if missing and wanted.room_id is not None:
        say = Text(N_("教室“%(name)s”没有：%(missing)s。"), name=place.name, missing="、".join(missing))
        yield Obstacle(ObstacleKind.EQUIPMENT, say, Text(N_("换一间有这些设备的教室。")))


def nearest_free(wanted: Wanted, board: Board, *, not_before: datetime, most: int = MOST_PROPOSALS) -> list[Wanted]:
    """The nearest times at which the same session may be planned, none overlapping another, the nearest first.

    Inside the place's hours and the class's days, never before `not_before`.
    """
    found: list[Wanted] = []
    for starts_at in _starts(wanted, board, not_before):
        other = wanted.moved(starts_at)
        if any(other.starts_at < one.ends_at and one.starts_at < other.ends_at for one in found):
            continue
        if may_be_planned(other, board):
            found.append(other)
            if len(found) == most:
                break
    return found


def _starts(wanted: Wanted, board: Board, not_before: datetime) -> Iterable[datetime]:
    """Times to try, the nearest to the wanted one first."""
    hours, length = board.places[wanted.room_id].hours, wanted.ends_at - wanted.starts_at
    middle = local(wanted.starts_at).date()
    first, last = max(board.first_day, middle - PROPOSE_WITHIN), min(board.last_day, middle + PROPOSE_WITHIN)
    starts: list[datetime] = []
    for n in range((last - first).days + 1):
        day = first + timedelta(days=n)
        open_ = hours.to_propose(day)
        if open_ is None:
            continue
        at, until = day_minute(day, -(-open_.opens // GRID_MINUTES) * GRID_MINUTES), day_minute(day, open_.closes) - length
        while at <= until:
            if at >= not_before:
                starts.append(at)
            at += timedelta(minutes=GRID_MINUTES)
    return sorted(starts, key=lambda at: (abs(at - wanted.starts_at), at))
