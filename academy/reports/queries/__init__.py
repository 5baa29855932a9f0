"""Every read of reports, one page a module. Nothing here writes."""
