"""Reading what other programs kept of their people: tables and files, a row at a time."""
