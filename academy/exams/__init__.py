"""What is asked and what was answered: the question bank, papers, sittings, attempts and their answers.

Words: a *question* has versions; a *paper* pins one version for each position, with the key it is marked by; a *sitting* is a
paper in a window for a class, with *rooms*, *seats*, *invigilators* and a log of *incidents*; a *slot* is one that candidates
book themselves; an *attempt* is one learner's sitting of it, online or on paper; a *practice* run is for oneself alone.

Announces `exams.attempt_submitted` (attempt_id) and `exams.sitting_closed` (sitting_id).
"""
