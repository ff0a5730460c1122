#!/bin/sh
# make layers: proves that includes point one way and that each third-party header stays with its owner.
# Prints every violation as file:line and exits 1, or prints one line and exits 0. An argument names
# another tree than the one that this script lies in.
set -eu
cd "${1:-$(dirname "$0")/../..}"

find catalog fs -name '*.[ch]' -print | sort | xargs awk '
BEGIN {
	# A file may include its own part and parts of a lower rank; parts of one rank know nothing of each other.
	rank["fs/main"] = 10
	rank["fs/cmd"] = 9
	rank["fs/mount"] = 8
	rank["fs/tree"] = 7
	# Between the tree and the catalog. Storage and tables do not know who is asking; a document may ask the gate.
	rank["fs/render"] = 6
	rank["fs/gate"] = 5.9
	rank["fs/identity"] = 5.7
	rank["fs/world"] = 5.7
	rank["fs/table"] = 5.25
	rank["fs/cache"] = 5.4
	rank["fs/storage"] = 5.3
	rank["fs/status"] = 5.2
	rank["fs/watch"] = 5.2
	rank["fs/keys"] = 5.2
	rank["fs/workers"] = 5.2
	rank["fs/log"] = 5.1
	rank["fs/paths"] = 5.1
	rank["catalog/catalog"] = 5
	split("catalog/store catalog/policy catalog/audit catalog/manifest", part, " ")
	for (i in part)
		rank[part[i]] = 4
	rank["catalog/model"] = 3
	rank["catalog/base"] = 2

	# Third-party headers: a pattern of names, and a pattern of the files that may include them.
	owner["^(fuse|cuse)(_[a-z]+)?[.]h$"] = "^fs/mount/"
	owner["^sqlite3(ext)?[.]h$"] = "^(catalog/store/|fs/storage/sqlite)"
	owner["^yaml[.]h$"] = "^catalog/manifest/yaml[^/]*$"
	owner["^jansson[.]h$"] = "^catalog/base/json[.]c$"
	owner["^openssl/"] = "^catalog/base/digest[.]c$"
	owner["^(zlib|zstd(_errors)?)[.]h$"] = "^fs/table/(in|de)flate[.]c$"
	owner["^curl/"] = "^fs/storage/"
	owner["^libpq-fe[.]h$"] = "^fs/storage/postgres"
}

# "fs/tree/node.c" belongs to fs/tree, "fs/gate.c" to fs/gate, "catalog/model_free.c" to catalog/model.
function part_of(path,  word, n) {
	n = split(path, word, "/")
	if (n > 2)
		return word[1] "/" word[2]
	sub(/[._].*/, "", word[2])
	return word[1] "/" word[2]
}

function bad(text) {
	printf "%s:%d: %s\n", FILENAME, FNR, text
	failed++
}

FNR == 1 {
	files++
	mine = part_of(FILENAME)
	if (!(mine in rank))
		bad(mine " has no place among the layers")
}

/^[ \t]*#[ \t]*include[ \t]*</ {
	name = $0
	sub(/^[^<]*</, "", name)
	sub(/>.*/, "", name)
	for (pattern in owner)
		if (name ~ pattern && FILENAME !~ owner[pattern])
			bad("<" name "> is for files that match " owner[pattern])
	next
}

/^[ \t]*#[ \t]*include[ \t]*"/ {
	name = $0
	sub(/^[^"]*"/, "", name)
	sub(/".*/, "", name)
	# The schema, embedded by the build.
	if (name ~ /^[a-z0-9_]+[.]sql[.]h$/ && mine == "catalog/store")
		next
	if (name !~ /^(catalog|fs)\/.*[.]h$/) {
		bad("\"" name "\" does not name a header by its path from the root")
		next
	}
	theirs = part_of(name)
	if (!(theirs in rank))
		bad("\"" name "\" has no place among the layers")
	else if (theirs != mine && rank[theirs] >= rank[mine])
		bad(mine " may not include " theirs)
	else if (mine ~ /^fs/ && theirs ~ /^catalog/ && theirs !~ /^catalog\/(catalog|model|base)$/)
		bad("fs reaches the catalog through catalog/catalog.h alone, not " theirs)
	next
}

/^[ \t]*#[ \t]*include/ {
	bad("an include that cannot be checked")
}

END {
	if (failed) {
		printf "layers: %d violations in %d files\n", failed, files
		exit 1
	}
	printf "layers: %d files, includes point one way\n", files
}'
