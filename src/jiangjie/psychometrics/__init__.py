"""What answers say about items, tests and people: plain NumPy, no database, no screen."""
