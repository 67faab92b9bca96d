"""Who comes in and what they may do: keys, logins, people, and the check at every route."""
