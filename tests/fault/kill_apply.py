#!/usr/bin/env python3
# timeout: 300
"""kill -9 during apply, a hundred times at random moments: the catalog holds the old epoch or the
new one, whole.

Each round gives every manifest the next generation's number and applies; the process is killed
after a random time. Afterwards the catalog must pass SQLite's own checks, stand at the epoch before
or the one after, and show in it one generation everywhere: in the bodies, in the kept bytes, in the
index for the search, and in as many products as there are. The test refuses to pass where no kill
hit an open transaction; that is seen by SQLite's lock on the write-ahead log's index, byte 120 of
the -shm file (https://sqlite.org/walformat.html, section 2.3).
"""

import fcntl
import os
import pathlib
import random
import re
import signal
import sqlite3
import struct
import subprocess
import sys
import time

MESHFS = os.environ["MESHFS"]
WORK = pathlib.Path(os.environ.get("T", "."))
MESH = WORK / "mesh"
CATALOG = WORK / "catalog.db"
ROUNDS = int(os.environ.get("KILL_ROUNDS", "100"))
DOMAINS = ("sales", "logistics")
PRODUCTS = 40  # in each
WRITE_LOCK = 120
FLOCK = "hhqqi4x"  # struct flock
OPEN_END = 2**63 - 1


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def write_mesh(generation):
    places = ", ".join(f"{{path: domains/{domain}}}" for domain in DOMAINS)
    write(MESH / "mesh.yaml", f"""\
apiVersion: meshfs/v1
kind: Mesh
id: retail
name: generation-{generation}
classifications: [public, internal]
defaultClassification: internal
domains: [{places}]
""")
    for domain in DOMAINS:
        write_domain(domain, generation)


def write_domain(domain, generation):
    place = MESH / "domains" / domain
    write(place / "domain.yaml", f"""\
apiVersion: meshfs/v1
kind: Domain
id: {domain}
name: generation-{generation}
owners: [{{user: jane, role: owner, dateIn: "2026-01-01"}}]
""")
    for i in range(PRODUCTS):
        write_product(place / "products", domain, f"p{i:03}", generation)


def write_product(place, domain, name, generation):
    write(place / name / f"{name}.odps.yaml", f"""\
apiVersion: v1.0.0
kind: DataProduct
id: {domain}-{name}
name: generation-{generation}
version: 1.0.{generation}
status: active
outputPorts: [{{name: {name}, version: 1.0.0, contractId: {domain}-{name}}}]
""")
    write(place / name / "contracts" / f"{name}.odcs.yaml", f"""\
apiVersion: v3.1.0
kind: DataContract
id: {domain}-{name}
name: generation-{generation}
version: 1.0.0
status: active
servers: [{{server: file, type: local, path: data, format: csv}}]
schema:
  - name: {name}
    properties: [{{name: id}}, {{name: amount}}, {{name: generation-{generation}}}]
""")


def apply_command():
    return [MESHFS, "apply", str(MESH), "--catalog", str(CATALOG)]


def in_transaction():
    """Whether some process holds the lock of the one that writes."""
    try:
        with open(f"{CATALOG}-shm", "rb+") as shm:
            asked = struct.pack(FLOCK, fcntl.F_WRLCK, os.SEEK_SET, WRITE_LOCK, 1, 0)
            held = fcntl.fcntl(shm, fcntl.F_GETLK, asked)
            return struct.unpack(FLOCK, held)[0] != fcntl.F_UNLCK
    except FileNotFoundError:
        return False


def apply_and_kill(after_sec):
    """Where the killed process was: "inside" a transaction, "outside" one, or it had "ended"."""
    process = subprocess.Popen(
        apply_command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(after_sec)
    os.kill(process.pid, signal.SIGSTOP)  # not send_signal, which reaps what has ended
    state = os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
    if state.si_code != os.CLD_STOPPED:
        process.wait()
        return "ended"
    at = "inside" if in_transaction() else "outside"
    process.kill()
    process.wait()
    return at


def only(what, values):
    values = set(values)
    assert len(values) == 1, f"{what}: a mix of {sorted(map(str, values))}"
    return values.pop()


NAMES = {
    "domains": "SELECT d.name FROM domain_span JOIN domain d ON did = ref",
    "products": "SELECT p.title FROM product_span JOIN product p ON pid = ref",
    "contracts": "SELECT c.name FROM product_span JOIN contract c ON pid = ref",
    "columns": "SELECT c.name FROM product_span JOIN port_column c ON pid = ref AND pos = 2",
    "search": "SELECT i.title FROM product_span JOIN search i ON i.rowid = ref",
}


def generation_in(db, epoch):
    """The one generation of all that stands in the epoch."""
    standing = f"WHERE since <= {epoch} AND {epoch} < until"
    found = {what: only(what, (row[0] for row in db.execute(f"{query} {standing}")))
             for what, query in NAMES.items()}
    kept = [row[0].decode() for row in db.execute(
        "SELECT bytes FROM file_span JOIN file ON fid = ref JOIN blob b ON b.hash = file.blob"
        f" {standing}")]
    found["bytes"] = only("bytes", re.findall(r"generation-\d+", " ".join(kept)))
    products = db.execute(f"SELECT count(*) FROM product_span {standing}").fetchone()[0]
    assert products == len(DOMAINS) * PRODUCTS, f"{products} products"
    assert len(kept) == 1 + len(DOMAINS) * (1 + 2 * PRODUCTS), f"{len(kept)} files"
    return int(only(str(found), found.values()).removeprefix("generation-"))


def check():
    """What stands now: (epoch, generation)."""
    db = sqlite3.connect(CATALOG)
    try:
        verdict = db.execute("PRAGMA integrity_check").fetchall()
        assert verdict == [("ok",)], f"integrity_check: {verdict[:3]}"
        assert not db.execute("PRAGMA foreign_key_check").fetchall(), "foreign_key_check"
        db.execute("INSERT INTO search (search) VALUES ('integrity-check')")
        db.rollback()
        epoch = db.execute("SELECT max(epoch) FROM epoch").fetchone()[0]
        later = db.execute(
            "SELECT count(*) FROM product_span WHERE since > ?1 OR (until > ?1 AND until < ?2)",
            (epoch, OPEN_END)).fetchone()[0]
        assert later == 0, f"{later} spans begin or end after the current epoch"
        return epoch, generation_in(db, epoch)
    finally:
        db.close()


def apply_whole(number):
    write_mesh(number)
    begun = time.monotonic()
    subprocess.run(apply_command(), check=True, stdout=subprocess.DEVNULL)
    took_sec = time.monotonic() - begun
    stands = check()
    assert stands[1] == number, f"{stands} after generation {number} was applied"
    return stands, took_sec


def main():
    random.seed(os.environ.get("KILL_SEED"))
    tally = {"inside": 0, "outside": 0, "ended": 0}
    apply_whole(1)
    stands, took_sec = apply_whole(2)
    assert stands == (2, 2), stands

    moved = 0
    for number in range(3, ROUNDS + 3):
        write_mesh(number)
        at = apply_and_kill(random.uniform(0, 1.1 * took_sec))
        tally[at] += 1
        was, stands = stands, check()
        assert stands in (was, (was[0] + 1, number)), f"{was} became {stands}, killed {at}"
        moved += stands != was

    apply_whole(ROUNDS + 3)
    print(f"{ROUNDS} kills: {tally['inside']} inside a transaction, {tally['outside']} outside one,"
          f" {tally['ended']} too late; {moved} left the new epoch, {ROUNDS - moved} the old one")
    if tally["inside"] == 0:
        sys.exit("no kill hit an open transaction: nothing was tested")


main()
