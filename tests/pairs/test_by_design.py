"""One identity on purpose: public images and products that give no SID of their own are named, and are suspect instead of a breach."""

import msgspec
import pytest

from forensic.model import Sid
from tests.pairs.families import altered, pair_of

EDGE = Sid("S-1-5-21-3461203602-4096304019-2269080069")


def with_sid(report, sid):
    changed = altered(report, "machine-sid", lambda _: sid)
    (one, *others) = changed.installations
    return msgspec.structs.replace(changed, installations=(msgspec.structs.replace(one, machine_sid=sid), *others))


def with_product(report, product, path):
    (one, *others) = report.installations
    (trace, *_) = [fact for fact in one.facts if fact.kind == "computer-name"]
    from forensic.artifacts.products.imaging_product import IMAGING_PRODUCT_TRACE, ImagingProductTrace

    fact = msgspec.structs.replace(trace, kind=IMAGING_PRODUCT_TRACE.name, value=ImagingProductTrace(product, path))
    return msgspec.structs.replace(report, installations=(msgspec.structs.replace(one, facts=(*one.facts, fact)), *others))


def test_copies_of_a_public_image_are_named_and_not_accused(examined):
    _, a, b = examined("10")["two clones"]
    pair = pair_of(with_sid(a, EDGE), with_sid(b, EDGE))
    assert (pair.relation, pair.policy) == ("duplicated-without-sysprep", "suspect")
    assert "MSEDGEWIN10" in pair.summary
    assert any("meant to share one identity" in text for text in pair.remedies)


@pytest.mark.parametrize(("product", "path"), [("VMware Horizon instant clones", "x"), ("LINBO", "linuxmuster-win")])
def test_a_product_that_gives_no_sid_is_named_where_both_have_it(examined, product, path):
    _, a, b = examined("10")["two clones"]
    both = pair_of(with_product(a, product, path), with_product(b, product, path))
    assert (both.relation, both.policy) == ("duplicated-without-sysprep", "suspect")
    assert product in both.summary
    assert pair_of(with_product(a, product, path), b).policy == "violation"  # one planted folder changes nothing


def test_a_product_of_another_purpose_excuses_nothing(examined):
    _, a, b = examined("10")["two clones"]
    pair = pair_of(with_product(a, "FOG", "FOG"), with_product(b, "FOG", "FOG"))
    assert pair.policy == "violation"


def test_siblings_of_a_good_master_stay_compliant_whatever_made_them(examined):
    _, a, b = examined("10")["siblings"]
    assert pair_of(with_product(a, "LINBO", "linbo"), with_product(b, "LINBO", "linbo")).policy == "compliant"
