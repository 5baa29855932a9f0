"""Who sits in which class: applications, seats, the waiting list.

Words: enrollment (报名: one person in one class), live (占着席位或在候补的), line (候补队伍), promotion (递补).
Announces enrollment.admitted and enrollment.ended (enrollment_id).
"""
