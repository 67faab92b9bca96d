"""What a query string asks for, under each of the names that callers use."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.datastructures import QueryParams

from sojourn.app.errors import Invalid

MAX_VALUES = 20
MAX_CHARS = 512


@dataclass(frozen=True, slots=True)
class Asked:
    query: QueryParams

    def text(self, *names: str) -> str:
        return next(iter(self._given(names)), "")

    def values(self, *names: str) -> tuple[str, ...]:
        """Repeated, or with commas between them."""
        found = [one.strip() for value in self._given(names) for one in value.split(",")]
        if len(found) > MAX_VALUES:
            raise Invalid(f"{names[0]} takes at most {MAX_VALUES} values")
        return tuple(one for one in found if one)

    def whole(self, *names: str, default: int, least: int, most: int) -> int:
        text = self.text(*names)
        if not text:
            return default
        is_whole = text.isascii() and text.isdecimal() and len(text) < 16
        if not is_whole or not least <= int(text) <= most:
            raise Invalid(f"{names[0]} must be a whole number from {least} to {most}")
        return int(text)

    def _given(self, names: tuple[str, ...]) -> list[str]:
        found = [value for name in names for value in self.query.getlist(name) if value]
        if any(len(value) > MAX_CHARS for value in found):
            raise Invalid(f"{names[0]} is longer than {MAX_CHARS} characters")
        return [value.replace("\x00", "\ufffd") for value in found]  # PostgreSQL takes no NUL
