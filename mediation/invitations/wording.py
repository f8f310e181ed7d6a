"""What messages about a session say: plainly to most, neutrally to those whose messages others may read.

Nothing here names another participant, a case or what the dispute is about. Neutral wording also says nothing of
mediation and does not name the reader.
"""

from dataclasses import dataclass
from datetime import datetime

from mediation.i18n import gettext as _
from mediation.i18n import ngettext
from mediation.notifications.filling import moment_mark
from mediation.notifications.models import MessageKind
from mediation.notifications.outbox import HOTLINE, LINK
from mediation.sessions.kinds import SessionKind

_CALLED_OFF = {MessageKind.CANCELLATION, MessageKind.REMOVAL}


@dataclass(frozen=True, slots=True)
class Told:
    """The facts of a session that its messages tell."""

    kind: SessionKind
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Wording:
    """A message in words: by mail the subject and the text, by SMS the short text."""

    subject: str
    text: str
    short_text: str


def party_wording(kind: MessageKind, told: Told, called: str) -> Wording:
    """For somebody who comes by their own link."""
    what = _("video mediation") if told.kind is SessionKind.MEDIATION else _("video talk with a judge")
    opening = {
        MessageKind.INVITATION: _("We ask you to join a {what}. It is free, voluntary and confidential."),
        MessageKind.CHANGE: _("The {what} has a new time."),
        MessageKind.NEW_LINK: _("You have a new link for the {what}. The old link no longer works."),
        MessageKind.CANCELLATION: _("The {what} will not take place. If there is a new time, we will tell you."),
        MessageKind.REMOVAL: _("You are no longer invited to the {what} and need not come. Questions? Call {hotline}."),
    }[kind].format(what=what, hotline=HOTLINE)
    subject = {
        MessageKind.INVITATION: _("Invitation: {when}"),
        MessageKind.CHANGE: _("New time: {when}"),
        MessageKind.NEW_LINK: _("Your new link: {when}"),
        MessageKind.CANCELLATION: _("Cancelled: {when}"),
        MessageKind.REMOVAL: _("You need not come: {when}"),
    }[kind].format(when=_when(told))
    greeting = _("{called},").format(called=called)
    safety = _("We take no money and never ask for bank cards or passwords. In doubt call the hotline {hotline}.")
    parts = [greeting, opening, _times(told)]
    if kind in _CALLED_OFF:
        return Wording(subject, _paragraphs(parts), f"{greeting}{opening}{_when(told)}")
    parts += [_link_paragraph(), safety.format(hotline=HOTLINE)]
    return Wording(subject, _paragraphs(parts), f"{greeting}{opening}{_when(told)} {LINK}")


def neutral_wording(kind: MessageKind, told: Told) -> Wording:
    """For somebody whose messages may be read by others: an appointment, nothing else."""
    subject = {
        MessageKind.INVITATION: _("Your appointment: {when}"),
        MessageKind.CHANGE: _("New time: {when}"),
        MessageKind.NEW_LINK: _("Your new link: {when}"),
        MessageKind.CANCELLATION: _("Cancelled: {when}"),
        MessageKind.REMOVAL: _("You need not come: {when}"),
    }[kind].format(when=_when(told))
    if kind in _CALLED_OFF:
        removed = kind is MessageKind.REMOVAL
        text = (
            _("You need not come at this time.") if removed else _("Your appointment at this time will not take place.")
        )
        return Wording(subject, _paragraphs([text, _times(told)]), subject)
    parts = [_("You have an appointment."), _times(told), _link_paragraph()]
    return Wording(subject, _paragraphs(parts), f"{subject} {LINK}")


def staff_wording(kind: MessageKind, told: Told, called: str) -> Wording:
    """For staff, who come by their login."""
    subject = {
        MessageKind.INVITATION: _("New session: {when}"),
        MessageKind.CHANGE: _("New time: {when}"),
        MessageKind.CANCELLATION: _("Cancelled: {when}"),
        MessageKind.REMOVAL: _("You need not come: {when}"),
    }[kind].format(when=_when(told))
    parts = [_("{called},").format(called=called), _times(told)]
    if kind not in _CALLED_OFF:
        parts.append(_("Sign in to see the session:") + "\n" + LINK)
    return Wording(subject, _paragraphs(parts), f"{subject} {LINK}")


def calendar_words() -> tuple[str, str]:
    """Title and description of the event in anybody's calendar; the description still holds the link's placeholder."""
    return _("Video appointment"), _("At the time, open your own link:") + "\n" + LINK


def duration(starts_at: datetime, ends_at: datetime) -> str:
    """1 小时, 1 个半小时, 45 分钟: as people say it."""
    minutes = round((ends_at - starts_at).total_seconds() / 60)
    hours, rest = divmod(minutes, 60)
    if hours and rest == 0:
        return ngettext("{n} hour", "{n} hours", hours).format(n=hours)
    if hours and rest == 30:
        return _("{n} and a half hours").format(n=hours)
    return _("{n} minutes").format(n=minutes)


def _when(told: Told) -> str:
    return f"{moment_mark('day', told.starts_at)} {moment_mark('clock', told.starts_at)}"


def _times(told: Told) -> str:
    begins = f"{moment_mark('full_day', told.starts_at)} {moment_mark('clock', told.starts_at)}"
    return _("Time: {begins}, about {duration}.").format(begins=begins, duration=duration(told.starts_at, told.ends_at))


def _link_paragraph() -> str:
    return (
        _("Open your own link to see more, to answer, and to come in at the time:")
        + "\n"
        + LINK
        + "\n"
        + _("The link is for you alone. Please do not pass it on.")
    )


def _paragraphs(parts: list[str]) -> str:
    return "\n\n".join(parts) + "\n"
