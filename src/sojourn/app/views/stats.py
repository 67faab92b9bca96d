"""Tiles and charts over many sessions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sojourn.app.views.sessions import with_content
from sojourn.events.store import EventStore
from sojourn.ledger.filters import SessionFilter
from sojourn.ledger.ledger import Ledger
