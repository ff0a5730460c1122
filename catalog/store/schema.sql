-- A compiled catalog, schema version 1.
--
-- Bodies (file, domain, product and what hangs from them) are written once and never changed.
-- Which body stands under which name, and in which epochs, is said by the three span tables: a row
-- holds for the epochs E with since <= E and E < until, and an open end is the largest integer. So
-- a change writes the bodies of what changed and nothing else, every earlier epoch stays readable,
-- and a reader that holds on to one epoch needs no transaction.

CREATE TABLE epoch (
	epoch INTEGER PRIMARY KEY,
	time_ns INTEGER NOT NULL,
	who TEXT NOT NULL,
	what TEXT NOT NULL, -- 'apply', 'rollback to 3'
	summary TEXT NOT NULL
) STRICT;

-- Authored bytes by SHA-256.
CREATE TABLE blob (
	id INTEGER PRIMARY KEY,
	hash TEXT NOT NULL UNIQUE,
	bytes BLOB NOT NULL
) STRICT;

CREATE TABLE file (
	fid INTEGER PRIMARY KEY,
	path TEXT NOT NULL,
	domain TEXT NOT NULL, -- '': the mesh's
	product TEXT NOT NULL, -- '': the domain's or the mesh's
	kind TEXT NOT NULL,
	blob TEXT NOT NULL REFERENCES blob (hash),
	mtime_ns INTEGER NOT NULL
) STRICT;
CREATE INDEX file_scope ON file (domain, product, kind);

CREATE TABLE domain (
	did INTEGER PRIMARY KEY,
	id TEXT NOT NULL,
	path TEXT, -- as mesh.yaml writes it
	blob TEXT REFERENCES blob (hash), -- domain.yaml
	name TEXT,
	description TEXT,
	dir TEXT,
	file TEXT,
	storage TEXT, -- here and below: each element of a list and a newline; an empty one is NULL
	tags TEXT,
	bounded_context TEXT,
	mesh_may_grant TEXT
) STRICT;

CREATE TABLE domain_owner (
	did INTEGER NOT NULL REFERENCES domain,
	pos INTEGER NOT NULL,
	user TEXT,
	role TEXT,
	date_in_ns INTEGER,
	date_out_ns INTEGER,
	PRIMARY KEY (did, pos)
) STRICT, WITHOUT ROWID;

-- Classifications are kept by name, here and below; their order is that of the epoch's mesh.yaml.
CREATE TABLE product (
	pid INTEGER PRIMARY KEY,
	domain TEXT NOT NULL,
	name TEXT NOT NULL,
	version TEXT,
	entry TEXT NOT NULL,
	id TEXT,
	title TEXT,
	purpose TEXT,
	limitations TEXT,
	usage TEXT,
	status TEXT,
	tenant TEXT,
	file TEXT,
	blob TEXT REFERENCES blob (hash),
	tags TEXT,
	classification TEXT,
	team_name TEXT,
	end_of_life_ns INTEGER
) STRICT;

CREATE TABLE member (
	pid INTEGER NOT NULL REFERENCES product,
	pos INTEGER NOT NULL,
	username TEXT,
	name TEXT,
	role TEXT,
	date_in_ns INTEGER,
	date_out_ns INTEGER,
	PRIMARY KEY (pid, pos)
) STRICT, WITHOUT ROWID;

CREATE TABLE contract (
	pid INTEGER NOT NULL REFERENCES product,
	pos INTEGER NOT NULL,
	id TEXT,
	version TEXT,
	status TEXT,
	name TEXT,
	purpose TEXT,
	limitations TEXT,
	usage TEXT,
	file TEXT,
	blob TEXT REFERENCES blob (hash),
	file_name TEXT,
	end_of_life_ns INTEGER,
	PRIMARY KEY (pid, pos)
) STRICT, WITHOUT ROWID;

CREATE TABLE contract_object (
	pid INTEGER NOT NULL,
	contract INTEGER NOT NULL,
	pos INTEGER NOT NULL,
	name TEXT NOT NULL,
	physical_name TEXT,
	physical_type TEXT,
	description TEXT,
	tags TEXT,
	classification TEXT,
	PRIMARY KEY (pid, contract, pos),
	FOREIGN KEY (pid, contract) REFERENCES contract
) STRICT, WITHOUT ROWID;

CREATE TABLE contract_column (
	pid INTEGER NOT NULL,
	contract INTEGER NOT NULL,
	object INTEGER NOT NULL,
	pos INTEGER NOT NULL,
	name TEXT NOT NULL,
	logical_type TEXT,
	physical_type TEXT,
	physical_name TEXT,
	description TEXT,
	tags TEXT,
	classification TEXT,
	is_required INTEGER NOT NULL,
	is_unique INTEGER NOT NULL,
	is_primary_key INTEGER NOT NULL,
	PRIMARY KEY (pid, contract, object, pos),
	FOREIGN KEY (pid, contract, object) REFERENCES contract_object
) STRICT, WITHOUT ROWID;

CREATE TABLE server (
	pid INTEGER NOT NULL,
	contract INTEGER NOT NULL,
	pos INTEGER NOT NULL,
	name TEXT,
	type TEXT,
	environment TEXT,
	format TEXT,
	kind INTEGER NOT NULL,
	location TEXT,
	path TEXT,
	sha256sums TEXT,
	credential_ref TEXT,
	PRIMARY KEY (pid, contract, pos),
	FOREIGN KEY (pid, contract) REFERENCES contract
) STRICT, WITHOUT ROWID;

CREATE TABLE sla (
	pid INTEGER NOT NULL,
	contract INTEGER NOT NULL,
	pos INTEGER NOT NULL,
	property TEXT,
	value TEXT,
	unit TEXT,
	element TEXT,
	PRIMARY KEY (pid, contract, pos),
	FOREIGN KEY (pid, contract) REFERENCES contract
) STRICT, WITHOUT ROWID;

CREATE TABLE port (
	pid INTEGER NOT NULL REFERENCES product,
	pos INTEGER NOT NULL,
	name TEXT NOT NULL,
	version TEXT,
	entry TEXT NOT NULL,
	description TEXT,
	type TEXT,
	tags TEXT,
	classification TEXT,
	contract INTEGER NOT NULL, -- its pos; -1: none
	server INTEGER NOT NULL, -- its pos in the contract; -1: none
	PRIMARY KEY (pid, pos)
) STRICT, WITHOUT ROWID;

-- The contract's objects as this port shows them, with the tags that it adds.
CREATE TABLE port_object (
	pid INTEGER NOT NULL,
	port INTEGER NOT NULL,
	pos INTEGER NOT NULL,
	name TEXT NOT NULL,
	physical_name TEXT,
	physical_type TEXT,
	description TEXT,
	tags TEXT,
	classification TEXT,
	PRIMARY KEY (pid, port, pos),
	FOREIGN KEY (pid, port) REFERENCES port
) STRICT, WITHOUT ROWID;

CREATE TABLE port_column (
	pid INTEGER NOT NULL,
	port INTEGER NOT NULL,
	object INTEGER NOT NULL,
	pos INTEGER NOT NULL,
	name TEXT NOT NULL,
	logical_type TEXT,
	physical_type TEXT,
	physical_name TEXT,
	description TEXT,
	tags TEXT,
	classification TEXT,
	is_required INTEGER NOT NULL,
	is_unique INTEGER NOT NULL,
	is_primary_key INTEGER NOT NULL,
	PRIMARY KEY (pid, port, object, pos),
	FOREIGN KEY (pid, port, object) REFERENCES port_object
) STRICT, WITHOUT ROWID;

CREATE TABLE asset (
	pid INTEGER NOT NULL REFERENCES product,
	pos INTEGER NOT NULL,
	role TEXT,
	path TEXT,
	entrypoint TEXT,
	produces_port TEXT,
	PRIMARY KEY (pid, pos)
) STRICT, WITHOUT ROWID;

CREATE TABLE product_file (
	pid INTEGER NOT NULL REFERENCES product,
	pos INTEGER NOT NULL,
	path TEXT NOT NULL,
	blob TEXT NOT NULL REFERENCES blob (hash),
	size INTEGER NOT NULL,
	mtime_ns INTEGER NOT NULL,
	PRIMARY KEY (pid, pos)
) STRICT, WITHOUT ROWID;

-- What stands where, and when. The epoch's own row is written last, so the references wait for the
-- commit. `hash` tells two bodies apart without reading them.
CREATE TABLE domain_span (
	domain TEXT NOT NULL,
	name TEXT NOT NULL, -- 'domain.yaml': the one body of a domain
	since INTEGER NOT NULL REFERENCES epoch DEFERRABLE INITIALLY DEFERRED,
	until INTEGER NOT NULL,
	hash TEXT NOT NULL,
	ref INTEGER NOT NULL REFERENCES domain,
	PRIMARY KEY (domain, name, since)
) STRICT, WITHOUT ROWID;

CREATE TABLE product_span (
	domain TEXT NOT NULL,
	name TEXT NOT NULL, -- entry
	since INTEGER NOT NULL REFERENCES epoch DEFERRABLE INITIALLY DEFERRED,
	until INTEGER NOT NULL,
	hash TEXT NOT NULL,
	ref INTEGER NOT NULL REFERENCES product,
	PRIMARY KEY (domain, name, since)
) STRICT, WITHOUT ROWID;
CREATE INDEX product_span_ref ON product_span (ref);

CREATE TABLE file_span (
	domain TEXT NOT NULL, -- '': the mesh's
	name TEXT NOT NULL, -- path
	since INTEGER NOT NULL REFERENCES epoch DEFERRABLE INITIALLY DEFERRED,
	until INTEGER NOT NULL,
	hash TEXT NOT NULL,
	ref INTEGER NOT NULL REFERENCES file,
	PRIMARY KEY (domain, name, since)
) STRICT, WITHOUT ROWID;
CREATE INDEX file_span_ref ON file_span (ref);

-- rowid: the product's pid.
CREATE VIRTUAL TABLE search USING fts5 (
	name, title, description, columns, tags,
	prefix = '2 3',
	tokenize = 'unicode61 remove_diacritics 2'
);
