"""GET /search: words in anything that was said."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from sojourn.api.answers import LIST_ERRORS, Json
from sojourn.api.dependencies import Readable, Served
from sojourn.api.filters import WHOLE, Text
from sojourn.api.models import SearchResults
from sojourn.app.views.search import search

router = APIRouter(prefix="/api/v1", tags=["sessions"])


@router.get("/search", response_model=SearchResults, responses=LIST_ERRORS)
def read_search(
    served: Served,
    where: Readable,
    q: Annotated[Text, Query(description="Words; all must occur together")],
    limit: Annotated[int, Query(ge=1, le=200), WHOLE] = 20,
) -> Json:
    """Passages with all words, newest sessions first."""
    return Json(search(served.ledger, served.events, where, q, limit))
