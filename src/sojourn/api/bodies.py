"""Request bodies: read and decompressed within limits, and never more of them at once than there is room for."""

from __future__ import annotations

import asyncio
import sys
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any, TypeVar

from fastapi import Request

from sojourn.app.errors import Malformed, Overloaded, TooLarge, Unsupported

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Decoded = TypeVar("Decoded")
STEP_BYTES = 1 << 20  # decompressed at a time, so that a bomb is noticed before memory grows
MAX_WINDOW_LOG = 27  # a zstd frame may ask for a window of 128 MiB at most
RETRY_AFTER_S = 1
GZIP_BITS, ZLIB_BITS, RAW_BITS = 31, 15, -15


class Room:
    """Bytes of request bodies in memory, over all requests."""

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self.taken_bytes = 0
        self._lock = Lock()

    def take(self, size: int) -> None:
        with self._lock:
            if self.taken_bytes + size > self.limit_bytes:
                raise Overloaded(RETRY_AFTER_S, "too many bytes are being received at once, try again")
            self.taken_bytes += size

    def give_back(self, size: int) -> None:
        with self._lock:
            self.taken_bytes -= size


@dataclass(slots=True)
class Share:
    """What one request takes of the room."""

    room: Room
    taken_bytes: int = 0

    def grow(self, size: int) -> None:
        self.room.take(size)
        self.taken_bytes += size


class Bodies:
    """Reads bodies, and decodes them on a few threads beside the event loop."""

    def __init__(self, max_body_bytes: int, max_bytes_in_flight: int, threads: int) -> None:
        self.max_body_bytes = max_body_bytes
        self.room = Room(max(max_bytes_in_flight, 2 * max_body_bytes))  # the largest body fits, packed and unpacked
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="decode")

    @asynccontextmanager
    async def read(self, request: Request, decode: Callable[[bytes], Decoded]) -> AsyncIterator[Decoded]:
        """What `decode` makes of the body. Its bytes count as in flight until the block ends."""
        encoding = encoding_of(request)
        share = Share(self.room)
        try:
            packed = await self._receive(request, share)
            yield await self.run(lambda: decode(unpack(encoding, packed, self.max_body_bytes, share)))
        finally:
            self.room.give_back(share.taken_bytes)

    async def run(self, work: Callable[[], Decoded]) -> Decoded:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _receive(self, request: Request, share: Share) -> bytes:
        announced = request.headers.get("content-length", "")
        if announced.isdecimal() and int(announced) > self.max_body_bytes:
            raise too_large(self.max_body_bytes)
        chunks: list[bytes] = []
        async for chunk in request.stream():
            share.grow(len(chunk))
            if share.taken_bytes > self.max_body_bytes:
                raise too_large(self.max_body_bytes)
            chunks.append(chunk)
        return b"".join(chunks)


def encoding_of(request: Request) -> str:
    """gzip, deflate, zstd or "" for none."""
    names = [name.strip().lower() for name in ",".join(request.headers.getlist("content-encoding")).split(",")]
    named = [name for name in names if name and name != "identity"]
    if len(named) > 1:
        raise Unsupported("a body may be compressed once, not several times over")
    if named and named[0] not in UNPACKERS:
        raise Unsupported(f"content encoding {named[0][:40]!r} is not one of: {', '.join(UNPACKERS)}, identity")
    return named[0] if named else ""


def unpack(encoding: str, packed: bytes, limit_bytes: int, share: Share) -> bytes:
    if not encoding or not packed:
        return packed
    pieces: list[bytes] = []
    total = 0
    try:
        for piece in UNPACKERS[encoding](packed):
            total += len(piece)
            if total > limit_bytes:
                raise too_large(limit_bytes)
            share.grow(len(piece))
            pieces.append(piece)
    except (zlib.error, zstd.ZstdError, EOFError) as error:
        raise Malformed(f"the body is no valid {encoding}: {error}") from error
    return b"".join(pieces)


def too_large(limit_bytes: int) -> TooLarge:
    return TooLarge(f"the body is larger than {limit_bytes} bytes, decompressed", {"max_body_bytes": limit_bytes})


def _gunzip(packed: bytes) -> Iterator[bytes]:
    while packed:
        unpacker = zlib.decompressobj(GZIP_BITS)
        yield from _inflate(unpacker, packed)
        packed = unpacker.unused_data  # a gzip file may have several members


def _undeflate(packed: bytes) -> Iterator[bytes]:
    """deflate means zlib's form, but some senders leave out its header."""
    has_header = packed[0] & 0x0F == zlib.DEFLATED and int.from_bytes(packed[:2], "big") % 31 == 0
    yield from _inflate(zlib.decompressobj(ZLIB_BITS if has_header else RAW_BITS), packed)


def _inflate(unpacker: Any, packed: bytes) -> Iterator[bytes]:
    yield unpacker.decompress(packed, STEP_BYTES)
    while not unpacker.eof:
        piece = unpacker.decompress(unpacker.unconsumed_tail, STEP_BYTES)
        if not piece and not unpacker.unconsumed_tail and not unpacker.eof:
            raise EOFError("it is cut off")
        yield piece


def _unzstd(packed: bytes) -> Iterator[bytes]:
    options: dict[int, int] = {zstd.DecompressionParameter.window_log_max: MAX_WINDOW_LOG}
    while packed:
        unpacker = zstd.ZstdDecompressor(options=options)
        yield unpacker.decompress(packed, STEP_BYTES)
        while not unpacker.eof:
            if unpacker.needs_input:
                raise EOFError("it is cut off")
            yield unpacker.decompress(b"", STEP_BYTES)
        packed = unpacker.unused_data


UNPACKERS: dict[str, Callable[[bytes], Iterator[bytes]]] = {"gzip": _gunzip, "deflate": _undeflate, "zstd": _unzstd}
