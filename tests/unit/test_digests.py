"""Digests are called digests wherever a person reads them, so that nobody takes the SHA-256 of a key for the key."""

import json

import pytest

from forensic.model import FileTime
from forensic.reporting import formats
from forensic.reporting.wording import fact_in_words, name_in_words
from tests.builders.report import CONFIG, INSTALLED, digest, fact, installation, report

BOOT_KEY = digest("lsa-boot-key", "x", CONFIG + "SYSTEM", "Lsa", "class names")


@pytest.mark.parametrize(("name", "verbosity"), [("console", 1), ("console", 2), ("html", 0), ("case", 0)])
def test_the_digest_of_a_boot_key_is_labelled(name, verbosity):
    one = report(installations=[installation(facts=(BOOT_KEY,), timeline=())])
    text = " ".join("".join(formats.render(name, [one], formats.Layout(verbosity=verbosity))).split())
    if name == "html":
        text = text.replace("<wbr>", "")
    assert f"SHA-256 of the stored bytes: {BOOT_KEY.value}" in text


def test_json_has_the_bare_digest():
    one = report(installations=[installation(facts=(BOOT_KEY,), timeline=())])
    (stated,) = json.loads(one.to_json())["installations"][0]["facts"]
    assert stated["value"] == BOOT_KEY.value


def test_parts_that_say_what_they_are_need_no_label():
    value = {"name": "DPAPI_SYSTEM", "sha256": "a" * 64, "boot_key": "b" * 64, "mode": 1, "updated": FileTime(INSTALLED)}
    said = fact_in_words(fact("lsa-secret", value, "SECURITY"))
    assert f"SHA-256: {'a' * 64}; boot key: SHA-256 of the stored bytes: {'b' * 64}; mode: 1" in said
    assert name_in_words("user_sha256") == "user SHA-256"


@pytest.mark.parametrize("kind", ["machine-guid", "no-such-kind"])
def test_other_values_are_not_called_digests(kind):
    assert fact_in_words(fact(kind, "c" * 64, "SYSTEM")) == "c" * 64
