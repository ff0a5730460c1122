#!/usr/bin/env python3
"""Make the synthetic staff of the authority: no row describes a living person.

Usage: generate-staff.py DIRECTORY.csv HEADCOUNT.csv MEDICAL.csv

The same seed gives the same staff, so that the files can be checked against this program.
"""
import csv
import datetime
import random
import sys

FIRST = "Ada Ben Chiara Dmitri Elif Femi Greta Hiro Ines Jonas Kavya Leon Mara Noor Olga Pavel Rosa Sami Tove Ugo Vera Wen Yara Zoe".split()
LAST = "Albers Brand Castell Dahl Eriksen Farkas Gruber Haddad Ito Jansen Keller Lindqvist Moreau Novak Okafor Petrov Quist Rossi Sato Torres".split()
UNITS = ["Airfield inspection", "Data office", "Environment", "Human resources", "Traffic analysis", "Wildlife control"]
BASES = ["SEA", "PDX", "DEN", "ORD", "JFK", "ATL", "DFW", "MEM"]
FINDINGS = ["none", "none", "none", "none", "corrective lenses", "no night duty"]


def day(rng, first, last):
    start, end = datetime.date(first, 1, 1), datetime.date(last, 12, 31)
    return start + datetime.timedelta(days=rng.randrange((end - start).days))


def write(path, header, rows):
    with open(path, "w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def main(directory, headcount, medical):
    rng = random.Random(20260401)
    names = rng.sample([(f, l) for f in FIRST for l in LAST], 120)
    staff, checks, count = [], [], {}
    for number, (first, last) in enumerate(names, 1):
        key, unit, base = f"M{number:04d}", rng.choice(UNITS), rng.choice(BASES)
        mail = f"{first}.{last}@meridian.example".lower()
        staff.append([key, f"{first} {last}", mail, unit, base, day(rng, 1998, 2025), day(rng, 1962, 2001)])
        count[unit, base] = count.get((unit, base), 0) + 1
        if unit in ("Airfield inspection", "Wildlife control"):
            seen = day(rng, 2025, 2025)
            checks.append([key, seen, rng.choice("AB"), rng.choice(FINDINGS), seen + datetime.timedelta(days=365)])
    write(directory, "staff_id full_name work_email unit base_airport hired_on birth_date".split(), staff)
    write(headcount, "unit base_airport staff".split(), [[*k, n] for k, n in sorted(count.items())])
    write(medical, "staff_id examined_on duty_class finding next_due".split(), checks)


if __name__ == "__main__":
    main(*sys.argv[1:4])
