"""All assessors look at one trace, each for as long as it may; whoever fails or is late is noted as failed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

import httpx

from sojourn.app.assessors.detectors import detect
from sojourn.app.assessors.rules import CannotTell, judge_by_rule
from sojourn.app.assessors.services import ask_judge, ask_webhook
from sojourn.app.assessors.trace_documents import TraceDocument
from sojourn.app.control.summaries import SummariserSettings
from sojourn.domain.assessments import JUDGE_TIMEOUT_S, WEBHOOK_TIMEOUT_S, Assessment, Assessor, AssessorKind, Verdict

LOCAL_TIMEOUT_S = 10.0  # of a rule or detector
TIMEOUTS_S = {AssessorKind.WEBHOOK: WEBHOOK_TIMEOUT_S, AssessorKind.JUDGE: JUDGE_TIMEOUT_S}
MAX_REASON_CHARS = 500


class Panel:
    def __init__(self, judge: SummariserSettings, clock: Callable[[], int]) -> None:
        self._judge = judge
        self._clock = clock
        self._client = httpx.AsyncClient(timeout=max(TIMEOUTS_S.values()))

    async def close(self) -> None:
        await self._client.aclose()

    async def assess(self, assessors: Sequence[Assessor], trace: TraceDocument) -> list[Assessment]:
        return list(await asyncio.gather(*(self._ask(assessor, trace) for assessor in assessors)))

    async def _ask(self, assessor: Assessor, trace: TraceDocument) -> Assessment:
        began_s = time.monotonic()
        timeout_s = float(
            assessor.config.get("timeout_s") or TIMEOUTS_S.get(AssessorKind(assessor.kind), LOCAL_TIMEOUT_S)
        )
        try:
            async with asyncio.timeout(timeout_s):
                verdict = await self._verdict(assessor, trace)
        except TimeoutError:
            verdict = Verdict(None, f"it said nothing within {timeout_s:g} s")
        except CannotTell as failure:
            verdict = Verdict(None, str(failure)[:MAX_REASON_CHARS])
        except Exception as failure:  # noqa: BLE001  one assessor's fault is not the others'
            verdict = Verdict(None, f"it failed: {type(failure).__name__}: {failure}"[:MAX_REASON_CHARS])
        return Assessment(assessor, verdict, self._clock(), (time.monotonic() - began_s) * 1e3)

    async def _verdict(self, assessor: Assessor, trace: TraceDocument) -> Verdict:
        match AssessorKind(assessor.kind):
            case AssessorKind.RULE:
                return await asyncio.to_thread(judge_by_rule, assessor, trace.body)
            case AssessorKind.DETECTOR:
                return await asyncio.to_thread(detect, assessor, trace.body["text"])
            case AssessorKind.WEBHOOK:
                return await ask_webhook(self._client, assessor, trace.body)
            case AssessorKind.JUDGE:
                return await ask_judge(self._client, self._judge, assessor, trace.body)
