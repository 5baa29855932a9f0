"""Who was there, and the ledger of credited hours.

Words: mark (考勤: one person in one session; a correction is a new version with its reason, the first stays), opening
(签到: a time during which people check in, with a secret of its own), leave request (请假), make-up (补课: raises the
mark of what was missed), proposal (请假超限: leave exceeds the dated limit, a person decides), credit entry (学时记录,
append-only, also in the database; a correction is a counter entry and a new credit), registration period (登记有效期,
three years), conversion (折算: something else counts as hours), decree (文件: one act for a set of people that can be
undone), shortfall (what a requirement still asks for), fee statement (课酬单: one instructor's month, frozen when it
is confirmed), teaching hour (学时, 45 minutes; minutes are stored).
Rules that change with time stand in academy/data/attendance_rules.csv.
Announces attendance.marked (session_id), attendance.leave_changed (class_id).
"""
