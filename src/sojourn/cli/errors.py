"""What a command cannot do anything about."""


class Unreachable(RuntimeError):
    """No server answers, or it answered with an error; the message is fit for a person."""
