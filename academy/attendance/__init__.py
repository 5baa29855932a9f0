"""Who was there, and the ledger of credited hours.

Words: mark (考勤: one person in one session; a correction is a new version, the first stays), credit entry (学时记录,
append-only; a correction is a counter entry and a new credit), fee statement (课酬单: one instructor's month, frozen when it
is confirmed), teaching hour (学时, 45 minutes; minutes are stored).
Announces attendance.marked (session_id).
"""
