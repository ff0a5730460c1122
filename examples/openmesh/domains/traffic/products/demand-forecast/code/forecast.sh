#!/bin/sh
# A first, deliberately naive forecast: every busy origin grows by the same yearly rate.
# Usage: forecast.sh flights-airport.csv > demand_forecast.csv
set -eu
LC_ALL=C
export LC_ALL

echo origin,year,flights
awk -F, -v OFS=, -v rate=0.021 '
NR > 1 { flights[$1] += $3 }
END {
	for (origin in flights) {
		if (flights[origin] < 20000)
			continue
		for (year = 2009; year <= 2012; year++)
			print origin, year, int(flights[origin] * (1 + rate) ^ (year - 2008) + 0.5)
	}
}' "$1" | sort
