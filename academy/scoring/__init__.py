"""What an attempt is worth: marking rules as dated data, result lists, results, and what is decided about them later.

Words: a *result list* is one version of the results of a sitting; it is provisional, then confirmed by a second person, then
released, at once or at an instant that was set. Scoring again makes a new version, the old one stays. A list names its *basis*:
rule, pass mark, paper key, adjustment. A *paper key* is a version of the key of a paper that has been sat; a *change* is a
decision of two people that makes a new version; a *hold* keeps one person's result back from a release.

Announces `scoring.results_confirmed` (sitting_id), `scoring.results_released` (sitting_id) and `scoring.results_changed`
(sitting_id, change_id). Pages of scoring ask `app.extensions["scoring.certificates"]` what rests on a result.
"""
