"""Sessions of a project: the list, one of them, and what was said in it."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import Any

from sojourn.app.errors import Invalid, NotFound
from sojourn.app.views import agents, conversation, sessions, state
from sojourn.app.views.reading import Reading
from sojourn.app.views.session_rows import session_json
from sojourn.app.views.times import NS_PER_S, parse_time
from sojourn.domain.identity import DEFAULT_WORKSPACE
from sojourn.domain.sessions import Session
from sojourn.gateways import Services
from sojourn.gateways.kore.asking import Asked
from sojourn.gateways.kore.statuses import narrowed, projected
from sojourn.ledger.filters import SessionFilter

Json = dict[str, Any]
DEFAULT_PAGE, MAX_PAGE = 50, 200
MAX_OFFSET = 10_000  # further on, follow nextCursor
MAX_DURATION_MS = 2**53
MAX_CHANGES = 100  # of variables, in the detail of a session
RANGES_S = {"24h": 86_400, "7d": 7 * 86_400, "30d": 30 * 86_400, "90d": 90 * 86_400}
SORTS = {
    "startedAt": "started_at",
    "createdAt": "started_at",
    "lastActivityAt": "last_activity_at",
    "duration": "duration_ms",
    "durationMs": "duration_ms",
    "cost": "cost_usd",
    "messageCount": "message_count",
    "traceCount": "trace_count",
    "totalTokens": "total_tokens",
    "status": "status",
}
DRAFT, DEPLOYED = "draft", "deployed"
TOKENS = {
    "input": "input_tokens",
    "output": "output_tokens",
    "total": "total_tokens",
    "cacheRead": "cache_read_tokens",
    "cacheWrite": "cache_write_tokens",
    "reasoning": "reasoning_tokens",
}


def list_sessions(served: Services, workspace_id: str, project: str, asked: Asked) -> Json:
    """By cursor, or by page or offset as far as these reach."""
    chosen, sort = _filter(served, project, asked), _sort(asked)
    limit = asked.whole("limit", "pageSize", "page_size", default=DEFAULT_PAGE, least=1, most=MAX_PAGE)
    page = asked.whole("page", default=1, least=1, most=MAX_OFFSET)
    offset = asked.whole("offset", "skip", default=(page - 1) * limit, least=0, most=MAX_OFFSET)
    cursor = asked.text("cursor") or None
    found = sessions.list_sessions(
        served.ledger, served.events, workspace_id, chosen, sort=sort, limit=limit, cursor=cursor
    )
    rows, has_more = found["items"], found["next_cursor"] is not None
    if offset and not cursor:
        pages = sessions.session_pages(served.ledger, served.events, workspace_id, chosen, sort)
        every = (session for page in pages for session in page)
        rows = [session_json(session) for session in islice(every, offset, offset + limit)]
        has_more = offset + len(rows) < found["total"]
    return {
        "sessions": [session_row(row, project) for row in rows],
        "total": found["total"],
        "limit": limit,
        "offset": offset,
        "hasMore": has_more,
        "nextCursor": None if offset and not cursor else found["next_cursor"],
    }


def find(served: Services, workspace_id: str, project: str, id_or_key: str) -> Session:
    session = sessions.find_session(served.ledger, workspace_id, id_or_key)
    if not _is_everything(project) and session.service != project:
        raise NotFound(f"project {project[:100]} has no such session")
    return session


def session_detail(reading: Reading, project: str) -> Json:
    """Its row, who took part, what was passed on, and its variables."""
    part, variables = agents.agents(reading), state.state(reading, "", MAX_CHANGES)
    return {
        **session_row(session_json(reading.session), project),
        "workflowState": reading.session.status,
        "variables": {one["name"]: one["value"] for one in variables["variables"]},
        "stateChanges": variables["history"],
        "participants": part["participants"],
        "handoffs": part["handoffs"],
        "agentTree": part["tree"],
        "metadata": reading.session.metadata,
        "tags": reading.session.tags,
    }


def messages(reading: Reading, asked: Asked) -> Json:
    """The conversation, oldest first."""
    limit = asked.whole("limit", default=DEFAULT_PAGE, least=1, most=MAX_PAGE)
    page = conversation.Page(after=asked.text("cursor"), limit=limit, q=asked.text("search", "q"))
    found = conversation.conversation(reading, page)
    return {
        "messages": [_message(item) for item in found["items"]],
        "total": found["total"],
        "nextCursor": found["next_cursor"],
    }


def session_row(row: Json, project: str) -> Json:
    """`row` is a session in the form of our own list."""
    version = _said(row, "agent_version") or _said(row, "version")
    return {
        "sessionId": row["id"],
        "sessionKey": row["key"],
        "projectId": project,
        "agentId": row["agent_id"],
        "agents": row["agents"],
        "userId": row["user_id"],
        "environment": row["environment"],
        "channel": row["channel"],
        "version": version,
        "deployment": DRAFT if DRAFT in (version, row["environment"], _said(row, "deployment")) else DEPLOYED,
        "status": projected(row["status"], row["archived_at"] is not None),
        "statusReason": row["status_reason"],
        "endReason": row["end_reason"],
        "startedAt": row["started_at"],
        "lastActivityAt": row["last_activity_at"],
        "endedAt": row["ended_at"],
        "archivedAt": row["archived_at"],
        "durationMs": row["duration_ms"],
        "messageCount": row["message_count"],
        "traceCount": row["trace_count"],
        "eventCount": row["event_count"],
        "toolCallCount": row["tool_call_count"],
        "errorCount": row["error_count"],
        "handoffCount": row["handoff_count"],
        "cost": row["cost_usd"],
        "tokens": {name: row[ours] for name, ours in TOKENS.items()},
        "models": row["models"],
    }


def _filter(served: Services, project: str, asked: Asked) -> SessionFilter:
    after, before = asked.text("from", "startDate", "startTime"), asked.text("to", "endDate", "endTime")
    span = asked.text("range", "timeRange")
    if span and span not in RANGES_S:
        raise Invalid(f"range must be one of: {', '.join(RANGES_S)}")
    after_ns = parse_time(after, "from") if after else None
    if span and after_ns is None:
        after_ns = served.clock() - RANGES_S[span] * NS_PER_S
    least_ms = asked.whole("minDurationMs", "minDuration", default=0, least=0, most=MAX_DURATION_MS)
    chosen = SessionFilter(
        q=asked.text("search", "q", "query").replace(":", " "),  # Kore knows no `field:`, and keys hold colons
        agent=asked.values("agent", "agentId", "agentName"),
        environment=asked.values("environment", "env"),
        channel=asked.values("channel", "channelType"),
        user=asked.values("userId", "user"),
        started_after_ns=after_ns,
        started_before_ns=parse_time(before, "to") if before else None,
        min_duration_ms=least_ms or None,
    )
    if not _is_everything(project):
        chosen = replace(chosen, service=(project,))
    return narrowed(chosen, asked.values("status"))


def _is_everything(project: str) -> bool:
    """Other projects are the services that senders name."""
    return project == DEFAULT_WORKSPACE


def _sort(asked: Asked) -> str:
    name, order = asked.text("sortBy", "sort") or "startedAt", asked.text("sortOrder", "order") or "desc"
    if name not in SORTS:
        raise Invalid(f"sortBy must be one of: {', '.join(SORTS)}")
    if order not in ("asc", "desc"):
        raise Invalid("sortOrder must be asc or desc")
    return SORTS[name] if order == "asc" else f"-{SORTS[name]}"


def _said(row: Json, name: str) -> str:
    """What a sender put into tags or metadata."""
    return str(row["tags"].get(name) or row["metadata"].get(name) or "")


def _message(item: Json) -> Json:
    texts = [str(part.get("content") or "") for part in item["parts"] if part.get("type") == "text"]
    return {
        "messageId": item["id"],
        "kind": item["kind"],
        "role": item["role"],
        "content": "\n".join(texts),
        "timestamp": item["at"],
        "agentId": item["agent_id"],
        "spanId": item["event_id"],
        "model": item["model"],
        "tool": item["tool"],
    }
