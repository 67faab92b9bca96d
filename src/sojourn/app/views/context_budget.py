"""How the input of a model call splits into system prompt, tools, context and messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

KINDS = ("system", "tools", "context", "messages")
CHARS_A_TOKEN = 4  # of English text; only the shares matter when tokens are known
CONTEXT_NAMES = frozenset({"memory", "context", "documents", "retrieval"})


class Piece(NamedTuple):
    """A block that was sent, without its text."""

    digest: str
    kind: str
    role: str
    name: str
    chars: int
    preview: str
    is_summary: bool  # it holds what a compaction left


def segments_of(pieces: Sequence[Piece]) -> dict[str, list[Piece]]:
    segments: dict[str, list[Piece]] = {kind: [] for kind in KINDS}
    has_spoken = False
    for piece in pieces:
        kind = segment_of(piece, has_spoken)
        has_spoken = has_spoken or kind == "messages"
        segments[kind].append(piece)
    return segments


def segment_of(piece: Piece, has_spoken: bool) -> str:
    """Instructions come before anybody speaks; what is put in between later is context."""
    if piece.kind == "tool_definition":
        return "tools"
    if piece.kind != "message" or piece.is_summary or piece.name.lower() in CONTEXT_NAMES:
        return "context"
    if piece.role == "system":
        return "context" if has_spoken else "system"
    return "messages"


def share(segments: dict[str, list[Piece]], input_tokens: int | None) -> dict[str, int]:
    """Tokens by kind. They add up to `input_tokens` where a model reported it."""
    chars = {kind: sum(piece.chars for piece in pieces) for kind, pieces in segments.items()}
    total_chars = sum(chars.values())
    if input_tokens is None or total_chars == 0:
        return {kind: -(-chars[kind] // CHARS_A_TOKEN) for kind in KINDS}
    exact = {kind: chars[kind] * input_tokens / total_chars for kind in KINDS}
    tokens = {kind: int(exact[kind]) for kind in KINDS}
    by_remainder = sorted(KINDS, key=lambda kind: exact[kind] - tokens[kind], reverse=True)
    for kind in by_remainder[: input_tokens - sum(tokens.values())]:
        tokens[kind] += 1
    return tokens
