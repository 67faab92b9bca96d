"""Signals that are forwarded: channels, the outbox, webhooks and e-mail."""
