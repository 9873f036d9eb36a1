"""What a life leaves in the event logs: starts, names, users' SIDs."""

from forensic.model import FileTime, Sid
from tests.builders.event_log import Logged, evt, evtx
from tests.builders.world import MINUTE

CLASSIC = {"System": "SysEvent.Evt", "Security": "SecEvent.Evt", "Application": "AppEvent.Evt"}


def traces(life, former=()):
    """Return path below the drive root and content of the event logs of `life`.

    `former` are machine SIDs that a SID changer replaced, the oldest first: records of users under them stay. The logs of a sealed master
    are empty, because generalize clears them.
    """
    release, state = life.release, life.state
    sealed = state.image_state.startswith("IMAGE_STATE_GENERALIZE") or state.setup.get("CmdLine", "").endswith("-mini")
    system, security = ([], []) if sealed or state.specialized is None else (_system(life, former), _security(life, former))
    files = {}
    for channel, events in (("System", system), ("Security", security), ("Application", [])):
        if release.nt >= (6, 0):
            files[f"{release.root}/System32/winevt/Logs/{channel}.evtx"] = evtx(events, channel=channel, dirty=bool(events))
        else:
            files[f"{release.root}/System32/config/{CLASSIC[channel]}"] = evt(events)
    return files


def _system(life, former):
    state, release = life.state, life.release
    first = state.old_name or state.name
    name = state.name if state.domain is None else f"{state.name}.{state.domain[1]}"
    start, finished = state.specialized, state.finished
    major, minor = release.nt
    version = [f"{major}.{minor:02}.", release.build, "", "Multiprocessor Free"]
    setup = "WIN-SETUP0000000" if release.nt >= (6, 0) else first
    events = [
        Logged(6009, start, computer=setup, data=version),
        Logged(6005, start, computer=setup),
        Logged(6011, finished - MINUTE, computer=first, data=[setup, first]),
        Logged(6006, finished - MINUTE, computer=first),
        Logged(6009, finished, computer=first, data=version),
        Logged(6005, finished, computer=first),
    ]
    for sid, user, time in _logons(life, former):
        provider = "Microsoft-Windows-Winlogon" if release.nt >= (6, 0) else "Winlogon"
        events.append(Logged(7001, time, provider, first, Sid(f"{sid}-{user.rid}"), {"TSId": "1", "UserSid": f"{sid}-{user.rid}"}))
    last = max(state.last_use, FileTime(finished + 2 * MINUTE))
    if state.old_name is not None:
        events.append(Logged(6011, last - MINUTE, computer=name, data=[state.old_name, state.name]))
    events += [Logged(6009, last, computer=name, data=version), Logged(6005, last, computer=name)]
    return sorted(events, key=lambda event: event.time)


def _security(life, former):
    provider = "Microsoft-Windows-Security-Auditing" if life.release.nt >= (6, 0) else "Security"
    return [
        Logged(4624, time, provider, life.state.name, data={"TargetUserSid": f"{sid}-{user.rid}", "TargetUserName": user.name})
        for sid, user, time in _logons(life, former)
    ]


def _logons(life, former):
    """Yield machine SID, user and time of each first logon under each machine SID."""
    state = life.state
    for user in state.users:
        first = max(user.created, state.finished)
        for number, sid in enumerate(former):
            yield sid, user, FileTime(first + number * MINUTE)
        yield state.sid, user, max(first, state.changed or first) if former else first
