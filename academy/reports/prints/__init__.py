"""What is printed for a class: notices, lists, plans, cards and proofs as PDF, and the list of its file.

`forms` says which forms there are, who may print each and what each needs; `dossier` and `records` read; `layout` decides
about seats, half-days and weeks; `facts_*` put together what a template (academy/documents) is given; `making` renders.
What is printed is Chinese, whoever asks.
"""
