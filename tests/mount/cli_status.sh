#!/bin/bash
# meshfs status, and what the other commands make of one mount, of several, of silent and of dead ones. In a mount namespace
# of its own, where no other mesh is mounted.
: "${SRC:?run it with tests/run}"
. "$SRC/tests/lib/mount.sh"
. "$SRC/tests/lib/mesh.sh"
need_root
need_fuse
unset MESHFS_MESH

if [ -z "${INSIDE:-}" ]; then
	INSIDE=yes exec unshare --mount --propagation private bash "$0"
fi
awk '/ - fuse[.]meshfs / { print $5 }' /proc/self/mountinfo | while read -r other; do
	umount -l "$(printf '%b' "$other")"
done

cd "$T" || exit
mesh=$T/mesh
mesh_make "$mesh"
a=$T/a
b="$T/b with blanks"

code() { # ARGUMENT...: the exit status; output in $T/out and $T/err
	"$MESHFS" "$@" >"$T/out" 2>"$T/err"
	echo $?
}
table() { # MOUNTPOINT: its state in the table
	"$MESHFS" status | sed -n "s|^$1  *$mesh  *||p" | sed 's/  .*//'
}
json() { # NAME EXPRESSION on v, the output
	check "$1" python3 -c "
import json
v = json.load(open('$T/out'))
assert $2, v"
}

# ---- none ----

check_eq "no mount" "0 " "$(code status) $(cat out)"
check "is noted" grep -q 'no mesh is mounted' err
check_eq "as JSON" "0 []" "$(code status --format json) $(cat out)"
check_err "at a place" "no mesh is mounted at $T" "$MESHFS" status "$T"
check_err "ls without a mesh" "none is mounted" "$MESHFS" ls
check_err "audit without a mesh" "none is mounted" "$MESHFS" audit tail

# ---- one ----

check "mount" mesh_mount "$mesh" "$a"
check_eq "one mount" 0 "$(code status)"
check_eq "the table" "MOUNTPOINT MESH STATE EPOCH OPEN READS CACHE ERRORS" "$(head -n 1 out | xargs)"
check_eq "its row" "$a $mesh running 1 0" "$(awk 'NR == 2 { print $1, $2, $3, $4, $5 }' out)"
check_eq "JSON" 0 "$(code status --format json)"
json "has the mount's own status" "len(v) == 1 and v[0]['mountpoint'] == '$a' and v[0]['source'] == '$mesh' and v[0]['state'] == 'running' and v[0]['status']['epoch'] == 1"
check_eq "one in full" 0 "$(code status "$a")"
check "names its mesh" grep -q "^mesh: $mesh$" out
check "its catalog" grep -q "^catalog: $(mesh_state "$a")/catalog.db$" out
check "its record" grep -q "^audit: $(mesh_state "$a")/audit$" out
check "how it reads" grep -q '^reads: ' out
check_eq "by a path inside" 0 "$(code status "$a/sales")"
check_eq "by a relative path" 0 "$(cd "$a" && code status .)"
check_eq "with a slash" 0 "$(code status "$a//")"
exec 7<"$a/logistics/routes/data/routes/routes.csv"
check "open files are counted" wait_for 5 sh -c "'$MESHFS' status '$a' | grep -q '^open_files: [12]'"
exec 7<&-
echo "nonsense: 1" >>"$mesh/domains/sales/domain.yaml"
check "errors are counted" wait_for 5 sh -c "'$MESHFS' status '$a' | grep -q '^errors: 1'"
check "and shown" sh -c "'$MESHFS' status '$a' | grep -q 'file: domains/sales/domain.yaml'"
check_eq "the only mount is meant where none is named" "logistics sales" "$("$MESHFS" ls | xargs)"
check_eq "by search" "logistics/routes" "$("$MESHFS" search routes | cut -d' ' -f1)"
check_eq "by explain" 0 "$(code explain logistics/routes/data/routes/routes.csv)"
check "by audit" "$MESHFS" audit verify
check "by history" "$MESHFS" history

# ---- two ----

check "mount another" mesh_mount "$mesh" "$b"
check_eq "both" 2 "$("$MESHFS" status --format json | grep -c '"state": "running"')"
check_eq "one of them" 1 "$("$MESHFS" status --format json "$b" | grep -c '"state": "running"')"
check_err "none is meant" "more than one is mounted" "$MESHFS" ls
check_eq "but the environment's" "logistics sales" "$(MESHFS_MESH=$a "$MESHFS" ls | xargs)"
check_eq "or the current directory's" "logistics" "$(cd "$b" && "$MESHFS" ls | xargs)"

# ---- a silent one ----

pid=$(mesh_pid "$a")
exec 7<"$a/.meshfs/README.md"
kill -STOP "$pid"
start=$(date +%s)
check_eq "a silent mount: exit status" 1 "$(code status)"
check "does not keep the command" test $(($(date +%s) - start)) -le 5
check_eq "is named" "does not answer" "$(table "$a")"
check "the other answers" grep -q "^$b .* running " out
check_eq "as JSON" 1 "$(code status --format json)"
json "too" "sorted(m['state'] for m in v) == ['running', 'silent'] and [m['status'] for m in v if m['state'] == 'silent'] == [None]"
check_eq "alone" 1 "$(code status "$a")"
check "neither does its pipe" timeout 10 sh -c "'$MESHFS' status | cat"
check_err "ls of it" "does not answer" timeout 10 "$MESHFS" ls "$a"
check_err "explain in it" "does not answer" timeout 10 "$MESHFS" explain "$a/sales"
check_err "umount of it" "meshfs umount -l" timeout 30 "$MESHFS" umount "$a"
kill -CONT "$pid"
exec 7<&-
check_eq "it answers again" 0 "$(code status "$a")"

# ---- a dead one ----

kill -KILL "$pid"
wait_for 5 sh -c "! kill -0 $pid 2>/dev/null"
check_eq "a dead mount: exit status" 1 "$(code status)"
check_eq "is named" "dead" "$(table "$a")"
check_eq "as JSON" 1 "$(code status --format json "$a")"
json "too" "v[0]['state'] == 'dead' and v[0]['status'] is None"
check_err "ls of it" "is dead" "$MESHFS" ls "$a"
check "umount detaches it" "$MESHFS" umount "$a"
check_eq "it is gone" 1 "$("$MESHFS" status --format json | grep -c '"mountpoint": "/.*"state"')"
check "umount of the other" "$MESHFS" umount "$b"
check_eq "none is left" "[]" "$("$MESHFS" status --format json)"
finish
