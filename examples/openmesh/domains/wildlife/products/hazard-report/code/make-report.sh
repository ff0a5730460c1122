#!/bin/sh
# The yearly wildlife hazard report as one PDF page, from the strikes of that year.
# Usage: make-report.sh YEAR STRIKES.csv > YEAR.pdf          (needs ghostscript)
set -eu
LC_ALL=C
export LC_ALL

year=$1
awk -F, -v year="$year" '
function bar(y, label, n, most) {
	printf "%d (%s) %d %.1f row\n", y, label, n, 260 * n / most
}
function escape(s) {
	gsub(/[()\\]/, "\\\\&", s)
	return s
}
# Prints the `rows` largest entries of count[], largest first, ties by name.
function chart(y, rows, count,    i, name, best, most) {
	for (i = 0; i < rows; i++) {
		best = ""
		for (name in count)
			if (best == "" || count[name] > count[best] || (count[name] == count[best] && name < best))
				best = name
		if (best == "")
			return
		if (i == 0)
			most = count[best]
		bar(y - 16 * i, escape(best), count[best], most)
		delete count[best]
	}
}
NR == 1 { for (i = 1; i <= NF; i++) col[$i] = i; next }
{
	strikes++
	phase[$col["phase"]]++
	species[$col["species"]]++
	if ($col["damage"] != "None")
		damaged++
}
END {
	print "%!PS-Adobe-3.0"
	print "%%Pages: 1"
	print "%%EndComments"
	print "<< /PageSize [595 842] >> setpagedevice"
	printf "[ /Title (Wildlife hazard report %s) /Author (Meridian Airfield Authority) /DOCINFO pdfmark\n", year
	print "/text { /Helvetica findfont exch scalefont setfont moveto show } bind def"
	print "/row { /w exch def /n exch def /label exch def /y exch def"
	print "  0 setgray label 60 y 10 text"
	print "  0.16 0.35 0.52 setrgbcolor 230 y 2 sub w 11 rectfill"
	print "  0 setgray n 12 string cvs 236 w add y 10 text } bind def"
	printf "(Wildlife hazard report %s) 60 770 22 text\n", year
	print "(Meridian Airfield Authority, wildlife domain) 60 748 11 text"
	printf "(%d strikes reported, %d of them with damage.) 60 716 12 text\n", strikes, damaged
	print "(Phase of flight) 60 680 14 text"
	chart(656, 7, phase)
	print "(Ten species most often struck) 60 520 14 text"
	chart(496, 10, species)
	print "(Source: FAA Wildlife Strike Database, extract by vega-datasets; a U.S. Government work.) 60 60 8 text"
	print "showpage"
}' "$2" |
	gs -q -dNOPAUSE -dBATCH -dSAFER -sDEVICE=pdfwrite -dCompatibilityLevel=1.4 -sOutputFile=- -
