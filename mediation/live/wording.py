"""The connection log in words that a clerk understands; message ids, to be translated for the reader."""

from datetime import timedelta

from mediation.i18n import gettext as _
from mediation.i18n import marked, ngettext
from mediation.live.connection_log import Line, Logged, Quality, Step
from mediation.live.kinds import Ending

LOST = {
    Ending.NETWORK_SILENT: marked("the network of this person was silent"),
    Ending.BROKEN_OFF: marked("it broke off in the middle"),
    Ending.MEDIA_SILENT: marked("neither sound nor picture arrived any more"),
    Ending.CONSENT_EXPIRED: marked("neither sound nor picture arrived for 30 seconds"),
    Ending.PAGE_CLOSED: marked("the page was closed or loaded again"),
    Ending.ENDED_HERE: marked("this device sent what the workstation can't take"),
    Ending.SERVER_RESTARTED: marked("the workstation was restarted"),
}
MEANT = {
    Ending.SECOND_TAB: marked("went on in another window or on another device"),
    Ending.LEFT: marked("left the session"),
    Ending.REMOVED: marked("was taken out of the session"),
    Ending.RIGHT_ENDED: marked("could no longer take part: link, login or consent had ended"),
    Ending.SESSION_OVER: marked("the session was over"),
}
LAYER = {
    "high": marked("full"),
    "middle": marked("medium"),
    "low": marked("small"),
    "off": marked("none, voice only"),
}


def told(line: Line, at: str) -> str:
    """10:04 connection lost: the network of this person was silent; back after 1 min 12 s. `at` is the line's clock time."""
    if line.why is None:
        return (_("{clock} joined") if line.step is Step.JOINED else _("{clock} came back")).format(clock=at)
    if line.why in MEANT:
        return f"{at} {_(MEANT[line.why])}"
    if line.back_at is None:
        return _("{clock} connection lost: {why}; did not come back").format(clock=at, why=_(LOST[line.why]))
    after = duration(line.back_at - line.at)
    return _("{clock} connection lost: {why}; back after {after}").format(clock=at, why=_(LOST[line.why]), after=after)


def duration(span: timedelta) -> str:
    """1 h 5 min, 1 min 12 s, 9 s."""
    seconds = max(1, round(span.total_seconds()))
    hours, minutes = seconds // 3600, seconds // 60 % 60
    if hours:
        return _("{hours} h {minutes} min").format(hours=hours, minutes=minutes)
    if minutes:
        return _("{minutes} min {seconds} s").format(minutes=minutes, seconds=seconds % 60)
    return _("{seconds} s").format(seconds=seconds)


def summed_up(logged: Logged, away: timedelta) -> str:
    """How often the connection was lost, and for how long together."""
    if not logged.losses:
        return _("never lost")
    times = ngettext("lost {count} time, {away} together", "lost {count} times, {away} together", len(logged.losses))
    return times.format(count=len(logged.losses), away=duration(away))


def measured(quality: Quality) -> str:
    """Round trip, loss, pictures and bitrate of a participant in one line."""
    if not quality.media:
        return _("No sound or picture came from this person.")
    parts = []
    if quality.round_trip:
        parts.append(_("round trip {usual} ms, at worst {worst} ms").format(
            usual=quality.round_trip[0], worst=quality.round_trip[1]
        ))  # fmt: skip
    if quality.loss:
        parts.append(_("lost packets {usual} %, at worst {worst} %").format(
            usual=f"{quality.loss[0]:g}", worst=f"{quality.loss[1]:g}"
        ))  # fmt: skip
    if quality.layer:
        usual, worst = (_(LAYER[each]) for each in quality.layer)
        parts.append(_("pictures of others {usual}, at worst {worst}").format(usual=usual, worst=worst))
    parts.append(_("sent {rate} kbit/s").format(rate=quality.rate))
    return _("; ").join(parts)
