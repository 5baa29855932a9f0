"""When: training classes, their sessions, and the bookings of rooms and instructors.

Words: training class (班次, a run of a program), run (期), session (课次), booking (占用: one room or instructor for one span
of time), line (候补队伍; its numbers are drawn here, under the lock of the class's row), need (授课需求: an instructor
is wanted for sessions of a class), candidate (人选: who was invited to a need or applied for it).
Announces timetable.class_opened, .class_started, .class_closed and .class_cancelled (class_id); of classes that are open or
running, timetable.session_changed (added or moved) and .session_cancelled (session_id).
"""
