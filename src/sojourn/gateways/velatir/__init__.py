"""Velatir: review tasks, watches and traces, as its SDK and its n8n nodes send them."""
