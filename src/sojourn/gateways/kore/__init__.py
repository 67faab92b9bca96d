"""Kore.ai's agent platform: sessions, traces, metrics and analysis of a project."""
