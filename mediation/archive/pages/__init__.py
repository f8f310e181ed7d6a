"""The archivist's pages: closed cases with their papers, and recordings played; and the work that the archive does by itself."""

from datetime import timedelta

from aiohttp import web

from mediation.archive.pages import closed, recordings
from mediation.archive.pages.closed import fill_archive as fill_archive
from mediation.clock import now
from mediation.recordings.erasing import erase_old
from mediation.recordings.filing import file_parts
from mediation.recordings.lifetime import end_outlasting, outlasting
from mediation.recordings.masters import forget_unused
from mediation.web.keys import DATABASE, SETTINGS

routes = [*closed.routes, *recordings.routes]
_A_DAY = timedelta(days=1)


async def file_recordings(app: web.Application) -> None:
    """The job that looks through recordings when they have ended, with their session at the latest."""
    async with app[DATABASE].read() as db:
        left = await outlasting(db)
    if left:
        await app[DATABASE].write(end_outlasting)
    await file_parts(app[DATABASE], app[SETTINGS])


async def erase_recordings(app: web.Application) -> None:
    """The job that erases recordings when their time is over, and master keys that nothing needs any more."""
    await erase_old(app[DATABASE], app[SETTINGS].data_dir, app[SETTINGS].recording_keep_days)
    await app[DATABASE].write(lambda db: forget_unused(db, now() - _A_DAY))
