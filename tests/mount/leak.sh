#!/bin/bash
# timeout: 150
# shellcheck disable=SC2317
# Three users ask for the same paths in every way there is (leak_reader.c), in parallel and while the policies change all
# the time: nobody meets a name, a size or a byte that is not his. What holds for each user holds in every state that the
# policies take; one right of mfs_bob is taken and given back, and a second after each `apply` the old answer is gone.
: "${SRC:?run it with tests/run}"
. "$SRC/tests/lib/mount.sh"
. "$SRC/tests/lib/mesh.sh"
need_root
need_fuse
users_up || skip_all "the test users cannot be made"

mesh=$T/mesh
sales=$mesh/domains/sales
hammer_sec=11
report_bytes=48611

# grow FILE BYTES: lines of digits behind what is there.
grow() {
	local have
	have=$(stat -c %s "$1")
	{
		seq 100000 999999 | head -c $(($2 - have - 1))
		echo
	} >>"$1"
}

# rows NAME: a table's lines, with e-mail addresses.
rows() {
	echo "id,email,amount"
	seq 2000 | sed "s/.*/&,$1-&@example.org,&00/"
}

make_mesh() {
	mesh_make "$mesh"
	mesh_contract sales quokka data/quokka <<-EOT | mesh_product sales quokka active hidden
		      - {name: quokka_text, logicalType: string, classification: restricted}
	EOT
	mkdir -p "$sales/data/quokka" "$sales/data/ledger"
	echo "the quokka report" >"$sales/data/quokka/quokka-report.txt"
	grow "$sales/data/quokka/quokka-report.txt" $report_bytes
	rows wombat-4417 >"$sales/data/orders/2025/orders.csv"
	mesh_contract sales ledger data/ledger <<-EOT | mesh_product sales ledger active ''
		      - {name: id, logicalType: integer, classification: internal}
		      - {name: email, logicalType: string, classification: confidential}
		      - {name: amount, logicalType: integer, classification: internal}
	EOT
	rows ledger-token >"$sales/data/ledger/ledger.csv"
	orders_bytes=$(stat -c %s "$sales/data/orders/2025/orders.csv")
	ledger_bytes=$(stat -c %s "$sales/data/ledger/ledger.csv")
	echo "everybody-token" >>"$mesh/domains/logistics/data/routes/deep/er/more.csv"
	# Rules that name what others must not hear of.
	cat >>"$sales/policies/access.policy.yaml" <<-EOT
		  - id: quokka-for-analysts
		    effect: forbid
		    principals: {any: true}
		    except: {groups: [mfs_analysts]}
		    actions: [read]
		    resources: {products: [quokka]}
	EOT
	cat >>"$mesh/policies/base.policy.yaml" <<-EOT
		  - id: quokka-stays-here
		    effect: forbid
		    principals: {users: [mfs_carol]}
		    actions: [read]
		    resources: {products: [quokka]}
	EOT
	chmod -R go-rwx "$mesh"
}

# ---- what each user may meet ----

orders=sales/orders/data/orders/2025/orders.csv
quokka=sales/quokka
report=data/quokka/quokka-report.txt

plan_for_all() {
	local doc
	echo "read logistics/routes/data/routes/routes.csv $mesh/domains/logistics/data/routes/routes.csv"
	echo "read .purpose/billing/logistics/routes/data/routes/deep/er/more.csv $mesh/domains/logistics/data/routes/deep/er/more.csv"
	echo "read sales/orders/metadata/product.odps.yaml $sales/products/orders/orders.odps.yaml"
	echo "read sales/orders/metadata/code/build.sql $sales/products/orders/code/build.sql"
	echo "denied sales/old/data/old/plan.txt"
	for doc in sales/orders/metadata/README.md sales/orders/metadata/index.html sales/orders/policy/effective.yaml \
		sales/orders/policy/my-access.yaml logistics/routes/policy/effective.yaml \
		.meshfs/status.json .meshfs/whoami.yaml .purpose/research/sales/orders/policy/my-access.yaml; do
		echo "free $doc"
	done
	for doc in sales sales/orders sales/orders/data/orders .purpose/billing logistics/routes/data/routes/deep \
		sales/orders/metadata .meshfs; do
		echo "dir $doc"
	done
}

# What two of three must not hear of.
plan_hidden() {
	local path
	for path in $quokka $quokka/data $quokka/$report $quokka/metadata/product.odps.yaml $quokka/policy/my-access.yaml \
		.purpose/billing/$quokka .purpose/billing/$quokka/$report sales/plan/data/plan/plan.txt \
		sales/idea/metadata/README.md .meshfs/search/knows/sales:quokka \
		.purpose/nonsense/sales logistics/quokka .pin .pin/1; do
		echo "hidden $path"
	done
	echo "token quokka"
	echo "token planet-token-7731"
	echo "size $report_bytes"
}

plan_alice() {
	plan_for_all
	echo "read $orders $sales/data/orders/2025/orders.csv"
	echo "read .purpose/billing/$orders $sales/data/orders/2025/orders.csv"
	echo "read .purpose/research/$orders $sales/data/orders/2025/orders.csv"
	echo "read sales/ledger/data/ledger/ledger.csv $sales/data/ledger/ledger.csv"
	echo "read $quokka/$report $sales/data/quokka/quokka-report.txt"
	echo "read $quokka/metadata/product.odps.yaml $sales/products/quokka/quokka.odps.yaml"
	echo "read .purpose/billing/$quokka/$report $sales/data/quokka/quokka-report.txt"
	echo "read sales/plan/data/plan/plan.txt $sales/data/plan/plan.txt"
	echo "free $quokka/policy/my-access.yaml"
	echo "free sales/idea/metadata/README.md"
	echo "link .meshfs/search/knows/sales:quokka ../../../sales/quokka"
	echo "dir $quokka"
	echo "dir $quokka/data"
	echo "dir .meshfs/search/knows"
}

plan_bob() {
	plan_for_all
	plan_hidden
	echo "masked $orders $sales/data/orders/2025/orders.csv wombat-4417"
	echo "read .purpose/billing/$orders $sales/data/orders/2025/orders.csv"
	echo "masked .purpose/research/$orders $sales/data/orders/2025/orders.csv wombat-4417"
	echo "maybe sales/ledger/data/ledger/ledger.csv $sales/data/ledger/ledger.csv ledger-token"
	echo "denied sales/orders/policy/audit.jsonl"
}

plan_carol() {
	plan_for_all
	plan_hidden
	echo "denied $orders"
	echo "denied .purpose/billing/$orders"
	echo "denied .purpose/research/$orders"
	echo "denied sales/ledger/data/ledger/ledger.csv"
	echo "denied sales/orders/policy/audit.jsonl"
	echo "token wombat-4417"
	echo "token ann@example.org"
	echo "token ledger-token"
	echo "size $orders_bytes"
	echo "size $ledger_bytes"
}

# The right that is taken and given back.
plan_flip() {
	echo "read sales/ledger/data/ledger/ledger.csv $sales/data/ledger/ledger.csv ledger-token"
	echo "read .purpose/billing/sales/ledger/data/ledger/ledger.csv $sales/data/ledger/ledger.csv ledger-token"
}

# ---- the policies change ----

# replace FILE: with standard input, at once; nothing is ever seen half written.
replace() {
	local new=$T/edit/new.$BASHPID
	cat >"$new" && mv "$new" "$1"
}

edit_once() {
	local base=$mesh/policies/base.policy.yaml product=$sales/products/quokka/quokka.odps.yaml
	case $1 in
	0) sed "s/^version:.*/version: 1.0.$2/" "$T/keep/base.yaml" | replace "$base" ;;
	1) {
		cat "$T/keep/base.yaml"
		printf '  - {id: alice-too, effect: permit, principals: {users: [mfs_alice]}, actions: [discover, read]}\n'
	} | replace "$base" ;;
	2) sed "s/^kind:.*/kind: quokka-nonsense/" "$T/keep/quokka.yaml" | replace "$product" ;;
	3) replace "$product" <"$T/keep/quokka.yaml" ;;
	4) [ -d "$sales/products/quokka-twin" ] || {
		rm -rf "$T/edit/twin"
		cp -r "$T/keep/twin" "$T/edit/twin" && mv "$T/edit/twin" "$sales/products/quokka-twin"
	} ;;
	5) [ ! -d "$sales/products/quokka-twin" ] || {
		rm -rf "$T/edit/gone"
		mv "$sales/products/quokka-twin" "$T/edit/gone"
	} ;;
	6) sed "s/^name:.*/name: Mesh number $2/" "$T/keep/mesh.yaml" | replace "$mesh/mesh.yaml" ;;
	esac
}

edit_always() {
	local n=0
	while [ ! -e "$T/stop" ]; do
		n=$((n + 1))
		edit_once $((RANDOM % 7)) $n
		sleep 0.$((RANDOM % 25 + 10))
	done
	edit_once 0 0
	edit_once 3 0
	edit_once 5 0
	edit_once 6 0
}

keep_originals() {
	mkdir -p "$T/keep/twin/contracts" "$T/edit"
	cp "$mesh/policies/base.policy.yaml" "$T/keep/base.yaml"
	cp "$sales/products/quokka/quokka.odps.yaml" "$T/keep/quokka.yaml"
	cp "$mesh/mesh.yaml" "$T/keep/mesh.yaml"
	sed 's/quokka/quokka-twin/g' "$T/keep/quokka.yaml" >"$T/keep/twin/quokka-twin.odps.yaml"
	sed 's/\bquokka\b/quokka-twin/g; s|data/quokka-twin|data/quokka|' "$sales/products/quokka/contracts/quokka.odcs.yaml" \
		>"$T/keep/twin/contracts/quokka-twin.odcs.yaml"
}

# flip_rule EFFECT ACTION USER REST: one rule about sales/ledger, in force when this returns. A rule of the mesh: the domain
# may be broken at this moment, and then stays as it was.
flip_rule() {
	{
		printf 'apiVersion: meshfs/v1\nkind: AccessPolicy\nid: flip\nscope: mesh\nversion: 1.0.0\nstatus: active\n'
		printf 'rules:\n  - {id: flip, effect: %s, principals: {users: [%s]}, actions: [%s], ' "$1" "$3" "$2"
		printf 'resources: {domains: [sales], products: [ledger]%s}\n' "$4"
	} | replace "$mesh/policies/flip.policy.yaml"
	"$MESHFS" apply --catalog "$state/catalog.db" "$mesh" >/dev/null 2>&1
}

# One word to the flip process a second after the rule is in force; its answer must be "ok".
flip_to() {
	local answer
	case $1 in
	read) flip_rule forbid read mfs_carol "}" ;;
	masked) flip_rule restrict read mfs_bob ", columns: {names: [email]}}, mask: {fn: redact}" ;;
	denied) flip_rule forbid read mfs_bob "}" ;;
	hidden) flip_rule forbid discover mfs_bob "}" ;;
	esac
	sleep 1
	echo "$1" >&"${FLIP[1]}"
	IFS= read -r -t 20 answer <&"${FLIP[0]}" || answer="no answer"
	[ "$answer" = ok ] || {
		echo "$1: $answer"
		return 1
	}
}

flip_rights() {
	local word pid status=0
	coproc FLIP { as mfs_bob "$TOOLS/leak_reader" flip "$m" "$T/plan.flip" mfs_bob 2>&1; }
	pid=$FLIP_PID
	for word in read masked denied hidden read masked read; do
		flip_to $word || {
			status=1
			break
		}
	done
	exec {FLIP[1]}>&-
	wait "$pid" && return $status
}

# ---- the run ----

hammer() {
	local user=$1
	shift
	as "$user" "$TOOLS/leak_reader" hammer "$m" "$T/plan.${user#mfs_}" "$user" $hammer_sec "$T/sockets" "$@" >"$T/said.$user" 2>&1
}

epoch() {
	sed -n 's/^  "epoch": \([0-9]*\),/\1/p' "$m/.meshfs/status.json"
}

# sweep USER DIRECTORY...: everything that he can read there: names, bytes, attributes, sizes. The records of opens, which are rendered out of
# the whole log each time somebody looks, are read once.
sweep() {
	local user=$1
	shift
	as "$user" sh -c 'cd "$1" && shift && for d; do
		find "$d" -name "*audit.jsonl" -prune -o -printf "%p %s\n"
		find "$d" -type l -printf "%l\n"
		find "$d" -name "*audit.jsonl" -prune -o -type f -exec cat {} +
		find "$d" -name "*audit.jsonl" -prune -o -exec getfattr -h -d -m - -- {} +
		find "$d" -name "*audit.jsonl" -prune -o -exec getfattr -h -n user.meshfs.explain -- {} +
	done
	cat sales/orders/policy/my-audit.jsonl' sh "$m" "$@" >"$T/sweep.$user" 2>"$T/sweep.err"
}

has_none() {
	local file=$1 word
	shift
	for word; do
		! grep -a -n -m3 -F -e "$word" "$file" || return 1
	done
}

# said WORD USER: the number that the user's reader printed behind it.
said() {
	sed -n "s/.* $1=\([0-9]*\).*/\1/p" "$T/said.$2"
}

# A user whom the record allows to read what he may not.
wrong_records() {
	cat "$state"/audit/audit-*.jsonl | grep '"action":"read"' | grep '"decision":"allow"' |
		grep -E '"user":"mfs_carol".*"resource":"sales/|"user":"mfs_bob".*"resource":"sales/(quokka|plan)'
}

check_counts() {
	local user
	for user in mfs_alice mfs_bob mfs_carol; do
		check "$1: $user met nothing that is not his" grep -q '^DONE' "$T/said.$user"
		grep -E '^(LEAK|FAULT)' "$T/said.$user"
		check "$1: $user read what is his" test "$(said got "$user")" -gt 200
		check "$1: $user got descriptors" test "$(said received "$user")" -gt 20
		check "$1: $user was refused" test "$(said refused "$user")" -gt 10
	done
	check "$1: names were hidden" test "$(said unseen mfs_carol)" -gt 100
}

check_sweep() {
	sweep mfs_carol . .purpose/billing .meshfs/search/knows .meshfs/search/text
	check "$1: mfs_carol sees what is everybody's" grep -a -q everybody-token "$T/sweep.mfs_carol"
	check "$1: no token anywhere that mfs_carol can read" has_none "$T/sweep.mfs_carol" quokka planet-token wombat-4417 \
		ann@example.org ledger-token " $report_bytes" " $orders_bytes" " $ledger_bytes"
	sweep mfs_alice sales/quokka .meshfs/search/knows
	check "$1: the same search finds it where it may be" grep -a -q "the quokka report" "$T/sweep.mfs_alice"
}

run() { # NAME OPTIONS
	local first last jobs
	m=$T/$1
	state=$(mesh_state "$m")
	check "$1: mount" mesh_mount "$mesh" "$m" "$2"
	rm -f "$T/stop" "$T"/said.*
	first=$(epoch)
	edit_always &
	jobs=$!
	hammer mfs_alice mfs_bob mfs_carol &
	jobs="$jobs $!"
	hammer mfs_bob mfs_alice mfs_carol &
	jobs="$jobs $!"
	hammer mfs_carol mfs_alice mfs_bob &
	jobs="$jobs $!"
	check "$1: a right that was taken is gone a second later" flip_rights
	touch "$T/stop"
	# shellcheck disable=SC2086
	wait $jobs
	last=$(epoch)
	check "$1: epochs went by ($first to $last)" test "$last" -gt $((first + 10))
	check_counts "$1"
	cat "$T"/said.*
	check_sweep "$1"
	check "$1: the record is whole" "$MESHFS" audit verify --audit "$state/audit"
	check_eq "$1: nobody's record says otherwise" "" "$(wrong_records)"
	check "$1: unmount" mesh_umount "$m"
}

make_mesh
mkdir -m 1777 "$T/sockets"
keep_originals
for user in alice bob carol flip; do
	plan_$user >"$T/plan.$user"
	chmod 644 "$T/plan.$user"
done
# The readers compare with what lies in storage, which only root may read.
mkdir "$T/copy"
cp -r "$mesh/." "$T/copy"
chmod -R go+rX "$T/copy"
sed -i "s| $mesh/| $T/copy/|" "$T"/plan.*
run passthrough ""
run cached no_passthrough
finish
