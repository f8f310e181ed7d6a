"""python-socketio on aiohttp, hardened: whatever a browser sends, the answer is a closed socket and never a traceback."""

import logging
from typing import Any

import socketio
from aiohttp import web
from engineio.async_drivers.aiohttp import WebSocket
from engineio.packet import Packet

LARGEST_FRAME = 300_000  # bytes; an offer with many lines is the largest thing a browser sends
GOODBYE = "websocket.goodbye"  # in the environ: whether the browser closed its socket properly
_PROPER = {1000, 1001, 1005}  # RFC 6455 section 7.4.1; a connection that breaks off has no code or 1006
log = logging.getLogger(__name__)


class _OneLine(logging.Filter):
    """What engineio says of a malformed request is a note about a stranger, not a failure of ours with a traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.exc_info, record.levelno, record.levelname = None, logging.WARNING, "WARNING"
        return True


_ONE_LINE = _OneLine()


class _CheckedWebSocket(WebSocket):  # type: ignore[misc]
    """engineio decodes outside of its own error handling; what it could not decode ends the connection here."""

    async def wait(self) -> Any:
        try:
            data = await super().wait()
        except OSError:
            self.environ[GOODBYE] = self._sock.close_code in _PROPER
            raise
        try:
            Packet(encoded_packet=data)
        except Exception as error:
            log.warning("malformed packet (%s); the socket is closed", type(error).__name__)
            raise OSError("malformed packet") from None
        return data


class Sockets(socketio.AsyncServer):  # type: ignore[misc]
    """The socket server of this application; frames that can't be handled close their sender's socket."""

    def __init__(self, app: web.Application) -> None:
        # Origins are compared by ourselves, at connect.
        super().__init__(
            async_mode="aiohttp", cors_allowed_origins="*", cors_credentials=False, max_http_buffer_size=LARGEST_FRAME,
            ping_interval=5, ping_timeout=10, logger=False, engineio_logger=False,
        )  # fmt: skip
        self.eio._async = {**self.eio._async, "websocket": _CheckedWebSocket}
        logging.getLogger("engineio.server").addFilter(_ONE_LINE)
        self.attach(app)

    async def _handle_event(self, eio_sid: str, namespace: str | None, id: int | None, data: Any) -> None:
        # Without this a client could call the handlers of "connect" and "disconnect" by sending events of these names.
        if not isinstance(data, list) or not data or data[0] != "command":
            raise ValueError("unknown event")
        await super()._handle_event(eio_sid, namespace, id, data)

    async def _handle_eio_message(self, eio_sid: str, data: Any) -> None:
        try:
            await super()._handle_eio_message(eio_sid, data)
        except Exception as error:
            log.warning("a frame could not be handled (%s); the socket is closed", type(error).__name__)
            await self.eio.disconnect(eio_sid)
