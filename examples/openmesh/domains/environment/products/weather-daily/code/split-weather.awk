# One file per station and year from the two-station table.
# Usage: awk -v dir=OUTPUT-DIR -f split-weather.awk weather.csv
BEGIN { FS = "," }
NR == 1 { header = $0; next }
{
	station = tolower($1)
	gsub(/ /, "-", station)
	year = substr($2, 1, 4)
	file = dir "/" station "/" year ".csv"
	if (!(file in opened)) {
		opened[file] = 1
		system("mkdir -p '" dir "/" station "'")
		print header > file
	}
	print > file
}
