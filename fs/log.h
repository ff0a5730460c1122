#ifndef FS_LOG_H
#define FS_LOG_H

/*
 * The program's log: standard error in the foreground, syslog (facility daemon) in the background. For the operator;
 * what a user has to know goes into his own documents and exit messages instead.
 */

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Where messages go from now on, and the least important level that is shown. Call before threads start. */
void log_open(int to_syslog, enum log_level level);

/* The level named "error", "warning", "info" or "debug"; -1: none of them. */
int log_level_parse(const char *s);

/* One message, one line; control characters in the arguments are shown as '?'. */
void log_write(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...) log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_write(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...) log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
