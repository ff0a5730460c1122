#!/usr/bin/env python3
"""CSV through the whole pipeline, compared with what Python's csv module reads: a table of nasty cases, and random bytes
from the characters that matter. CSV_RANDOM and CSV_SEED look further.

Python knows no null and takes ragged rows as they come; the rest of the grammar must be the same: what is read, what is
written, what is refused."""

# timeout: 300

import csv
import io
import itertools
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

SRC = pathlib.Path(os.environ.get("SRC", pathlib.Path(__file__).resolve().parent.parent.parent))
BUILD = pathlib.Path(os.environ.get("BUILD", SRC / "build/plain"))
csv.field_size_limit(1 << 27)


def cases():
    """(name, bytes). Each has at least two columns unless it says so."""
    head = b"a,b,c\n"
    fields = {
        "plain": b"x", "empty": b"", "quoted": b'"x"', "quoted empty": b'""', "comma": b'"x,y"', "newline": b'"x\ny"',
        "crlf inside": b'"x\r\ny"', "cr inside": b'"x\ry"', "quote": b'"x""y"', "only quote": b'""""',
        "two quotes": b'""""""', "quote first": b'"""x"', "quote last": b'"x"""', "stray quote": b'x"y',
        "stray quotes": b'x""y', "quote after blank": b' "x"', "text after quote": b'"x"y', "quote after quoted": b'"x"y"z"',
        "blank after quote": b'"x" ', "blanks": b"  ", "blank first": b" x", "blank last": b"x ", "tab": b"x\ty",
        "semicolon": b"x;y", "bar": b"x|y", "apostrophe": b"'x,'"[:2], "backslash": b"\\x", "backslash quote": b'"x\\"',
        "nul": b"x\0y", "only nul": b"\0", "control": b"\x01\x1f\x7f", "latin": b"\xe4\xff", "utf-8": "ä€😀".encode(),
        "bom inside": b"\xef\xbb\xbfx", "null": b"NULL", "na": b"\\N", "number": b"-1.50", "formula": b"=1+1",
        "long": b"x" * 300, "long quoted": b'"' + b"x,\n" * 100 + b'"', "many quotes": b'"' + b'""' * 100 + b'"',
        "block": b"x" * 63, "block and one": b"x" * 65, "quoted comma quote": b'","', "quoted lf": b'"\n"',
        "vertical tab": b"x\x0by", "form feed": b"x\x0cy", "next line": "x\u0085y".encode(), "line separator": "x\u2028y".encode(),
    }
    for name, field in fields.items():
        yield f"{name} first", head + field + b",2,3\n"
        yield f"{name} middle", head + b"1," + field + b",3\n"
        yield f"{name} last", head + b"1,2," + field + b"\n"
        yield f"{name} at the end", head + b"1,2,3\n1,2," + field
        yield f"{name} before crlf", head + b"1,2," + field + b"\r\n4,5,6\r\n"
        yield f"{name} alone in its column", b"a\n" + field + b"\nz\n"
        yield f"{name} as a name", b"a," + field + b",c\n1,2,3\n"
    for a, b in itertools.combinations(fields, 2):
        yield f"{a} beside {b}", head + fields[a] + b"," + fields[b] + b",3\n" + fields[b] + b",2," + fields[a] + b"\n"
    for end in (b"\n", b"\r\n", b"\r", b"\n\n", b"\r\n\r\n", b"\n\r", b"\r\r\n"):
        yield f"lines end with {end}", b"a,b" + end + b"1,2" + end + b"3,4" + end
        yield f"lines end with {end}, the last without", b"a,b" + end + b"1,2" + end + b"3,4"
        yield f"one column, lines end with {end}", b"a" + end + b"1" + end + b"2" + end
    for delimiter in b";\t|":
        d = bytes([delimiter])
        yield f"delimiter {d}", b"a" + d + b"b\n1,5" + d + b'"x' + d + b'y"\n'
    yield "empty file", b""
    yield "header alone", b"a,b,c\n"
    yield "header without line end", b"a,b,c"
    yield "byte order mark", b"\xef\xbb\xbfa,b\n1,2\n"
    yield "byte order mark and quote", b'\xef\xbb\xbf"a",b\n1,2\n'
    yield "short rows", b"a,b,c\n1\n1,2\n\n1,2,3\n"
    yield "long row", b"a,b\n1,2,3\n"
    yield "trailing delimiters", b"a,b\n1,2,\n3,4,,\n"
    yield "trailing quoted field", b'a,b\n1,2,""\n'
    yield "unclosed", b'a,b\n1,"2\n3,4\n'
    yield "unclosed name", b'a,"b\n1,2\n'
    yield "unclosed at the very end", b'a,b\n1,"'
    yield "names with blanks", b" a , b\t\n1,2\n"
    yield "many columns", b",".join(b"c%d" % i for i in range(3000)) + b"\n" + b",".join(b"%d" % i for i in range(3000)) + b"\n"
    yield "megabyte", b"a,b\n" + b'"' + b'x"",\n' * 250000 + b'",2\n3,4\n'
    yield "many rows", b"a,b\n" + b"".join(b'%d,"%d,""\n"\n' % (i, i) for i in range(50000))


def random_cases(count, seed):
    rng = random.Random(seed)
    alphabet = [b",", b",", b'"', b'"', b"\n", b"\r", b"\r\n", b"a", b"b ", b" ", b"\0", b"\xff", "é".encode(), b"x" * 40]
    for i in range(count):
        columns = rng.randint(1, 4)
        header = b",".join(b"c%d" % c for c in range(columns)) + b"\n"
        yield f"random {seed} {i}", header + b"".join(rng.choices(alphabet, k=rng.randint(0, 30)))


class Refused(Exception):
    pass


def read(data, delimiter=","):
    """Strict: text behind a closing quote and quotes that are not closed are errors."""
    return list(csv.reader(io.StringIO(data.decode("latin-1"), newline=""), delimiter=delimiter, strict=True))


def delimiter_of(data):
    first = data.replace(b"\r", b"\n").split(b"\n")[0]
    return max(",;\t|", key=lambda d: first.count(d.encode()))


def expected(name, data):
    """Names and rows, as text in Latin-1."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    # The cases that put several candidates into a name tell nothing of delimiters.
    delimiter = "," if not name.startswith("delimiter") else delimiter_of(data)
    try:
        rows = read(data, delimiter)
    except csv.Error as e:
        raise Refused(e) from e
    if not rows:
        return [], []
    names = [n.strip(" \t") for n in rows[0]]
    for n in names:
        if "\0" in n:
            raise Refused("NUL in a name")
        try:
            n.encode("latin-1").decode()
        except UnicodeDecodeError as e:
            raise Refused("name") from e
    result = []
    for row in rows[1:]:
        if not row and len(names) > 1:
            continue
        if any(row[len(names):]):
            raise Refused("long row")
        result.append((row + [""] * len(names))[:len(names)])
    return names, result


def shown(names, rows):
    """Of equal names the first counts."""
    places = [i for i, n in enumerate(names) if n not in names[:i]]
    return [names[i] for i in places], [[row[i] for i in places] for row in rows]


def from_csv(data):
    rows = read(data)
    if not rows:
        return [], []
    return rows[0], [row or [""] for row in rows[1:]]


def leaves(value):
    """The values of nested objects, which dotted names make."""
    for v in value.values():
        if isinstance(v, dict):
            yield from leaves(v)
        else:
            yield "" if v is None else v


def utf8(text):
    """As the JSON of it reads: bytes that are no UTF-8 are U+FFFD, one each."""
    raw, out = text.encode("latin-1"), []
    while raw:
        for n in (1, 2, 3, 4):
            try:
                out.append(raw[:n].decode())
                raw = raw[n:]
                break
            except UnicodeDecodeError:
                pass
        else:
            out.append("\ufffd")
            raw = raw[1:]
    return "".join(out)


def check(name, data, directory, n):
    error = directory / f"{n}.err"
    try:
        want = shown(*expected(name, data))
    except Refused as reason:
        # A surplus field that is quoted and empty covers no bytes, but somebody wrote it.
        return None if error.exists() else f"was taken: {reason}"
    if error.exists():
        return None if name == "trailing quoted field" or b',""' in data else f"was refused: {error.read_text()}"
    written = (directory / f"{n}.csv").read_bytes()
    got = from_csv(written)
    if got != want:
        return f"{got} instead of {want}: {written!r}"
    lines = [line for line in (directory / f"{n}.jsonl").read_bytes().split(b"\n") if line]
    if want[0] and [list(leaves(json.loads(line))) for line in lines] != [[utf8(v) for v in row] for row in want[1]]:
        return f"JSON Lines: {lines}"
    return None


def render(directory, bytes_of):
    for n, data in enumerate(bytes_of):
        (directory / str(n)).write_bytes(data)
    subprocess.run([str(directory.parent / "csv_cells"), str(directory), str(len(bytes_of))], check=True)


def main():
    temporary = pathlib.Path(tempfile.mkdtemp(dir=os.environ.get("T")))
    subprocess.run([os.environ.get("CC", "gcc"), "-std=gnu17", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", f"-I{SRC}", "-o",
                    str(temporary / "csv_cells"), str(SRC / "tests/conformance/csv_cells.c"), str(BUILD / "libmeshfs.a"),
                    "-ljansson", "-lcrypto", "-lz", "-lzstd", "-lpthread"], check=True)
    table = list(cases())
    table += random_cases(int(os.environ.get("CSV_RANDOM", "3000")), int(os.environ.get("CSV_SEED", "1")))
    first, second = temporary / "first", temporary / "second"
    first.mkdir()
    second.mkdir()
    render(first, [data for _, data in table])
    failed = 0
    again = []
    for n, (name, data) in enumerate(table):
        if wrong := check(name, data, first, n):
            failed += 1
            print(f"not ok {name}: {data[:200]!r}: {wrong[:500]}")
        elif not (first / f"{n}.err").exists():
            again.append((name, (first / f"{n}.csv").read_bytes()))
    # What was written reads back as itself, nulls and empty strings included.
    render(second, [data for _, data in again])
    for n, (name, data) in enumerate(again):
        if (second / f"{n}.err").exists() or (second / f"{n}.csv").read_bytes() != data:
            failed += 1
            print(f"not ok {name}, again: {data[:200]!r}")
    named = sum(not name.startswith("random") for name, _ in table)
    print(f"ok {named} cases and {len(table) - named} random ones, {len(again)} of them read again")
    sys.exit(failed > 0)


main()
