#!/usr/bin/env python3
"""Cut the FAA wildlife strike extract into the two data sets of this domain.

Usage: split-strikes.py SOURCE.csv OUTPUT-DIR

Writes OUTPUT-DIR/birdstrikes/strikes/year=YYYY/strikes.csv and OUTPUT-DIR/strike-costs/strike_costs.csv
for the years 1998 to 2002. The source has no key, so a strike is numbered within its year in source order.
"""
import collections
import csv
import pathlib
import sys

FIRST, LAST = 1998, 2002
STRIKE = {
    "airport_name": "Airport Name",
    "origin_state": "Origin State",
    "aircraft": "Aircraft Make Model",
    "operator": "Aircraft Airline Operator",
    "phase": "Phase of flight",
    "time_of_day": "Time of day",
    "wildlife_size": "Wildlife Size",
    "species": "Wildlife Species",
    "damage": "Effect Amount of damage",
    "speed_kias": "Speed IAS in knots",
}
COST = {
    "origin_state": "Origin State",
    "operator": "Aircraft Airline Operator",
    "damage": "Effect Amount of damage",
    "cost_repair_usd": "Cost Repair",
    "cost_other_usd": "Cost Other",
    "cost_total_usd": "Cost Total $",
}


def table(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main(source, target):
    years, costs, seen = collections.defaultdict(list), [], collections.Counter()
    with open(source, newline="", encoding="utf-8") as src:
        for row in csv.DictReader(src):
            year = int(row["Flight Date"][:4])
            if not FIRST <= year <= LAST:
                continue
            seen[year] += 1
            key = {"strike_id": f"{year}-{seen[year]:04d}", "flight_date": row["Flight Date"]}
            years[year].append(key | {name: row[old] for name, old in STRIKE.items()})
            if int(row["Cost Total $"]) > 0:
                costs.append(key | {name: row[old] for name, old in COST.items()})
    for year, rows in years.items():
        table(target / "birdstrikes" / "strikes" / f"year={year}" / "strikes.csv", rows)
    table(target / "strike-costs" / "strike_costs.csv", costs)


if __name__ == "__main__":
    main(sys.argv[1], pathlib.Path(sys.argv[2]))
