"""Sojourn: see, understand and steer every session of your AI agents."""

__version__ = "0.1.0"
