#include "fs/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "catalog/base/cleanup.h"

static int use_syslog;
static enum log_level shown = LOG_LEVEL_WARNING;

static const char *const names[] = {"error", "warning", "info", "debug"};
static const int priorities[] = {LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG};

void log_open(int to_syslog, enum log_level level)
{
	use_syslog = to_syslog;
	shown = level;
	if (to_syslog)
		openlog("meshfs", LOG_PID, LOG_DAEMON);
}

int log_level_parse(const char *s)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(names[i], s) == 0)
			return (int)i;
	return -1;
}

void log_write(enum log_level level, const char *fmt, ...)
{
	char line[2048];
	va_list ap;

	if (level > shown)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	/* A file name from storage must not forge a second line. */
	for (char *p = line; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	if (use_syslog)
		syslog(priorities[level], "%s", line);
	else
		(void)fprintf(stderr, "meshfs: %s: %s\n", names[level], line);
}
