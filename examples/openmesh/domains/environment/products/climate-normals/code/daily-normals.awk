# Hourly normals averaged to days; the year of the source is a dummy, so it goes.
# Usage: awk -f daily-normals.awk seattle-weather-hourly-normals.csv > normals.csv
BEGIN { FS = ","; print "month,day,pressure_hpa,temperature_c,wind_ms" }
NR > 1 {
	key = substr($1, 6, 5)
	if (!(key in n))
		order[++days] = key
	n[key]++
	pressure[key] += $2
	temperature[key] += $3
	wind[key] += $4
}
END {
	for (i = 1; i <= days; i++) {
		key = order[i]
		printf "%d,%d,%.1f,%.1f,%.1f\n", substr(key, 1, 2), substr(key, 4, 2),
		       pressure[key] / n[key], temperature[key] / n[key], wind[key] / n[key]
	}
}
