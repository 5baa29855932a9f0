"""Who was there, and the ledger of credited hours.

Words: mark (考勤: one person in one session; a correction is a new version, the first stays), credit entry (学时记录,
append-only, also in the database; a correction is a counter entry and a new credit), teaching hour (学时, 45 minutes; minutes
are stored), registration period (登记有效期, three years), conversion (折算: something else counts as hours), decree (文件: one
act for a set of people that can be undone), shortfall (what a requirement still asks for).
Announces attendance.marked (session_id).
"""
