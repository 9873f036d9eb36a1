"""Facts for rules: stated as an artifact would state them, without an image."""

from forensic.model import Fact, FileTime, Gap, Locator


def at(text):
    """A time: `at("2022-06-23 01:25")`, UTC; seconds may be given."""
    text = text.replace(" ", "T")
    return FileTime.from_iso(text if text.count(":") == 2 else f"{text}:00")


def days(number):
    """A length of time in ticks."""
    return int(number * 24 * 3600 * 10_000_000)


def fact(kind, value, *, written=None, key="", file="", profile=None, state="stored"):
    """One fact of `kind`; `written` as text or FileTime."""
    if isinstance(written, str):
        written = at(written)
    hive = "SECURITY" if key.startswith("Policy") else ""
    return Fact(kind.name, value, Locator(file=file, hive=hive, key=key), "00", written, state, profile)


def gap(kind, reason="not-found", searched="", detail="no such value"):
    """One gap of `kind`."""
    parts = searched.split(" > ")
    volume = parts.pop(0) if parts[0].startswith("p1") else ""
    place = Locator(volume=volume, file=parts[0], key=parts[1] if len(parts) > 1 else "")
    return Gap(kind.name, reason, searched, detail, code="workgroup" if "workgroup" in detail else "nothing-there", place=place)
