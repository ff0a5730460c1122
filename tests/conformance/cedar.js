// Reads the cases of cedar_cells.c and asks Cedar the same questions. A cell is a resource of its own: its column, with
// the row's scalars in the context. The translation is that of the policy model's mapping to Cedar: negation is pushed to
// the atoms, and each atom is guarded, so that one that cannot be decided is false in a permit and in `rows` and true
// in a forbid and a restrict. What has no type that an operation takes is known here, since the case holds all values;
// what is missing is left to Cedar's `has`.
"use strict";

const cedar = require(process.argv[2] + "/node_modules/@cedar-policy/cedar-wasm/nodejs");
const fs = require("fs");

const str = (s) => JSON.stringify(s);
const all = (parts) => (parts.length ? parts.map((p) => `(${p})`).join(" && ") : "true");
const any = (parts) => (parts.length ? parts.map((p) => `(${p})`).join(" || ") : "false");

// ---- values ----

const decimal = (i) => (i < 0 ? "-" : "") + Math.floor(Math.abs(i) / 10000) + "." + String(Math.abs(i) % 10000).padStart(4, "0");
const instant = (ms) => new Date(ms).toISOString();
const datetime = (ms) => `datetime(${str(instant(ms))})`;

function literal(v) {
	switch (v.type) {
	case "bool": return v.is ? "true" : "false";
	case "int": return String(v.is);
	case "decimal": return `decimal("${decimal(v.is)}")`;
	case "string": return str(v.is);
	case "time": return datetime(v.is);
	case "set": return `[${v.is.map(literal).join(", ")}]`;
	default: throw new Error(`no literal: ${v.type}`);
	}
}

function entityValue(v) {
	switch (v.type) {
	case "bool": return Boolean(v.is);
	case "decimal": return { __extn: { fn: "decimal", arg: decimal(v.is) } };
	case "time": return { __extn: { fn: "datetime", arg: instant(v.is) } };
	case "set": return v.is.map(entityValue);
	default: return v.is;
	}
}

const string = (s) => ({ type: "string", is: s });
const strings = (l) => ({ type: "set", is: l.map(string) });
const isScalar = (v) => ["bool", "int", "decimal", "string", "time"].includes(v.type);
const exists = (v) => v && v.type !== "missing" && v.type !== "null";

// ---- the question as entities and context ----

// Every attribute that a policy may look at, as one of our values. The column is missing for an action on the object.
function attributes(c, column) {
	const a = {
		domain: string(c.domain), product: string(c.product.name), port: string(c.port.name),
		object: string(c.object.name), tags: strings(c.object.tags), rank: { type: "int", is: c.object.rank },
		sealed: { type: "bool", is: c.sealed }, grants: strings(c.grants), team: strings(onDuty(c)),
		ownTags: strings((column || c.object).tags), ownClass: string(c.classes[(column || c.object).rank]),
	};
	if (c.status !== null)
		a.status = string(c.status);
	if (c.endOfLife !== null)
		a.endOfLife = { type: "time", is: c.endOfLife };
	if (column) {
		a.column = string(column.name);
		a.colTags = strings(column.tags);
		a.colRank = { type: "int", is: column.rank };
	}
	return a;
}

function onDuty(c) {
	const here = c.team.filter((m) => (m.in === null || m.in <= c.context.now) && (m.out === null || c.context.now < m.out));
	const mine = here.some((m) => m.username === c.user.name || c.user.emails.includes(m.username));

	return mine ? [c.user.name] : [];
}

function userValues(c) {
	return { ...c.user.attributes, user: string(c.user.name), groups: strings(c.user.groups), roles: strings(c.user.roles) };
}

function contextValues(c) {
	const x = {
		now: { type: "time", is: c.context.now }, weekday: { type: "int", is: c.context.weekday },
		minuteOfDay: { type: "int", is: c.context.minuteOfDay }, host: string(c.context.host),
		breakGlass: { type: "bool", is: c.context.breakGlass },
	};
	if (c.context.purpose !== null)
		x.purpose = string(c.context.purpose);
	return x;
}

const record = (values) => Object.fromEntries(Object.entries(values).filter(([, v]) => exists(v)).map(([k, v]) => [k, entityValue(v)]));
const uid = (type, id) => ({ type, id });

function entities(c, resource, attrs) {
	const chain = [
		["Mesh", "mesh"], ["Domain", c.domain], ["Product", `${c.domain}/${c.product.name}`],
		["Port", c.port.name], ["Object", c.object.name],
	];
	const out = chain.map(([type, id], i) => ({ uid: uid(type, id), attrs: {}, parents: i ? [uid(...chain[i - 1])] : [] }));

	if (resource.type === "Column")
		out.push({ uid: resource, attrs: record(attrs), parents: [uid("Object", c.object.name)] });
	else
		out[4].attrs = record(attrs);
	out.push({
		uid: uid("User", c.user.name), attrs: record(userValues(c)),
		parents: [...c.user.groups.map((g) => uid("Group", g)), ...c.user.roles.map((r) => uid("Role", r))],
	});
	return out;
}

// ---- conditions ----

// [does it exist, its value, the guard, the expression]
function operand(o, at) {
	const names = { tags: "ownTags", classification: "ownClass" };
	const name = o.space === "resource" && names[o.name] ? names[o.name] : o.name;
	const base = { context: "context", principal: "principal", resource: "resource", row: "context.row" }[o.space];
	const value = at[o.space][name];

	return { value: exists(value) ? value : null, guard: `${base} has ${name}`, text: `${base}.${name}` };
}

const fits = (v, set) => isScalar(v) && set.type === "set" && set.is.every((e) => e.type === v.type);

// The expression, or null where the operation does not take such values.
function test(op, l, r) {
	const ordered = ["int", "decimal", "time"].includes(l.value.type) && l.value.type === r.value.type;
	const methods = { lt: "lessThan", le: "lessThanOrEqual", gt: "greaterThan", ge: "greaterThanOrEqual" };
	const signs = { lt: "<", le: "<=", gt: ">", ge: ">=" };

	switch (op) {
	case "eq": return isScalar(l.value) && l.value.type === r.value.type ? `${l.text} == ${r.text}` : null;
	case "ne": return isScalar(l.value) && l.value.type === r.value.type ? `${l.text} != ${r.text}` : null;
	case "in": return fits(l.value, r.value) ? `${r.text}.contains(${l.text})` : null;
	case "notIn": return fits(l.value, r.value) ? `!(${r.text}.contains(${l.text}))` : null;
	case "contains": return fits(r.value, l.value) ? `${l.text}.contains(${r.text})` : null;
	case "like": return l.value.type === "string" && r.value.type === "string" ? `${l.text} like ${r.text}` : null;
	case "notLike": return l.value.type === "string" && r.value.type === "string" ? `!(${l.text} like ${r.text})` : null;
	default: break;
	}
	if (!ordered)
		return null;
	return l.value.type === "decimal" ? `${l.text}.${methods[op]}(${r.text})` : `${l.text} ${signs[op]} ${r.text}`;
}

function atom(c, at, negated, undecided) {
	const l = operand(c.left, at);

	if (c.op === "present" || c.op === "absent")
		return (c.op === "present") !== negated ? l.guard : `!(${l.guard})`;
	const r = c.ref ? operand(c.ref, at) : { value: c.literal, guard: "true", text: exists(c.literal) ? literal(c.literal) : "" };
	const guards = all([l.guard, r.guard]);

	if (!l.value || !exists(r.value))
		return undecided ? `!(${guards})` : guards;
	const expr = test(c.op, l, r);

	if (expr === null)
		return String(undecided);
	const signed = negated ? `!(${expr})` : expr;

	return undecided ? `!(${guards}) || (${signed})` : `${guards} && (${signed})`;
}

function condition(c, at, negated, undecided) {
	if (c.kind === "atom")
		return atom(c, at, negated, undecided);
	if (c.kind === "not")
		return condition(c.kids[0], at, !negated, undecided);
	const kids = c.kids.map((k) => condition(k, at, negated, undecided));

	return (c.kind === "all") !== negated ? all(kids) : any(kids);
}

// ---- rules ----

function principals(s) {
	return any([
		...(s.any ? ["true"] : []), ...(s.team ? ["resource.team.contains(principal.user)"] : []),
		...s.users.map((u) => `principal == User::${str(u)}`),
		...s.groups.map((g) => `principal in Group::${str(g)}`), ...s.roles.map((r) => `principal in Role::${str(r)}`),
	]);
}

const globs = (attr, list) => (list.length ? [`resource has ${attr}`, any(list.map((g) => `resource.${attr} like ${str(g)}`))] : []);

function tags(attr, s) {
	return [
		...(s.any.length ? [`resource.${attr}.containsAny([${s.any.map(str)}])`] : []),
		...(s.all.length ? [`resource.${attr}.containsAll([${s.all.map(str)}])`] : []),
		...s.none.map((t) => `!(resource.${attr}.contains(${str(t)}))`),
	];
}

const ranks = (attr, list) => (list ? [`[${list}].contains(resource.${attr})`] : []);

function selector(s) {
	return [
		...globs("domain", s.domains), ...globs("product", s.products), ...globs("port", s.ports), ...globs("object", s.objects),
		...globs("status", s.status), ...tags("tags", s.tags), ...ranks("rank", s.ranks),
		...(!s.hasColumns ? [] : ["resource has column", ...globs("column", s.columnNames), ...tags("colTags", s.columnTags),
			...ranks("colRank", s.columnRanks)]),
	];
}

function exemptions(c, r) {
	const open = r.delegable && r.effect !== "permit" && (r.level === "mesh" || r.level === "domain");

	return c.exemptions.filter((e) => open && e.rule === r.id && e.until !== null).map((e) => {
		const from = e.from === null ? [] : [`context.now >= ${datetime(e.from)}`];

		return `!(${all([...from, `context.now < ${datetime(e.until)}`, principals(e.principals)])})`;
	});
}

function matching(c, r, at) {
	const undecided = r.effect !== "permit";

	return [
		principals(r.principals), `!(${principals(r.except)})`, ...exemptions(c, r), ...selector(r.resources),
		...(r.from === null ? [] : [`context.now >= ${datetime(r.from)}`]),
		...(r.until === null ? [] : [`context.now < ${datetime(r.until)}`]),
		...(r.overridable ? ["!context.breakGlass"] : []),
		...(r.breakGlass && r.effect === "permit" ? ["context.breakGlass"] : []),
		...(r.when ? [condition(r.when, at, false, undecided)] : []),
		...(r.unless ? [condition(r.unless, at, true, undecided)] : []),
	];
}

function authority(r) {
	if (r.effect !== "permit")
		return [];
	return { builtin: ["false"], mesh: [`resource.grants.contains(${str(r.id)})`], domain: ["!resource.sealed"], product: [] }[r.level];
}

function scope(r) {
	if (r.level === "domain")
		return `resource in Domain::${str(r.domain)}`;
	return r.level === "product" ? `resource in Product::${str(`${r.domain}/${r.product}`)}` : "resource";
}

const policy = (effect, actions, r, parts) =>
	`${effect}(principal, action in [${actions.map((a) => `Action::${str(a)}`)}], ${scope(r)}) when { ${all(parts)} };`;

function translate(c, at) {
	const out = {};

	for (const r of c.rules) {
		const parts = matching(c, r, at);
		const others = r.actions.filter((a) => a !== "read");
		const rows = r.rows ? condition(r.rows, at, false, false) : "true";

		if (others.length && r.effect !== "restrict")
			out[`other ${r.id}`] = policy(r.effect, others, r, parts);
		if (!r.actions.includes("read"))
			continue;
		if (r.effect === "permit")
			out[`read ${r.id}`] = policy("permit", ["read", "readRaw"], r, [...parts, ...authority(r), rows]);
		if (r.effect === "forbid")
			out[`read ${r.id}`] = policy("forbid", ["read", "readRaw"], r, parts);
		if (r.effect === "restrict" && r.rows)
			out[`rows ${r.id}`] = policy("forbid", ["read", "readRaw"], r, [...parts, `!(${rows})`]);
		if (r.effect === "restrict" && r.masks)
			out[`mask ${r.id}`] = policy("forbid", ["readRaw"], r, parts);
	}
	return out;
}

// ---- asking ----

function ask(c, question, action) {
	const answer = cedar.isAuthorized({
		principal: uid("User", c.user.name), action: uid("Action", action), resource: question.resource,
		context: { ...record(contextValues(c)), row: record(question.at.row) },
		policies: { staticPolicies: question.policies }, entities: question.entities,
	});

	if (answer.type !== "success")
		throw new Error(`case ${c.seed}: ${JSON.stringify(answer.errors)}`);
	if (answer.response.diagnostics.errors.length)
		throw new Error(`case ${c.seed}: ${JSON.stringify(answer.response.diagnostics.errors)}`);
	return { allow: answer.response.decision === "allow", reasons: answer.response.diagnostics.reason };
}

function question(c, column, row) {
	const resource = column ? uid("Column", column.name) : uid("Object", c.object.name);
	const at = { context: contextValues(c), principal: userValues(c), resource: attributes(c, column), row };

	return { resource, at, policies: translate(c, at), entities: entities(c, resource, at.resource) };
}

let wrong = 0;
const seen = { cells: 0, hidden: 0, masked: 0, raw: 0, actions: 0, allowed: 0 };

function compare(c, what, ours, theirs) {
	if (ours === theirs)
		return;
	wrong++;
	console.log(`# seed ${c.seed}: ${what}: here ${ours}, Cedar ${theirs}`);
}

function checkCell(c, cell) {
	const q = question(c, cell.column, cell.row);
	const read = ask(c, q, "read"), raw = ask(c, q, "readRaw");
	const what = `column ${cell.column.name}, row ${JSON.stringify(cell.row)}`;

	compare(c, `${what}: visible`, cell.visible, read.allow);
	compare(c, `${what}: raw`, cell.raw, raw.allow);
	if (read.allow) {
		const masks = raw.allow ? [] : raw.reasons.map((id) => id.replace(/^mask /, ""));

		compare(c, `${what}: masks`, JSON.stringify([...cell.masks].sort()), JSON.stringify(masks.sort()));
	}
	seen.cells++;
	seen.hidden += !read.allow;
	seen.masked += read.allow && !raw.allow;
	seen.raw += raw.allow;
}

function checkActions(c) {
	const q = question(c, null, {});

	for (const [action, allow] of Object.entries(c.answers)) {
		compare(c, action, allow, ask(c, q, action).allow);
		seen.actions++;
		seen.allowed += allow;
	}
}

for (const line of fs.readFileSync(0, "utf8").split("\n").filter(Boolean)) {
	const c = JSON.parse(line);

	checkActions(c);
	c.cells.forEach((cell) => checkCell(c, cell));
}
console.log(`# Cedar ${cedar.getCedarVersion()}: ${JSON.stringify(seen)}`);
for (const kind of ["hidden", "masked", "raw", "allowed"]) {
	if (seen[kind] < seen.cells / 50) {
		wrong++;
		console.log(`# too few of one kind: ${kind}`);
	}
}
console.log(`${wrong ? "not ok" : "ok"} every cell as Cedar decides it`);
process.exit(wrong ? 1 : 0);
