# shellcheck shell=bash
# Files of every kind, and ordinary tools that read them:  . "$SRC/tests/lib/zoo.sh"
#
#	zoo_make DIR         files of all sizes that matter, odd names, deep directories, tables, a database
#	zoo_product MESH     adds logistics/zoo to a mesh of mesh.sh, which everybody reads; its files are in $zoo
#	zoo_extras           adds Parquet files, where DuckDB can be had
#	zoo_read LABEL DIR STORE     DIR, read with every tool, holds what STORE holds: one case for each tool
#
# DuckDB comes from its registry into a cache below build/; where that fails, its cases are skipped. ZOO_CACHE
# names another place that has it already.

: "${ZOO_CACHE:=$SRC/build/cache}"
duckdb_version=1.5.6-r.1

# ---- the files ----

zoo_bytes() { # FILE SIZE: bytes that differ by place and by file
	local seed
	seed=$(printf '%s' "${1##*/}" | cksum | cut -d' ' -f1)
	awk -v n="$2" -v s="$seed" 'BEGIN { for (i = 0; i < n; i += 16) printf "%015d\n", i * 7 + s }' | head -c "$2" >"$1"
}

zoo_sizes() {
	local size
	mkdir "$1/sizes"
	for size in 0 1 4095 4096 4097 131071 131072 131073; do
		zoo_bytes "$1/sizes/$size.bin" $size
	done
	zoo_bytes "$1/sizes/5MiB.bin" $((5 << 20))
	printf 'begin' >"$1/sizes/sparse.bin"
	truncate -s 3M "$1/sizes/sparse.bin"
	printf 'end' >>"$1/sizes/sparse.bin"
}

zoo_names() {
	local long
	long=$(printf 'n%.0s' {1..255})
	mkdir "$1/names"
	for name in "two blanks  here" " leading" "trailing " "-n" "--help" "#hash" "quote'\"\`\$x" "back\\slash" "star*?[a]" \
		"Zürich ☃ 日本.csv" "$long" ".hidden" "a;b&c|d" "per%cent" "~"; do
		echo "the file $name" >"$1/names/$name"
	done
}

zoo_deep() {
	local dir=$1/deep i
	for i in $(seq 40); do
		dir="$dir/level $i"
	done
	mkdir -p "$dir"
	echo "at the bottom: needle" >"$dir/bottom.txt"
	mkdir "$1/empty dir" "$1/many"
	for i in $(seq 300); do
		echo "file $i" >"$1/many/file-$i.txt"
	done
}

zoo_tables() {
	mkdir "$1/tables" "$1/bin"
	awk 'BEGIN { print "id,name,amount"; for (i = 0; i < 20000; i++) printf "%d,name %d,%d.%02d\n", i, i % 97, i * 3 % 1000, i % 100 }' \
		>"$1/tables/t.csv"
	sqlite3 "$1/tables/t.db" "create table t (id integer primary key, name text);
		with recursive n(i) as (select 1 union all select i + 1 from n where i < 5000) insert into t select i, 'name ' || i from n;
		create index t_name on t (name);"
	printf '#!/bin/sh\necho ran\n' >"$1/bin/tool"
	chmod 755 "$1/bin/tool"
	ln -s ../tables/t.csv "$1/bin/linked.csv"
}

zoo_make() {
	mkdir -p "$1"
	zoo_sizes "$1"
	zoo_names "$1"
	zoo_deep "$1"
	zoo_tables "$1"
	find "$1" -exec touch -h -d "2024-02-29 12:34:56.123456789" {} +
	touch -d "2020-01-01 00:00:00" "$1/sizes/1.bin"
}

zoo_product() {
	mesh_contract logistics zoo data/zoo <<-EOF | mesh_product logistics zoo active ''
		      - {name: id, logicalType: integer, classification: public}
		      - {name: name, logicalType: string, classification: public}
		      - {name: amount, logicalType: number, classification: public}
	EOF
	zoo=$1/domains/logistics/data/zoo
	zoo_make "$zoo"
}

# ---- tools from registries ----

# Sets duckdb to the folder whose node_modules has it.
zoo_duckdb() {
	duckdb=$ZOO_CACHE/duckdb-$duckdb_version
	[ ! -e "$duckdb/done" ] || return 0
	command -v node >/dev/null && command -v npm >/dev/null && mkdir -p "$duckdb" || return 1
	(
		flock 9
		[ ! -e "$duckdb/done" ] || exit 0
		cd "$duckdb" && echo '{"private": true}' >package.json &&
			timeout 100 npm install --silent --no-audit --no-fund --fetch-retries=1 --cache="$T/npm" \
				"@duckdb/node-api@$duckdb_version" && touch done
	) 9>"$duckdb/lock" >/dev/null 2>&1
}

# Debian has pandas, but nothing with which it reads Parquet.
zoo_pandas_has_parquet() {
	/usr/bin/python3 -c 'import pandas.io.parquet as p; p.get_engine("auto")' 2>/dev/null
}

zoo_sql() { # SQL: rows as JSON
	NODE_PATH="$duckdb/node_modules" node -e '
		const {DuckDBInstance} = require("@duckdb/node-api");
		(async () => {
			const db = await (await DuckDBInstance.create(":memory:", {threads: "2", autoinstall_known_extensions: "false",
				autoload_known_extensions: "false"})).connect();
			console.log(JSON.stringify((await db.runAndReadAll(process.argv[1])).getRowsJson()));
		})().catch(e => { console.error(String(e)); process.exit(1); });' "$1"
}

zoo_extras() {
	zoo_duckdb || return 0
	zoo_sql "copy (select i as id, 'name ' || i % 97 as name, i * 1.5 as amount from range(50000) r(i))
		to '$zoo/tables/t.parquet' (format parquet, row_group_size 10000)" >/dev/null
}

# ---- reading: each prints what the tool finds in the directory given, so that both sides can be compared ----

zoo_ls() {
	(cd "$1" && ls -lRLAQ --time-style=full-iso) |
		awk '/^d/ { $1 = $2 = $3 = $4 = $5 = $6 = $7 = $8 = "" } /^-/ { $1 = $2 = $3 = $4 = "" } !/^total/'
}

zoo_find() {
	(cd "$1" && find -L . -type f -printf '%p %s %T@\n' && find -L . -type d -printf '%p\n' &&
		find -L . -size +100k -printf 'big %p\n' && find -L . -newer sizes/1.bin ! -type d -printf 'newer %p\n' &&
		find . -name '*.txt' -path '*deep*') | sort
}

zoo_each() { # DIR COMMAND...: over all files, in one order
	local dir=$1
	shift
	(cd "$dir" && find -L . -type f -print0 | sort -z | xargs -0 "$@")
}

zoo_cat() { zoo_each "$1" cat; }
zoo_head() { zoo_each "$1" head -c 5000; }
zoo_tail() { zoo_each "$1" tail -c 5000 && zoo_each "$1" tail -n 3; }
zoo_wc() { zoo_each "$1" wc -c && zoo_each "$1" wc; }
zoo_md5sum() { zoo_each "$1" md5sum; }
zoo_parallel() { zoo_each "$1" -P 8 -n 1 md5sum | sort; }
zoo_od() { zoo_each "$1" -n 50 od -A d -t x1 -N 131074; }
zoo_dd() { dd if="$1/sizes/5MiB.bin" bs=7001 skip=11 count=100 status=none; }
zoo_cp() { zoo_remove "$T/cp" && cp -aL "$1" "$T/cp" && zoo_find "$T/cp" && zoo_cat "$T/cp"; }
zoo_cp_sparse() { cp --sparse=always "$1/sizes/sparse.bin" "$T/sparse" && stat -c %s "$T/sparse" && cat "$T/sparse"; }

zoo_grep() {
	(cd "$1" && grep -Rc e . | sort && grep -rl needle . && grep -Rn 'name 96' tables/t.csv && grep -c . -- names/-n)
}

zoo_stat() {
	zoo_each "$1" stat -L -c '%n %s %Y %F'
	(cd "$1" && find . -type d -print0 | sort -z | xargs -0 stat -c '%n %F')
}

zoo_mmap() {
	zoo_each "$1" "$TOOLS/tools_mmap"
}

zoo_tar() {
	tar -chf "$T/a.tar" -C "$1" . && tar -tf "$T/a.tar" | sort && tar -xOf "$T/a.tar" ./sizes/5MiB.bin ./tables/t.csv
}

zoo_sqlite() {
	sqlite3 -readonly "$1/tables/t.db" .dump && sqlite3 "file:$1/tables/t.db?mode=ro" "select count(*), sum(id) from t" &&
		sqlite3 "file:$1/tables/t.db?immutable=1" "select * from t where name = 'name 4711'; pragma integrity_check"
}

zoo_duckdb_read() {
	zoo_sql "select count(*) n, sum(id) i, sum(amount) a, min(name) m from read_csv('$1/tables/t.csv')" &&
		zoo_sql "select count(*) n, sum(id) i, sum(amount) a, min(name) m from read_parquet('$1/tables/t.parquet')" &&
		zoo_sql "select name, sum(amount) a from read_parquet('$1/tables/*.parquet') where id between 12000 and 12100
			group by name order by name limit 5" &&
		zoo_sql "select count(*) n from read_text('$1/many/*.txt')"
}

zoo_pandas_csv() {
	/usr/bin/python3 -c 'import pandas, sys; print(pandas.read_csv(sys.argv[1]).describe().to_csv())' "$1/tables/t.csv"
}

zoo_pandas_parquet() {
	/usr/bin/python3 -c '
import pandas, sys
print(pandas.read_parquet(sys.argv[1]).describe().to_csv())
print(pandas.read_parquet(sys.argv[1], columns=["amount"], filters=[("id", ">", 40000)]).sum().to_csv())' "$1/tables/t.parquet"
}

zoo_python() {
	zoo_remove "$T/py"
	python3 - "$1" "$T/py" <<-'EOF'
		import hashlib, mmap, os, random, shutil, sys

		root, copy = sys.argv[1:]
		shutil.copytree(root, copy)

		def walk(path, rel):
		    with os.scandir(path) as entries:
		        for e in sorted(entries, key=lambda e: e.name):
		            yield (rel + e.name, e.is_dir(), 0 if e.is_dir() else e.stat().st_size)
		            if e.is_dir():
		                yield from walk(e.path, rel + e.name + "/")

		dice = random.Random(7)
		for rel, is_dir, size in walk(root, ""):
		    print(rel, is_dir, size)
		    if is_dir:
		        continue
		    with open(os.path.join(root, rel), "rb") as f:
		        whole = f.read()
		        assert len(whole) == size == os.fstat(f.fileno()).st_size == f.seek(0, os.SEEK_END)
		        for _ in range(20):
		            at, n = dice.randrange(size + 2), dice.randrange(70000)
		            f.seek(at)
		            assert f.read(n) == whole[at:at + n] == os.pread(f.fileno(), n, at) or n > 60000
		        if size:
		            with mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ) as m:
		                assert m[:] == whole and m[-1] == whole[-1]
		    with open(os.path.join(copy, rel), "rb") as f:
		        assert f.read() == whole
		    print(hashlib.sha256(whole).hexdigest())
	EOF
}

# ---- both sides compared ----

zoo_same() { # NAME FUNCTION DIR STORE
	local got=$T/zoo.got want=$T/zoo.want status
	"$2" "$4" >"$want" 2>"$want.err" && "$2" "$3" >"$got" 2>"$got.err"
	status=$?
	[ $status -eq 0 ] && [ -s "$want" ] && cmp -s "$want" "$got"
	verdict $? "$1" "status $status; $(diff -a "$want" "$got" | head -10; head -5 "$want.err" "$got.err")"
}

zoo_nothing() { # COMMAND...: it prints nothing
	local said
	said=$("$@" 2>&1 | head -20)
	printf '%s\n' "$said"
	[ -z "$said" ]
}

zoo_compare() { # LABEL DIR STORE: tools that compare by themselves
	check "$1 diff -r" zoo_nothing diff -r "$2" "$3"
	check "$1 rsync -c" zoo_nothing zoo_rsync_compare "$2" "$3"
	check "$1 rsync copies" rsync -rLt "$2/" "$T/rsync/"
	check "$1 what rsync copied" zoo_nothing diff -r "$T/rsync" "$3"
	zoo_remove "$T/rsync"
	check "$1 tar compares the mount with a tar of the storage" zoo_nothing zoo_tar_compare "$3" "$2"
	check "$1 tar compares the storage with a tar of the mount" zoo_nothing zoo_tar_compare "$2" "$3"
	check "$1 cp -a" cp -a "$2/." "$T/cpa"
	check "$1 what cp -a copied" zoo_nothing diff -r "$T/cpa" "$3"
	check_eq "$1 cp -a keeps times" "$(stat -c %y "$3/sizes/1.bin")" "$(stat -c %y "$T/cpa/sizes/1.bin")"
	zoo_remove "$T/cpa"
}

# What was copied with its modes cannot be written to, not even by its owner.
zoo_remove() {
	[ ! -d "$1" ] || chmod -R u+w "$1"
	rm -rf "$1"
}

# A link of the storage is a file in the mount: its target stands in for it.
zoo_rsync_compare() {
	rsync -rLtcn --itemize-changes --omit-dir-times --delete --exclude=linked.csv "$1/" "$2/"
}

# Modes and owners are the mount's own, the bytes, sizes and times of files the storage's.
zoo_tar_compare() {
	tar -chf "$T/c.tar" --exclude=linked.csv -C "$1" . && tar -df "$T/c.tar" -C "$2" 2>&1 |
		grep -v -e ': Mode differs$' -e ': [UG]id differs$' | head -20
}

zoo_registry() { # LABEL DIR STORE
	if zoo_duckdb && [ -e "$3/tables/t.parquet" ]; then
		zoo_same "$1 DuckDB" zoo_duckdb_read "$2" "$3"
	else
		skip "$1 DuckDB" "the registry did not deliver it"
	fi
	if /usr/bin/python3 -c 'import pandas' 2>/dev/null; then
		zoo_same "$1 pandas, CSV" zoo_pandas_csv "$2" "$3"
	else
		skip "$1 pandas, CSV" "python3-pandas is not there"
	fi
	if [ -e "$3/tables/t.parquet" ] && zoo_pandas_has_parquet; then
		zoo_same "$1 pandas, Parquet" zoo_pandas_parquet "$2" "$3"
	else
		skip "$1 pandas, Parquet" "neither pyarrow nor fastparquet is installed, or there is no file"
	fi
}

zoo_read() {
	local tool
	for tool in ls find cat head tail grep wc stat md5sum od dd mmap cp cp_sparse tar python sqlite parallel; do
		zoo_same "$1 $tool" zoo_$tool "$2" "$3"
	done
	zoo_compare "$1" "$2" "$3"
	zoo_registry "$1" "$2" "$3"
	check "$1 getfattr" zoo_each "$2" getfattr -d
	check_eq "$1 getfattr tells the decision" allow \
		"$(getfattr --absolute-names --only-values -n user.meshfs.decision "$2/tables/t.csv" 2>&1)"
	check_eq "$1 a script is read" ran "$(sh "$2/bin/tool" 2>&1)"
	check_eq "$1 nothing is executed" 126 "$("$2/bin/tool" 2>/dev/null; echo $?)"
}
