"""Itential: agent sessions, automations, triggers and work items, as its platform serves them."""
