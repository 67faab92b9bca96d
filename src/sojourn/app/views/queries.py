"""What someone types into the search box: `agent:planner status:failed refund`, split into filters and words."""

from __future__ import annotations

import re
from typing import NamedTuple

MAX_QUERY_CHARS = 1000
FIELDS = {
    "agent": "agent",
    "channel": "channel",
    "status": "status",
    "model": "model",
    "env": "environment",
    "environment": "environment",
    "service": "service",
    "origin": "origin",
    "kind": "kind",
    "trigger": "trigger_type",
    "source": "source",
    "experiment": "experiment",
    "variant": "variant",
    "key": "key",
    "goal": "goal",
    "user": "user",
}
_TOKEN = re.compile(r'(?:(\w+):)?(?:"([^"]*)"|(\S+))')


class TypedQuery(NamedTuple):
    fields: dict[str, tuple[str, ...]]  # by the name of the filter
    words: str  # what is left, to be found in a session's row or its content
    content_words: str  # after text: only in content


def typed_query(q: str) -> TypedQuery:
    """A prefix that is no field is a word: keys and URLs hold colons."""
    fields: dict[str, tuple[str, ...]] = {}
    words: list[str] = []
    content: list[str] = []
    for match in _TOKEN.finditer(q[:MAX_QUERY_CHARS]):
        prefix, quoted, bare = match.groups()
        value = quoted if quoted is not None else bare
        name = FIELDS.get((prefix or "").lower())
        if prefix and prefix.lower() == "text":
            content.append(value)
        elif name is None or not value:
            words.append(match.group().replace('"', ""))
        else:
            fields[name] = (*fields.get(name, ()), value)
    return TypedQuery(fields, " ".join(words).strip(), " ".join(content).strip())
