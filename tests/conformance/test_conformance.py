"""Each case in each way in which its bytes may arrive is a test; all have been played when the first one is looked at."""

import pytest

import http_framing
import http_requests
import stage
import websocket_close
import websocket_frames
import websocket_handshake
import websocket_limits
import websocket_text

BOOKS = [
    websocket_handshake.BOOK, websocket_frames.BOOK, websocket_text.BOOK, websocket_close.BOOK, websocket_limits.BOOK,
    http_framing.BOOK, http_requests.BOOK, http_requests.SEMANTICS,
]  # fmt: skip
PARTS = [(case, way) for book in BOOKS for case in book.cases for way in stage.ways_of(case)]


@pytest.mark.parametrize("part", PARTS, ids=[f"{case.section}: {case.title}, {way}" for case, way in PARTS])
def test_conforms(outcomes, part):
    why = outcomes[id(part)]
    assert why is None, why
