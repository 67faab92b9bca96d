"""What may be started by name, what starts it, and starting it."""
