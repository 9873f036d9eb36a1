"""URLs of evidence: what they name, and what of them is shown."""

import pytest

from forensic.errors import ForensicError, NotFound, Unsupported
from forensic.storage.url import address, is_url, local_path, shown


@pytest.mark.parametrize(
    ("url", "place", "key", "name", "folder"),
    [
        ("s3://bucket/a/b c.E01", "bucket", "a/b c.E01", "b c.E01", "a/"),
        ("s3://bucket/a?b=c#d%20.E01", "bucket", "a?b=c#d%20.E01", "a?b=c#d%20.E01", ""),
        ("S3://bucket", "bucket", "", "bucket", ""),
        ("gs://bucket/x/", "bucket", "x/", "bucket", "x/"),
        ("az://container/x", "container", "x", "x", ""),
        ("https://host:8443/a/b%20c.E01?sig=x#y", "host:8443", "a/b%20c.E01", "b c.E01", "a/"),
        ("https://HOST/ü.E01", "host", "%C3%BC.E01", "ü.E01", ""),
        ("http://[::1]:80/x", "[::1]:80", "x", "x", ""),
    ],
)
def test_a_url_is_taken_apart(url, place, key, name, folder):
    found = address(url)
    assert (found.place, found.key, found.name, found.folder) == (place, key, name, folder)
    assert "sig" not in found.shown


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("s3://", NotFound),
        ("s3:///key", NotFound),
        ("s3://key:secret@bucket/x", NotFound),
        ("https://", NotFound),
        ("https://host:port/x", NotFound),
        ("https://[::1/x", NotFound),
        ("https://user:secret@host/x", Unsupported),
        ("https://secret@host/x", Unsupported),
        ("ftp://host/x", Unsupported),
    ],
)
def test_what_names_no_place_or_holds_a_secret_is_refused(url, kind):
    with pytest.raises(kind) as raised:
        address(url)
    assert isinstance(raised.value, ForensicError)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("https://host/a.E01?sig=s#f", "https://host/a.E01"),
        ("https://ann:s@host/a.E01", "https://host/a.E01"),
        ("HTTPS://a@b@host?x", "HTTPS://host"),
        ("http://host/a/b", "http://host/a/b"),
        ("s3://bucket/a?b", "s3://bucket/a?b"),
        ("/case/a?b#c", "/case/a?b#c"),
        ("--notes", "--notes"),
        ("C:\\case\\disk.E01", "C:\\case\\disk.E01"),
        ("file:///case/a.E01", "file:///case/a.E01"),
    ],
)
def test_what_may_be_a_secret_is_not_shown(where, said):
    assert shown(where) == said


def test_beside_a_url_names_are_encoded_for_the_web_and_not_for_stores():
    assert address("https://host/a/x?sig").beside("b c", "d%?.E01").key == "a/b%20c/d%25%3F.E01"
    assert address("s3://host/a/x").beside("b c", "d%?.E01").key == "a/b c/d%?.E01"


def test_a_file_url_is_a_path_of_this_computer():
    assert local_path("file:///case/a%20b.E01") == "/case/a b.E01"
    assert local_path("FILE://localhost/x") == "/x"
    assert local_path("/case") is None
    assert not is_url("/case://x")
    assert not is_url("C://x")
    with pytest.raises(Unsupported):
        local_path("file://server/x")
