"""A recording of a closed case, played: one page for everybody who was recorded, and the ranges of their films."""

import asyncio
import logging
from collections.abc import Sequence

from aiohttp import web

from mediation.archive.pages.closed import show_reason
from mediation.archive.playing import film_of, note_played, open_recording, recording_for
from mediation.cases.access import case_for
from mediation.cases.queries import titles_of
from mediation.errors import NotAllowed, Unavailable
from mediation.permissions import Action
from mediation.recordings.erasing import days_kept
from mediation.recordings.film import Film
from mediation.recordings.kinds import Shows
from mediation.recordings.timeline import Recorded, prepared, timeline_of
from mediation.scheduling import wording
from mediation.sessions.models import MediationSession
from mediation.web.guards import staff
from mediation.web.keys import database, settings
from mediation.web.responses import page, wants_json

routes = web.RouteTableDef()
log = logging.getLogger(__name__)
PIECE = 256 * 1024  # bytes handed over at a time


@routes.get("/archive/{case_id}/recordings/{recording_id}")
async def show_recording(request: web.Request) -> web.StreamResponse:
    """Everybody side by side, in step. That it was opened is journalled; a protected case asks for the reason first.

    A script asks only whether it is prepared by now.
    """
    actor, case_id, ident = staff(request), request.match_info["case_id"], request.match_info["recording_id"]
    if wants_json(request):
        return await _whether_prepared(request)
    try:
        playback, recording = await database(request).write(lambda db: open_recording(db, actor, case_id, ident))
    except NotAllowed as refused:
        if refused.code != "reason_needed":
            raise
        return await show_reason(request)
    async with database(request).read() as db:
        people = await timeline_of(db, recording)
        session = await db.get_one(MediationSession, recording.session_id)
        ready = prepared(people)
        context = {
            "case": await case_for(db, actor, case_id, Action.PLAY_RECORDING),
            "title": (await titles_of(db, [case_id])).get(case_id, ""),
            "recording": recording,
            "session": session,
            "people": people,
            "ready": ready,
            "timeline": _timeline(people, f"/archive/playbacks/{playback.id}") if ready else [],
            "keep_days": days_kept(recording, settings(request).recording_keep_days),
            "wording": wording,
        }
    return page(request, "archive/recording.html", context)


async def _whether_prepared(request: web.Request) -> web.Response:
    case_id, ident = request.match_info["case_id"], request.match_info["recording_id"]
    async with database(request).read() as db:
        recording = await recording_for(db, staff(request), case_id, ident)
        return web.json_response({"ready": prepared(await timeline_of(db, recording))})


@routes.get("/archive/playbacks/{playback_id}/{part_id}")
async def stream_part(request: web.Request) -> web.StreamResponse:
    """One person's film, or the range of it that is asked for (RFC 9110 section 14); kept by no cache.

    With the first of them the recording counts as played.
    """
    actor = staff(request)
    async with database(request).read() as db:
        playback, film = await film_of(
            db, settings(request), actor, request.match_info["playback_id"], request.match_info["part_id"]
        )
    response = web.StreamResponse(headers={"Content-Type": f"video/{film.kind}", "Cache-Control": "no-store"})
    response.headers["Accept-Ranges"] = "bytes"
    asked = _asked(request, film.length)
    if asked is None:
        raise web.HTTPRequestRangeNotSatisfiable(headers={"Content-Range": f"bytes */{film.length}"})
    if "Range" in request.headers:
        response.set_status(206)
        response.headers["Content-Range"] = f"bytes {asked.start}-{asked.stop - 1}/{film.length}"
    response.content_length = len(asked)
    first = await _piece(film, asked.start, asked.stop)  # before anything is said: an altered file is told as an error
    if playback.played_at is None:
        await database(request).write(lambda db: note_played(db, actor, playback.id))
    await response.prepare(request)
    try:
        await _hand_over(film, asked, first, response)
    except Unavailable as error:
        log.error("a recording can't be played: %s", error.code)
        if request.transport is not None:
            request.transport.abort()  # the browser must not take what came for all
    return response


def _asked(request: web.Request, length: int) -> range | None:
    """The bytes that are asked for; None for a range that there is none of."""
    try:
        asked = range(length)[request.http_range]
    except ValueError:
        return None
    return asked or None


async def _hand_over(film: Film, asked: range, piece: bytes, response: web.StreamResponse) -> None:
    at = asked.start
    while True:
        await response.write(piece)
        at += len(piece)
        if at == asked.stop:
            break
        piece = await _piece(film, at, asked.stop)
    await response.write_eof()


async def _piece(film: Film, start: int, stop: int) -> bytes:
    return await asyncio.to_thread(film.read, start, min(PIECE, stop - start))


def _timeline(people: Sequence[Recorded], address: str) -> list[dict[str, object]]:
    """What the page's script plays: every file with its place in time, in milliseconds."""
    return [
        {
            "person": each.participant_id,
            "screen": piece.part.shows is Shows.SCREEN,
            "source": f"{address}/{piece.part.id}",
            "offset": piece.offset,
            "duration": piece.duration,
            "camera": piece.camera,
            "turns": piece.turns,
        }
        for each in people
        for piece in (*each.pieces, *each.screens)
        if piece.duration
    ]
