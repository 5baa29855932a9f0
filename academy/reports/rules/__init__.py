"""Pure decisions and geometry of reports. No database, no clock, no Flask."""
