"""What an attempt is worth: marking rules as dated data, result lists, results.

Words: a *result list* is one version of the results of a sitting; it is provisional, then confirmed by a second person, then
released. Scoring again makes a new version, the old one stays.

Announces `scoring.results_confirmed` (sitting_id) and `scoring.results_released` (sitting_id).
"""
