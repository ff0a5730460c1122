# shellcheck shell=bash
# A small mesh for tests that mount:  . "$SRC/tests/lib/mesh.sh"; mesh_make DIR
#
#	sales/orders      files orders/*.csv in two years, with a PII column. mfs_alice (mfs_analysts) reads them as they are,
#	                  mfs_bob (mfs_sales) would get the e-mail masked, so is refused; for the purpose billing he reads
#	                  them too; mfs_carol may not read. Code asset code/build.sql.
#	sales/plan        hidden: only mfs_analysts discover it. One report.
#	sales/idea        a draft: only its team (mfs_alice) sees it.
#	sales/old         retired: visible, read by nobody.
#	logistics/routes  everybody reads it; a nested tree, links, a database.
#	logistics/stream  a port on a server that cannot be read.

mesh_product() { # DOMAIN PRODUCT STATUS TAGS
	local dir=$mesh_dir/domains/$1/products/$2
	mkdir -p "$dir/contracts"
	cat >"$dir/$2.odps.yaml" <<-EOF
		apiVersion: v1.0.0
		kind: DataProduct
		id: id-$1-$2
		name: The $2 of $1
		version: 1.0.0
		status: $3
		domain: $1
		tags: [$4]
		description: {purpose: What $1 knows of $2.}
		outputPorts:
		  - {name: $2, version: 1.0.0, contractId: c-$1-$2}
		team:
		  name: $1 team
		  members: [{username: alice@example.org, role: owner, dateIn: "2020-01-01"}]
	EOF
	cat >"$dir/contracts/$2.odcs.yaml"
}

mesh_contract() { # DOMAIN PRODUCT LOCATION, columns on standard input
	cat <<-EOF
		apiVersion: v3.1.0
		kind: DataContract
		id: c-$1-$2
		version: 1.0.0
		status: active
		servers: [{server: prod, type: local, environment: prod, path: $3, format: csv}]
		schema:
		  - name: $2
		    logicalType: object
		    properties:
	EOF
	cat
}

mesh_head() {
	cat >"$mesh_dir/mesh.yaml" <<-EOF
		apiVersion: meshfs/v1
		kind: Mesh
		id: testmesh
		name: Test mesh
		timezone: UTC
		classifications: [public, internal, confidential, restricted]
		defaultClassification: restricted
		purposes: [billing, research]
		tags: [pii, hidden]
		domains: [{path: domains/sales}, {path: domains/logistics}]
	EOF
	cat >"$mesh_dir/principals.yaml" <<-EOF
		apiVersion: meshfs/v1
		kind: Principals
		roles: [{role: analyst, groups: [mfs_analysts]}]
		users: [{user: mfs_alice, emails: [alice@example.org], attributes: {region: EU}}]
	EOF
	mkdir -p "$mesh_dir/policies"
	cat >"$mesh_dir/policies/base.policy.yaml" <<-EOF
		apiVersion: meshfs/v1
		kind: AccessPolicy
		id: base
		scope: mesh
		version: 1.0.0
		status: active
		rules:
		  - id: everyone-discovers
		    effect: permit
		    principals: {any: true}
		    actions: [discover, list, readMetadata, readCode, readPolicy]
		    resources: {tags: {none: [hidden]}, status: [active, retired]}
		  - id: analysts-see-all
		    effect: permit
		    principals: {groups: [mfs_analysts]}
		    actions: [discover, list, readMetadata, readCode, readPolicy, readAudit]
		  - id: mask-pii
		    effect: restrict
		    principals: {any: true}
		    except: {roles: [analyst]}
		    actions: [read]
		    resources: {columns: {tags: {any: [pii]}}}
		    unless: {purpose: {in: [billing]}}
		    mask: {fn: hash, length: 16}
	EOF
}

mesh_domain() { # NAME, rules on standard input
	mkdir -p "$mesh_dir/domains/$1/policies"
	cat >"$mesh_dir/domains/$1/domain.yaml" <<-EOF
		apiVersion: meshfs/v1
		kind: Domain
		id: $1
		name: Domain $1
		description: {purpose: Everything about $1.}
		owners: [{user: mfs_alice, role: owner, dateIn: "2020-01-01"}]
	EOF
	{
		cat <<-EOF
			apiVersion: meshfs/v1
			kind: AccessPolicy
			id: $1-access
			scope: domain:$1
			version: 1.0.0
			status: active
			rules:
		EOF
		cat
	} >"$mesh_dir/domains/$1/policies/access.policy.yaml"
}

mesh_sales() {
	local d=$mesh_dir/domains/sales
	mesh_domain sales <<-EOF
		  - id: sales-reads
		    effect: permit
		    principals: {groups: [mfs_sales, mfs_analysts]}
		    actions: [read]
	EOF
	mesh_contract sales orders data/orders <<-EOF | mesh_product sales orders active ''
		      - {name: id, logicalType: integer, classification: internal}
		      - {name: email, logicalType: string, classification: confidential, tags: [pii]}
		      - {name: amount, logicalType: number, classification: internal}
	EOF
	mkdir -p "$d/products/orders/code" "$d/data/orders/2025" "$d/data/orders/2026"
	echo 'select id, email, amount from source;' >"$d/products/orders/code/build.sql"
	printf 'id,email,amount\n1,ann@example.org,10\n2,ben@example.org,20\n' >"$d/data/orders/2025/orders.csv"
	printf 'id,email,amount\n3,cat@example.org,30\n' >"$d/data/orders/2026/orders.csv"
	mesh_contract sales plan data/plan/plan.txt <<-EOF | mesh_product sales plan active hidden
		      - {name: text, logicalType: string, classification: confidential}
	EOF
	mesh_contract sales idea data/plan/plan.txt <<-EOF | mesh_product sales idea draft ''
		      - {name: text, logicalType: string, classification: internal}
	EOF
	mesh_contract sales old data/plan/plan.txt <<-EOF | mesh_product sales old retired ''
		      - {name: text, logicalType: string, classification: internal}
	EOF
	mkdir -p "$d/data/plan"
	echo 'The secret plan of planet-token-7731.' >"$d/data/plan/plan.txt"
}

mesh_logistics() {
	local d=$mesh_dir/domains/logistics
	mesh_domain logistics <<-EOF
		  - id: all-read
		    effect: permit
		    principals: {any: true}
		    actions: [read]
	EOF
	mesh_contract logistics routes data/routes <<-EOF | mesh_product logistics routes active ''
		      - {name: from, logicalType: string, classification: public}
		      - {name: to, logicalType: string, classification: public}
	EOF
	mesh_contract logistics stream x <<-EOF | mesh_product logistics stream active ''
		      - {name: x, logicalType: string, classification: public}
	EOF
	sed -i 's/^servers:.*/servers: [{server: k, type: kafka, host: "localhost:9092"}]/' \
		"$d/products/stream/contracts/stream.odcs.yaml"
	mkdir -p "$d/data/routes/deep/er"
	printf 'from,to\nBER,HAM\n' >"$d/data/routes/routes.csv"
	printf 'from,to\nHAM,BRE\n' >"$d/data/routes/deep/er/more.csv"
	: >"$d/data/routes/empty.csv"
	ln -s deep/er/more.csv "$d/data/routes/inside.csv"
}

mesh_make() { # DIR
	mesh_dir=$1
	mkdir -p "$mesh_dir"
	mesh_head
	mesh_sales
	mesh_logistics
}
