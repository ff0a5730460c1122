#!/bin/bash
# mount.meshfs by itself: what it makes of mount(8)'s arguments. A stand-in for meshfs writes down what it was
# called with and ends with the status in $T/status.
: "${SRC:?run it with tests/run}"
. "$SRC/tests/lib/mount.sh"

mkdir "$T/bin"
sed "s|^bindir=.*|bindir=$T/bin|" "$SRC/mount-helper.sh" >"$T/mount.meshfs"
cat >"$T/bin/meshfs" <<EOF
#!/bin/sh
printf '[%s]' "\$@" >"$T/called"
exit \$(cat "$T/status")
EOF
chmod 755 "$T/mount.meshfs" "$T/bin/meshfs"

# helper ARGUMENT...: prints the status and what meshfs got, under the environment that mount(8) may give.
helper() {
	rm -f "$T/called"
	env -i PATH=/sbin:/bin HOME=/ "$T/mount.meshfs" "$@" >"$T/out" 2>"$T/err"
	echo "$? $(cat "$T/called" 2>/dev/null)"
}

# expect NAME WANT ARGUMENT...
expect() {
	local name=$1 want=$2
	shift 2
	check_eq "$name" "$want" "$(helper "$@")"
}

echo 0 >"$T/status"
expect "no options" "0 [mount][--][conf][/m]" conf /m -o rw
expect "own options stay in order" "0 [mount][-o][allow_other,catalog=/c d.db,log=debug][--][conf][/m]" \
	conf /m -o "ro,allow_other,catalog=/c d.db,_netdev,nofail,log=debug"
expect "what mount(8) hands on ends here" "0 [mount][-o][timeout=5][--][conf][/m]" conf /m -o \
	"ro,nodev,nosuid,noexec,noatime,timeout=5,_netdev,nofail,user,users,owner,group,defaults,auto,noauto,uhelper=x,helper=y,x-a=1,X-b,comment=c"
expect "blanks in paths" "0 [mount][-o][cache=/a b/c][--][/my mesh][/mnt/the mesh]" "/my mesh" "/mnt/the mesh" -o "rw,cache=/a b/c"
expect "quotes and patterns are text" "0 [mount][-o][cache=/*,audit=/\"a'\$x][--][/m*][/d?]" \
	"/m*" "/d?" -o "cache=/*,audit=/\"a'\$x"
expect "a name that starts with a dash" "0 [mount][--][-mesh][/m]" -o rw -- -mesh /m
expect "options before the operands" "0 [mount][-o][io_uring][--][conf][/m]" -o io_uring conf /m
expect "several -o" "0 [mount][-o][io_uring,log=info][--][conf][/m]" conf /m -o io_uring -o log=info
expect "an unknown option is meshfs's to refuse" "0 [mount][-o][nonsense][--][conf][/m]" conf /m -o nonsense
expect "-s leaves unknown options out" "0 [mount][-o][allow_other][--][conf][/m]" conf /m -s -o "nonsense,allow_other,context=a"
expect "-n, -r and -t" "0 [mount][--][conf][/m]" conf /m -n -r -o rw -t meshfs.sub
expect "joined letters" "0 " conf /m -nfv -o rw
expect "-f does not mount" "0 " conf /m -f -o rw
expect "-v mounts" "0 [mount][--][conf][/m]" conf /m -v -o rw
check_eq "-v says what it does" "mount.meshfs: meshfs mount -- conf /m" "$(cat "$T/out")"

expect "remount is refused" "32 " conf /m -o rw,remount
check "the refusal says why" grep -q "cannot be remounted" "$T/err"
expect "-f refuses remount as well" "32 " conf /m -f -o remount
expect "no directory" "1 " conf
expect "no argument" "1 "
expect "three operands" "1 " a b c
expect "an unknown letter" "1 " conf /m -x
expect "an option without its argument" "1 " conf /m -o
expect "another namespace" "1 " conf /m -N /proc/1/ns/mnt

for status in 1 2 32; do
	echo $status >"$T/status"
	expect "status $status is handed on" "$status [mount][--][conf][/m]" conf /m
done
echo 7 >"$T/status"
expect "a foreign status becomes 32" "32 [mount][--][conf][/m]" conf /m
if [ ! -x /usr/local/bin/meshfs ] && [ ! -x /usr/bin/meshfs ]; then
	rm "$T/bin/meshfs"
	expect "no program: the system failed" "2 " conf /m
else
	skip "no program: the system failed" "meshfs is installed on this machine"
fi
finish
