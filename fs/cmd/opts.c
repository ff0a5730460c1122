#include "fs/cmd/opts.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/base/cleanup.h"
#include "fs/cmd/cmd.h"
#include "fs/cmd/term.h"

/* What getopt_long returns for the long form of list[0] and of common[0]: beyond any letter, so that optopt tells both forms apart. */
#define FIRST_VALUE 256
#define FIRST_COMMON (FIRST_VALUE + OPTS_MAX)

static const struct opt common[] = {{.name = "help", .letter = 'h'},
    {.name = "quiet", .letter = 'q'}, {.name = "verbose", .letter = 'v'}};

struct tables {
	char letters[3 * (OPTS_MAX + ARRAY_LEN(common)) + 2];
	struct option longs[OPTS_MAX + ARRAY_LEN(common) + 1];
	size_t letters_len, longs_len;
};

static void add(struct tables *t, const struct opt *opt, int value, bool takes)
{
	t->longs[t->longs_len++] = (struct option){
	    opt->name, takes ? required_argument : no_argument, NULL, value};
	if (!opt->letter)
		return;
	t->letters[t->letters_len++] = opt->letter;
	if (takes)
		t->letters[t->letters_len++] = ':';
}

static void build(struct tables *t, const struct opts *o)
{
	memset(t, 0, sizeof(*t));
	t->letters[t->letters_len++] = ':';
	for (size_t i = 0; i < ARRAY_LEN(common); i++)
		add(t, &common[i], FIRST_COMMON + (int)i, false);
	for (int i = 0; o->list && o->list[i].name; i++)
		add(t, &o->list[i], FIRST_VALUE + i, o->list[i].kind != OPT_FLAG);
}

static const struct opt *opt_of(const struct opts *o, int c)
{
	if (c >= FIRST_VALUE)
		return &o->list[c - FIRST_VALUE];
	for (int i = 0; o->list && o->list[i].name; i++)
		if (o->list[i].letter == c)
			return &o->list[i];
	return NULL;
}

static int set_format(const struct opts *o, const struct opt *opt)
{
	static const char *const names[] = {"text", "json", "sarif"};
	size_t known = opt->kind == OPT_REPORT ? 3 : 2;

	for (size_t i = 0; i < known; i++)
		if (strcmp(names[i], optarg) == 0) {
			*(enum opt_format *)opt->value = (enum opt_format)i;
			return OPTS_RUN;
		}
	return cmd_wrong(o->command, "--format is text%s json%s, not '%s'",
	    known == 3 ? "," : " or", known == 3 ? " or sarif" : "", optarg);
}

static int set(const struct opts *o, const struct opt *opt)
{
	switch (opt->kind) {
	case OPT_FLAG:
		*(bool *)opt->value = true;
		return OPTS_RUN;
	case OPT_TEXT:
		*(const char **)opt->value = optarg;
		return OPTS_RUN;
	case OPT_FORMAT:
	case OPT_REPORT:
		break;
	}
	return set_format(o, opt);
}

static int wrong(const struct opts *o, int c, char **argv)
{
	char letter[3] = {'-', (char)optopt, '\0'};
	bool is_long = optopt == 0 || optopt >= FIRST_VALUE;
	const char *name = is_long ? argv[optind - 1] : letter;

	if (c == ':')
		return cmd_wrong(o->command, "option %s needs a value", name);
	if (is_long && optopt != 0)
		return cmd_wrong(o->command, "option %s takes no value", name);
	return cmd_wrong(o->command, "there is no option %s", name);
}

static int take(const struct opts *o, int c, char **argv)
{
	char *help[] = {"help", (char *)o->command, NULL};

	switch (c >= FIRST_COMMON ? common[c - FIRST_COMMON].letter : c) {
	case 'h':
		return cmd_help(2, help);
	case 'q':
		term_set_quiet();
		return OPTS_RUN;
	case 'v':
		term_set_verbose();
		return OPTS_RUN;
	case '?':
	case ':':
		return wrong(o, c, argv);
	default:
		return set(o, opt_of(o, c));
	}
}

int opts_parse(const struct opts *o, int argc, char **argv, struct operands *ret)
{
	struct tables t;
	int c, rc = OPTS_RUN;

	build(&t, o);
	optind = 0;
	opterr = 0;
	while (rc == OPTS_RUN && (c = getopt_long(argc, argv, t.letters, t.longs, NULL)) != -1)
		rc = take(o, c, argv);
	if (rc != OPTS_RUN)
		return rc;
	*ret = (struct operands){.items = argv + optind, .len = argc - optind};
	if (ret->len < o->min)
		return cmd_wrong(o->command, "an argument is missing");
	if (o->max != OPTS_ANY_NUMBER && ret->len > o->max)
		return cmd_wrong(o->command, "'%s' is one argument too many", ret->items[o->max]);
	return OPTS_RUN;
}

bool opts_number(const char *s, size_t min, size_t max, size_t *ret)
{
	unsigned long long n;
	char *end;

	if (s[0] < '0' || s[0] > '9')
		return false;
	errno = 0;
	n = strtoull(s, &end, 10);
	if (*end || errno || n < min || n > max)
		return false;
	*ret = (size_t)n;
	return true;
}
