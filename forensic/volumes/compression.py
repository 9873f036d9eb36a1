"""XPRESS Huffman and LZX: the two compressions of CompactOS, one chunk at a time.

Sources: [MS-XCA] section 2.2 (LZ77+Huffman), [MS-PATCH] (LZX) with the changes that WIM files made to it: block sizes of one or seventeen
bits, no header for the translation of calls, which always assumes a file of 12,000,000 bytes.
"""

from __future__ import annotations

from forensic.errors import Malformed

_XPRESS_BITS = 15
_LZX_BITS, _LZX_PRECODE_BITS, _LZX_ALIGNED_BITS = 16, 15, 7
_LZX_SLOTS = 30
"""Offset slots of a window of 32 KiB."""
_LZX_EXTRA = [0, 0, *(number // 2 for number in range(_LZX_SLOTS - 2))]
_LZX_BASE = [sum(1 << extra for extra in _LZX_EXTRA[:slot]) for slot in range(_LZX_SLOTS)]
_LZX_TRANSLATED_SIZE = 12_000_000
_VERBATIM, _ALIGNED, _STORED = 1, 2, 3
_AHEAD = 2
"""Bytes past the end that may be looked at."""

_Code = list[tuple[int, int]]
"""For each string of as many bits as the longest code word has: the length of the code word it starts with (0: none), and its symbol."""


def decompress_xpress(data: bytes, size: int) -> bytes:
    """Return the `size` bytes that a chunk of XPRESS Huffman holds; Malformed when it does not."""
    if len(data) < 256:
        raise Malformed("XPRESS: the code table is cut short", 0, 256, len(data))
    code = _code([nibble for byte in data[:256] for nibble in (byte & 15, byte >> 4)], _XPRESS_BITS)
    bits = _Bits(data, 256, ahead=16)
    out = bytearray()
    while len(out) < size:
        symbol = bits.symbol(code, _XPRESS_BITS)
        if symbol < 256:
            out.append(symbol)
            continue
        length, width = symbol & 15, (symbol - 256) >> 4
        if length == 15:
            length += bits.number(1)
            if length == 15 + 255:
                length = bits.number(2) or bits.number(4)
        _copy(out, (1 << width) + bits.take(width), length + 3, size)
    return bytes(out)


def decompress_lzx(data: bytes, size: int) -> bytes:
    """Return the `size` bytes (32,768 at most) that a chunk of LZX holds; Malformed when it does not."""
    bits = _Bits(data, 0)
    out = bytearray()
    recent = [1, 1, 1]
    main, lengths = [0] * (256 + 8 * _LZX_SLOTS), [0] * 249
    while len(out) < size:
        kind = bits.take(3)
        end = len(out) + (32_768 if bits.take(1) else bits.take(16))
        if kind not in {_VERBATIM, _ALIGNED, _STORED} or not len(out) < end <= size:
            raise Malformed(f"LZX: no block of type {kind} fits here", bits.position)
        if kind == _STORED:
            bits.align()
            recent = [bits.number(4) for _ in range(3)]
            out += bits.raw(end - len(out))
            continue
        aligned = _code([bits.take(3) for _ in range(8)], _LZX_ALIGNED_BITS) if kind == _ALIGNED else None
        _update_lengths(bits, main, 0, 256)
        _update_lengths(bits, main, 256, len(main))
        _update_lengths(bits, lengths, 0, len(lengths))
        _expand_block(bits, out, end, (_code(main, _LZX_BITS), _code(lengths, _LZX_BITS), aligned), recent)
    bits.check_end()
    return bytes(_translate_calls(out))


class _Bits:
    """Bits from 16-bit little-endian words, highest first.

    Past the end of the data comes one word of zeros: of the last symbol more bits are looked at than it has. More would stand for data that
    is missing.

    XPRESS mixes bytes between the words, so words must be fetched as early as its makers do: `ahead` bits are always held.
    """

    def __init__(self, data: bytes, position: int, ahead: int = 0) -> None:
        self._data, self.position, self._ahead = data, position, ahead
        self._held = self._count = 0
        self._fill(2 * ahead)

    def _fill(self, count: int) -> None:
        while self._count < count:
            self._held = (self._held << 16) | self.number(2)
            self._count += 16

    def number(self, count: int) -> int:
        """Return the number in the next `count` whole bytes."""
        if self.position + count > len(self._data) + _AHEAD:
            raise Malformed("the compressed data ends early", len(self._data))
        value = int.from_bytes(self._data[self.position : self.position + count], "little")
        self.position += count
        return value

    def take(self, count: int) -> int:
        """Return `count` bits."""
        self._fill(count)
        self._count -= count
        value = self._held >> self._count
        self._held &= (1 << self._count) - 1
        self._fill(self._ahead)
        return value

    def symbol(self, code: _Code, longest: int) -> int:
        """Return the next symbol."""
        self._fill(longest)
        length, symbol = code[self._held >> (self._count - longest)]
        if length == 0:
            raise Malformed("the compressed data holds an unknown code word", self.position)
        self._count -= length
        self._held &= (1 << self._count) - 1
        self._fill(self._ahead)
        return symbol

    def align(self) -> None:
        """Go on at the next whole word; at a whole word already, leave one out."""
        consumed = 8 * self.position - self._count
        self.position = (consumed + 16 - consumed % 16) // 8
        self._held = self._count = 0

    def raw(self, count: int) -> bytes:
        """Return the next `count` bytes, and leave out the one that fills up their last word."""
        data = self._data[self.position : self.position + count]
        if len(data) < count:
            raise Malformed("a stored block is cut short", self.position, count, len(data))
        self.position += count
        self.position += count % 2 if self.position < len(self._data) else 0
        return data

    def check_end(self) -> None:
        """Raise Malformed when bits were used that stand for data past the end."""
        missing = -(-(self.position - len(self._data)) // 2)  # words
        if self._count < 16 * missing:
            raise Malformed("the compressed data ends early", len(self._data))


def _code(lengths: list[int], longest: int) -> _Code:
    """Return the canonical code of these lengths; Malformed when they are too many. Unused strings lead to no symbol."""
    if sum(1 << (longest - length) for length in lengths if length) > 1 << longest:
        raise Malformed("the compressed data has an impossible code")
    code: _Code = []
    for length, symbol in sorted((length, symbol) for symbol, length in enumerate(lengths) if length):
        code += [(length, symbol)] * (1 << (longest - length))
    return code + [(0, 0)] * ((1 << longest) - len(code))


def _copy(out: bytearray, offset: int, length: int, limit: int) -> None:
    """Append `length` bytes that begin `offset` bytes before the end, and may overlap with what is appended."""
    if not 0 < offset <= len(out) or len(out) + length > limit:
        raise Malformed(f"a match of {length} bytes, {offset} back, does not fit after {len(out)} bytes")
    if offset >= length:
        out += out[len(out) - offset : len(out) - offset + length]
    else:
        out += (bytes(out[-offset:]) * -(-length // offset))[:length]


def _update_lengths(bits: _Bits, lengths: list[int], first: int, end: int) -> None:
    """Read the code lengths of the symbols from `first` to `end`, as differences to those of the block before."""
    code = _code([bits.take(4) for _ in range(20)], _LZX_PRECODE_BITS)
    while first < end:
        symbol = bits.symbol(code, _LZX_PRECODE_BITS)
        count, length = 1, 0
        if symbol == 17:
            count = 4 + bits.take(4)
        elif symbol == 18:
            count = 20 + bits.take(5)
        else:
            if symbol == 19:
                count = 4 + bits.take(1)
                symbol = bits.symbol(code, _LZX_PRECODE_BITS)
            length = (lengths[first] - symbol) % 17
        if symbol > 18 or first + count > end:
            raise Malformed("LZX: the code lengths overrun their table", bits.position)
        lengths[first : first + count] = [length] * count
        first += count


def _expand_block(bits: _Bits, out: bytearray, end: int, codes: tuple[_Code, _Code, _Code | None], recent: list[int]) -> None:
    """Expand a block up to `end` bytes of output; `recent` are the three offsets used last."""
    main, lengths, aligned = codes
    while len(out) < end:
        symbol = bits.symbol(main, _LZX_BITS)
        if symbol < 256:
            out.append(symbol)
            continue
        length, slot = (symbol - 256) & 7, (symbol - 256) >> 3
        if length == 7:
            length += bits.symbol(lengths, _LZX_BITS)
        if slot < 3:
            offset = recent[slot]
            recent[slot] = recent[0]
        else:
            extra = _LZX_EXTRA[slot]
            if aligned is not None and extra >= 3:
                offset = (bits.take(extra - 3) << 3) + bits.symbol(aligned, _LZX_ALIGNED_BITS)
            else:
                offset = bits.take(extra)
            offset += _LZX_BASE[slot] - 2
            recent[1:] = recent[:2]
        recent[0] = offset
        _copy(out, offset, length + 2, end)


def _translate_calls(out: bytearray) -> bytearray:
    """Turn the absolute targets of x86 call instructions back into relative ones."""
    position = out.find(0xE8)
    while 0 <= position < len(out) - 10:
        target = int.from_bytes(out[position + 1 : position + 5], "little", signed=True)
        if -position <= target < _LZX_TRANSLATED_SIZE:
            relative = target - position if target >= 0 else target + _LZX_TRANSLATED_SIZE
            out[position + 1 : position + 5] = relative.to_bytes(4, "little", signed=True)
        position = out.find(0xE8, position + 5)
    return out
