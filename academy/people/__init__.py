"""Learners and the instructor pool: who they are, what they may teach, and the import of rosters.

Words: learner (学员), instructor (讲师, of the 师资库), roster (花名册: a spreadsheet of people to register), finding (what
reading one row of a roster showed), held level (the national qualification a person holds; recorded, never issued),
qualification (资格: a paper of an instructor; a renewal is a new row that supersedes the old one), appointment (聘任), absence.
Announces people.learners_merged (kept_id, merged_id), people.roster_uploaded (roster_id, run_id), people.roster_read,
.roster_decided, .roster_imported and .roster_discarded (roster_id).
"""
