"""CloneTag."""

import pytest

from forensic.artifacts.known_values.media import CLONE_TAGS
from forensic.artifacts.setup.clone_tag import CLONE_TAG, CloneTag, clone_tag
from forensic.errors import NotFound
from forensic.model import FileTime, LocalTime
from tests.artifacts.reading import open_hive, state
from tests.builders.hive import REG_BINARY, REG_DWORD, REG_MULTI_SZ, REG_SZ, HiveBuilder

TEXT = "Tue Mar  8 03:20:53 2014"
TIME = LocalTime("2014-03-08T03:20:53.0000000")
WRITTEN = FileTime.from_iso("2015-12-12T03:27:59.1176900Z")


def setup(kind=None, data=None):
    hive = HiveBuilder(file_name="SYSTEM")
    hive.key("Setup", written=WRITTEN)
    if kind is not None:
        hive.value("Setup", "CloneTag", kind, data)
    return open_hive(hive)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (REG_MULTI_SZ, [TEXT]),
        (REG_MULTI_SZ, (TEXT + "\n\0\0").encode("utf-16-le")),
        (REG_SZ, TEXT),
        (REG_BINARY, TEXT.encode() + b"\n\0"),
        (REG_BINARY, (TEXT + "\0").encode("utf-16-le")),
    ],
)
def test_states_the_text_and_the_local_time_it_names(kind, data):
    facts, failure = state(clone_tag, setup(kind, data), "Setup")
    assert failure is None
    assert (facts[0].value.text.strip(), facts[0].value.time) == (TEXT, TIME)
    assert (facts[0].place.value, facts[0].written) == ("CloneTag", WRITTEN)


@pytest.mark.parametrize("text", ["", "yesterday", "Tue Foo  8 03:20:53 2014", "Mon Feb 30 00:00:00 2014", "Tue anF  8 03:20:53 2014"])
def test_text_that_names_no_moment_is_stated_without_a_time(text):
    facts, failure = state(clone_tag, setup(REG_MULTI_SZ, [text] if text else []), "Setup")
    assert failure is None
    assert facts[0].value == CloneTag(text, None)
    facts, _ = state(clone_tag, setup(REG_SZ, text), "Setup")
    assert facts[0].value == CloneTag(text, None)


def test_bytes_that_hold_no_text_are_stated_as_hex():
    facts, _ = state(clone_tag, setup(REG_BINARY, b"\x01\x02\xff"), "Setup")
    assert facts[0].value == CloneTag("0102ff", None)
    facts, _ = state(clone_tag, setup(REG_DWORD, 5), "Setup")
    assert facts[0].value == CloneTag("05000000", None)


def test_says_that_there_is_no_clone_tag():
    facts, failure = state(clone_tag, setup(), "Setup")
    assert not facts
    assert isinstance(failure, NotFound)


@pytest.mark.parametrize("text", CLONE_TAGS)
def test_every_tag_of_media_names_a_moment_and_is_a_constant(text):
    facts, _ = state(clone_tag, setup(REG_MULTI_SZ, [text]), "Setup")
    assert facts[0].value.time is not None
    assert facts[0].value in CLONE_TAG.known_values
    assert CLONE_TAGS[text].source


def test_an_administrators_tag_is_no_constant():
    facts, _ = state(clone_tag, setup(REG_MULTI_SZ, [TEXT]), "Setup")
    assert facts[0].value not in CLONE_TAG.known_values
