"""Views: what a person reads of sessions, shaped for the API."""
