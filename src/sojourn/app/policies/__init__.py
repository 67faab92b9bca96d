"""Policies over every session: the set that is in force, what fires, and what is done about it."""
