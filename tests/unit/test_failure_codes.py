"""Failures and their codes: each code that is raised is a known one, of the reason of its class."""

import ast
from pathlib import Path

import pytest

import forensic
from forensic import errors
from forensic.errors import Malformed, NotFound, Unsupported
from forensic.model.gap import CODES
from forensic.storage.meter import ReadMeter
from forensic.volumes.archive import ArchiveTree
from forensic.volumes.directory import DirectoryTree
from forensic.volumes.tree import walk
from tests.unit.test_volumes_tree import archive

CLASSES = {kind.__name__: kind for kind in (errors.NotFound, errors.Unreadable, errors.Malformed, errors.Unsupported)}


def codes(text):
    """Give the class and the code of each failure that a module makes with a code of its own."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CLASSES:
            for keyword in node.keywords:
                if keyword.arg == "code" and isinstance(keyword.value, ast.Constant):
                    yield node.func.id, keyword.value.value


def wrong(text):
    return [(kind, code) for kind, code in codes(text) if code not in CODES or CODES[code].reason != CLASSES[kind].reason]


def test_every_code_is_known_and_of_the_reason_of_its_class():
    texts = {path.name: path.read_text(encoding="utf-8") for path in Path(forensic.__file__).parent.rglob("*.py")}
    assert sum(len(list(codes(text))) for text in texts.values()) > 30
    assert {name: wrong(text) for name, text in texts.items() if wrong(text)} == {}
    assert all(CODES[kind.code].reason == kind.reason for kind in CLASSES.values())


@pytest.mark.parametrize(
    "text", ['NotFound("x", code="no-such-code")', 'Malformed("x", code="no-file")', 'Unsupported("x", code="too-much")']
)
def test_a_code_of_another_class_is_noticed(text):
    assert wrong(text)
    assert not wrong('NotFound("x", code="no-file")')


@pytest.fixture(params=["directory", "zip"])
def tree(request, tmp_path):
    (tmp_path / "case" / "folder").mkdir(parents=True)
    (tmp_path / "case" / "folder" / "file").write_bytes(b"12345")
    if request.param == "directory":
        return DirectoryTree(tmp_path / "case", ReadMeter())
    return ArchiveTree(archive(tmp_path, [("folder/file", b"12345")]), ReadMeter())


@pytest.mark.parametrize("path", ["gone", "folder", "folder/gone", "folder/file/below"])
def test_what_is_not_in_a_tree_is_no_file(tree, path):
    with pytest.raises(NotFound) as raised:
        tree.open(path)
    assert raised.value.code == "no-file"
    with pytest.raises(NotFound) as raised:
        tree.list("folder/file")
    assert raised.value.code == "no-file"


def test_a_file_or_a_tree_past_a_limit_is_too_much(tree):
    file = tree.open("folder/file")
    assert file.read_all(5) == b"12345"
    with pytest.raises(Malformed) as raised:
        file.read_all(4)
    assert raised.value.code == "too-much"
    assert len(list(walk(tree, limit=2))) == 2
    with pytest.raises(Malformed) as raised:
        list(walk(tree, limit=1))
    assert raised.value.code == "too-much"


def test_an_encrypted_member_says_so(tmp_path):
    path = archive(tmp_path, [("a", b"12345")])
    data = bytearray(path.read_bytes())
    data[data.rindex(b"PK\1\2") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(Unsupported) as raised:
        ArchiveTree(path).open("a")
    assert raised.value.code == "encrypted"
