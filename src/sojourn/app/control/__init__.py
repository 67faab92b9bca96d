"""Steering sessions: requests of operators, their way to the processes that run the sessions, and work for humans."""
