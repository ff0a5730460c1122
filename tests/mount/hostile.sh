#!/bin/bash
# Storage that its owner filled with malice: links that lead out, circles, devices, names that cannot be shown. What can be shown is, nothing
# outside the port's root is ever reached, every walk comes to its end, and the daemon lives.
: "${SRC:?run it with tests/run}"
. "$SRC/tests/lib/mount.sh"
. "$SRC/tests/lib/mesh.sh"
need_root
need_fuse
users_up

mesh=$T/mesh
mnt=$T/mnt
mesh_make "$mesh"
data=$mesh/domains/logistics/data/routes
in=$mnt/logistics/routes/data/routes
echo "outside-token-4711" >"$T/outside"
mkdir "$T/outdir" && cp "$T/outside" "$T/outdir/f.csv"
cp "$T/outside" "$mesh/domains/logistics/data/beside.csv"

links() {
	cd "$data" || return
	mkdir links loops cycle
	ln -s ../../../../../../outside links/relative
	ln -s ../../beside.csv links/beside
	ln -s "$T/outside" links/absolute
	ln -s "$T/outdir" links/outdir
	ln -s "$data/routes.csv" links/absolute-inside
	ln -s /proc/self/root/etc/passwd links/magic
	ln -s /proc/self/cwd links/magic-dir
	ln -s /dev/zero links/device
	ln -s .. links/up-inside
	ln -s ../.. links/up-outside
	ln -s nowhere links/dangling
	ln -s "$(printf 'x/%.0s' {1..500})y" links/long
	ln -s ../routes.csv links/fine
	ln -s fine links/chain
	ln -s ../links/outdir/f.csv links/through
	ln -s self loops/self
	ln -s b loops/a
	ln -s a loops/b
	mkdir -p cycle/a cycle/b cycle/c/d
	ln -s ../b cycle/a/b
	ln -s ../a cycle/b/a
	ln -s ../../../cycle cycle/c/d/top
	ln -s . cycle/dot
	echo inside >cycle/c/d/f.csv
}

# Each level has several links to the next: 4^24 ways through 24 directories.
bomb() {
	local i j
	for i in $(seq 24); do
		mkdir -p "$data/bomb/$i"
		for j in a b c d; do
			ln -s "../$((i + 1))" "$data/bomb/$i/$j"
		done
	done
}

things() {
	mkdir "$data/things"
	cd "$data/things" || return
	mkfifo fifo
	mknod null c 1 3
	mknod loop b 7 0
	python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
	ln -s fifo to-fifo
	ln -s null to-null
	echo fine >fine.csv
}

names() {
	mkdir "$data/names"
	cd "$data/names" || return
	echo x >$'new\nline'
	echo x >$'escape\e[31m'
	echo x >$'delete\x7f'
	echo x >$'tab\tbed'
	echo x >$'latin1-\xe4'
	echo x >$'overlong-\xc0\xaf'
	echo x >$'surrogate-\xed\xa0\x80'
	echo x >$'cut-\xe2\x82'
	mkdir $'dir-\xff' && echo x >$'dir-\xff/f.csv'
	echo x >"fine ☃.csv"
	echo x >"$(printf '☃%.0s' {1..85})"
}

deep() {
	python3 - "$data" <<-'END'
		import os, sys

		fd = os.open(sys.argv[1], os.O_RDONLY)
		for i in range(60):
		    name = f"deep-{i}-" + "d" * 200
		    os.mkdir(name, dir_fd=fd)
		    fd = os.open(name, os.O_RDONLY, dir_fd=fd)
		os.close(os.open("bottom.csv", os.O_WRONLY | os.O_CREAT, dir_fd=fd))
	END
}

(links) && (things) && (names) && (deep) && bomb
mesh_mount "$mesh" "$mnt" || exit 1
pid=$(mesh_pid "$mnt")

alive() {
	kill -0 "$pid" && cmp "$data/routes.csv" "$in/routes.csv"
}

no_leak() { # what was read holds nothing from outside
	! grep -q -e outside-token -e root:x: "$1"
}

# ---- links ----

for name in relative beside absolute outdir absolute-inside magic magic-dir device up-outside through; do
	check_err "a link that leads out: $name" "Permission denied" cat "$in/links/$name"
	check_not "it cannot be listed: $name" ls "$in/links/$name/"
done
check_eq "they are listed as links" 10 "$(find "$in/links" -type l \( -name '*out*' -o -name 'magic*' -o -name 'abs*' -o -name relative \
	-o -name beside -o -name device -o -name through \) | wc -l)"
check_not "nor read" readlink -v "$in/links/absolute"
check_err "a link to nothing" "No such file" cat "$in/links/dangling"
check_not "a link of many levels to nothing" cat "$in/links/long"
check "a link inside" cmp "$in/links/fine" "$data/routes.csv"
check "a link to a link" cmp "$in/links/chain" "$data/routes.csv"
for name in self a b; do
	check_err "a loop: $name" "Too many levels" cat "$in/loops/$name"
done
check "a link to a directory above is shown, not followed" test -L "$in/links/up-inside"
check_err "and says why" "Too many levels" ls "$in/links/up-inside/"
check "two directories that link to each other" ls "$in/cycle/a/b"
check "up to where the circle closes" test -L "$in/cycle/a/b/a"
check "and a third above" test -L "$in/cycle/c/d/top"

# ---- things ----

check_eq "devices, sockets and FIFOs are left out" fine.csv "$(ls -A "$in/things")"
for name in fifo null loop socket to-fifo to-null; do
	check_err "not by name either: $name" "No such file" timeout 20 cat "$in/things/$name"
done

# ---- names ----

check_eq "only names that can be shown are" 2 "$(find "$in/names" -mindepth 1 | wc -l)"
check "they are counted" jq -e '.skipped_names >= 9' "$mnt/.meshfs/status.json"
for name in $'new\nline' $'escape\e[31m' $'delete\x7f' $'tab\tbed' $'latin1-\xe4' $'overlong-\xc0\xaf' $'surrogate-\xed\xa0\x80' \
	$'cut-\xe2\x82' $'dir-\xff/f.csv' $'dir-\xff'; do
	check_err "not by name either: $(printf %q "$name")" "No such file" stat "$in/names/$name"
done
check "a long name of wide letters" test -s "$in/names/$(printf '☃%.0s' {1..85})"

# ---- walks end ----

check "find ends" timeout 50 find "$in" -path '*/bomb' -prune -o -print
check "find -L ends" bash -c 'timeout 50 find -L "$1" -path "*/bomb" -prune -o -print >/dev/null 2>&1; [ $? -lt 124 ]' - "$in"
check "where links multiply too" bash -c 'timeout 50 find "$1/bomb/1" -print >/dev/null 2>&1; [ $? -lt 124 ]' - "$in"
(timeout 50 grep -r . "$in" --exclude-dir=bomb; cp -rL "$in/links" "$in/loops" "$T/copied/") >"$T/read" 2>/dev/null
check "nothing from outside was read" no_leak "$T/read"
check "nor copied" no_leak <(cat "$T"/copied/*/* 2>/dev/null)
check "files below the longest path" test -n "$(find "$in" -path '*/deep-10-*' -print -quit)"
check "the daemon lives" alive
check "umount" mesh_umount "$mnt"
finish
