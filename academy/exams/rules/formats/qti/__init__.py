"""QTI 2.1, 2.2 and 3.0 item packages: what the three have in common is read and written by the same code."""
