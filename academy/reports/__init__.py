"""Read-only numbers across all domains: start pages by role, the work list, the board, the audit trail, reports.

Owns the runs of reports (`report_run`, `report_file`) and nothing else. Announces `reports.requested`.
"""
