# One file per species from the GAP habitat table; county numbers regain their leading zero.
# Usage: awk -v dir=OUTPUT-DIR -f split-species.awk species.csv
BEGIN { FS = "," }
NR > 1 {
	name = tolower($2)
	gsub(/[^a-z]/, "_", name)
	file = dir "/" name ".csv"
	if (!(file in opened)) {
		opened[file] = 1
		print "county_fips,habitat_yearround_pct" > file
	}
	printf "%05d,%s\n", $5, $6 > file
}
