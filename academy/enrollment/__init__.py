"""Who sits in which class: applications, seats, quotas, the waiting list and its offers, rounds of central allocation.

Words: enrollment (报名: one person in one class), live (已录取、候补、待答复或审核中的), line (候补队伍: by priority, then by
number), offer (征询: a seat held for whoever is first, until she answers or its time is over), quota (名额: seats reserved
for an organization, a person type or both), nomination (推荐: a unit puts a person forward), review (审核), transfer
(转班), swap (互换), round (统一分配的一轮), choice (志愿), preview (预览: an allocation that another person approves).
Announces enrollment.placed (code, state), and of rounds enrollment.round_closed (round_id), .allocation_approved
(preview_id) and .round_ended (round_id: carried out or cancelled).
"""
