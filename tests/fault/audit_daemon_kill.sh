#!/bin/bash
# timeout: 120
# kill -9 of the daemon, many times at random moments, while three users open files. Each of them writes down every answer
# to an open, in order; every answer must have its record. The next mount cleans the dead one away.
: "${SRC:?run it with tests/run}"
. "$SRC/tests/lib/mount.sh"
. "$SRC/tests/lib/mesh.sh"
need_root
need_fuse
users_up || skip_all "the test users cannot be made"

rounds=${KILL_ROUNDS:-35}
mesh=$T/mesh
m=$T/m
state=$(mesh_state "$m")

cat >"$T/client.py" <<'EOT'
"""Opens files at random until told to stop; what was answered goes to a file in one write(2), before the next open."""
import errno, os, random, sys, time

mount, log, stop = sys.argv[1:4]
paths = sys.argv[4:]
out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
gone = (errno.ENOTCONN, errno.ECONNABORTED, errno.EIO)  # no daemon, or it died before it answered
while not os.path.exists(stop):
    path = random.choice(paths)
    try:
        fd = os.open(f"{mount}/{path}", os.O_RDONLY)
        os.write(out, f"{os.getpid()} allow {path}\n".encode())
        os.close(fd)
    except OSError as e:
        if e.errno == errno.EACCES:
            os.write(out, f"{os.getpid()} deny {path}\n".encode())
        elif e.errno in gone or e.errno == errno.ENOENT:  # not mounted again yet
            time.sleep(0.005)
        else:
            sys.exit(f"{path}: {e}")
EOT

cat >"$T/judge.py" <<'EOT'
"""The answers of each client, in their order, must be found in the records of its process, in the same order."""
import glob, json, sys

directory, logs = sys.argv[1], sys.argv[2:]
records = {}
for file in sorted(glob.glob(f"{directory}/audit-*.jsonl")):
    for line in open(file):
        r = json.loads(line)
        records.setdefault(r["pid"], []).append((r["decision"], r["resource"]))
answers = allowed = 0
for log in logs:
    at = {}
    for line in open(log):
        pid, decision, path = line.split()
        own, i = records.get(int(pid), []), at.get(pid, 0)
        while i < len(own) and own[i] != (decision, path):
            i += 1
        if i == len(own):
            sys.exit(f"{log}: no record of the answer: {line}")
        at[pid] = i + 1
        answers += 1
        allowed += decision == "allow"
print(answers, allowed)
if answers < 200 or allowed < 100:
    sys.exit(f"only {answers} answers, {allowed} of them allowed: nothing is shown by that")
EOT

paths="logistics/routes/data/routes/routes.csv sales/orders/data/orders/2025/orders.csv
	sales/orders/data/orders/2026/orders.csv sales/orders/metadata/code/build.sql"

start_clients() {
	local user
	for user in mfs_alice mfs_bob mfs_carol; do
		# shellcheck disable=SC2086
		as $user python3 "$T/client.py" "$m" "$T/logs/$user" "$T/stop" $paths &
		clients="$clients $!"
	done
}

# A leader that is a zombie with threads left has not ended.
ended() {
	! kill -0 "$1" 2>/dev/null ||
		{ grep -q '^State:.*Z' "/proc/$1/status" && [ "$(ls "/proc/$1/task" | wc -l)" = 1 ]; } 2>/dev/null
}

verify() {
	"$MESHFS" audit verify --audit "$state/audit"
}

# One life of the daemon. Some deaths come while a reload is under way.
round() {
	local pid
	mesh_mount "$mesh" "$m" "$1" >"$T/mounted" 2>&1 || {
		echo "mount: $(cat "$T/mounted")"
		return 1
	}
	pid=$(mesh_pid "$m") || return 1
	sleep 0.$(printf '%03d' $((RANDOM % 300)))
	if [ $((RANDOM % 2)) = 0 ]; then
		sed "s/^name: .*/name: Mesh $RANDOM/" "$mesh/mesh.yaml" >"$T/new" && mv "$T/new" "$mesh/mesh.yaml"
		sleep 0.$(printf '%03d' $((RANDOM % 200 + 30)))
	fi
	kill -9 "$pid"
	wait_for 10 ended "$pid" || {
		echo "the daemon does not end"
		return 1
	}
	kills=$((kills + 1))
	verify >"$T/verified" 2>&1 || {
		echo "after kill $kills: $(cat "$T/verified")"
		return 1
	}
}

all_rounds() {
	local n
	for n in $(seq "$rounds"); do
		round "$([ $((n % 2)) = 0 ] && echo no_passthrough || echo log=error)" || return 1
	done
}

mesh_make "$mesh"
mkdir -m 1777 "$T/logs"
clients=
kills=0
start_clients
all_rounds
check_eq "as many deaths as due, the record whole after each" "$rounds" "$kills"
check "the last mount cleans up" mesh_mount "$mesh" "$m"
check "one mount is there" test "$(grep -c " $m " /proc/self/mountinfo)" = 1
sleep 0.3
touch "$T/stop"
for pid in $clients; do
	wait "$pid"
	verdict $? "a client ended well"
done
said=$(python3 "$T/judge.py" "$state/audit" "$T"/logs/* 2>&1)
verdict $? "every answer has its record ($said)" "$said"
check "unmount" mesh_umount "$m"
check "the record is whole" verify
torn=$(find "$state/audit" -name '*.torn' | wc -l)
echo "torn lines kept: $torn"
finish
