"""A kind: what renews its values, and what of them is compared between machines."""

import msgspec
import pytest

from forensic.model import Basis, Change, Identifier, Kind, Origin, Sid, always, kept, usually

MEDIA, OWN = Sid("S-1-5-21-1-2-3"), Sid("S-1-5-21-7-8-9")


class Account(msgspec.Struct, frozen=True):
    sid: Sid
    old: bool = False


@pytest.fixture
def declare(monkeypatch):
    monkeypatch.setattr("forensic.model.kind.KINDS", {})
    return lambda name="some-sid", type_=Sid, origin=Origin.RANDOM, **more: Kind(name, type_, "Some SID", origin=origin, **more)


def test_a_change_renews_keeps_or_is_not_known(declare):
    always_, usually_ = always(Basis.SOURCED, "a book"), usually(Basis.OBSERVED, "hives", exception="it is Sunday", machines=2)
    kind = declare(renews={Change.SPECIALIZE: always_, Change.GENERALIZE: usually_, Change.RENAME: kept(Basis.INFERRED)})
    assert kind.renewed_by(Change.SPECIALIZE) is always_
    assert kind.renewed_by(Change.GENERALIZE) is usually_
    assert kind.renewed_by(Change.RENAME) is None
    assert kind.renewed_by(Change.USE) is None
    assert [kind.kept_by(change) for change in (Change.SPECIALIZE, Change.GENERALIZE, Change.RENAME, Change.USE)] == [False] * 2 + [
        True,
        False,
    ]
    assert kind.renews[Change.RENAME].basis is Basis.INFERRED


def test_a_value_identifies_unless_it_is_known_shared_or_no_identifier(declare):
    assert declare(namespace="some-sid", known_values=[MEDIA]).identifies(OWN)
    assert not declare("a", namespace="some-sid", known_values=[MEDIA]).identifies(MEDIA)
    assert not declare("b", namespace="some-sid", shared=True).identifies(OWN)
    assert not declare("c").identifies(OWN)
    for number, origin in enumerate((Origin.OBSERVED, Origin.CHOSEN, Origin.HARDWARE, Origin.MEDIA)):
        assert not declare(f"d{number}", origin=origin, namespace="some-sid").identifies(OWN)


def test_the_part_that_identifies_is_compared_in_its_namespace(declare):
    kind = declare(
        type_=Account,
        namespace="machine-sid",
        identity=lambda value: value.sid.prefix if value.sid.is_account else None,
        standing=lambda value: "former" if value.old else "current",
        known_values=[Account(Sid(f"{MEDIA}-500"))],
    )
    account = Account(Sid(f"{OWN}-1001"))
    assert list(kind.identifiers(account)) == [Identifier("machine-sid", OWN, "current")]
    assert list(kind.identifiers(Account(account.sid, old=True))) == [Identifier("machine-sid", OWN, "former")]
    for nothing in (Account(Sid("S-1-5-18")), Account(Sid(f"{MEDIA}-500"))):
        assert list(kind.identifiers(nothing)) == []
        assert not kind.identifies(nothing)


def test_a_value_may_hold_the_identifier_of_another_kind(declare):
    kind = declare(type_=Account, also=lambda value: [Identifier("machine-sid", value.sid, "former")])
    assert list(kind.identifiers(Account(OWN))) == [("machine-sid", OWN, "former")]
    assert not kind.identifies(Account(OWN))


def test_what_design_shares_is_stated_all_the_same_so_that_it_can_meet_a_machine_s_own(declare):
    kind = declare(namespace="machine-sid", standing="former", shared=True)
    assert list(kind.identifiers(OWN)) == [("machine-sid", OWN, "former")]
