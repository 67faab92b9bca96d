"""All read routes, in the order that lets paths with keys be told apart: what is most specific comes first."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from sojourn.api import events, exports, facets, search, session_views, sessions, stats
from sojourn.api.filters import each_once

router = APIRouter(dependencies=[Depends(each_once)])
for module in (facets, exports, events, session_views, stats, search, sessions):
    router.include_router(module.router)
