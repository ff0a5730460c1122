#ifndef FS_TABLE_CSV_SCAN_H
#define FS_TABLE_CSV_SCAN_H

/*
 * The grammar of CSV over bytes in memory: RFC 4180 as it is met. A record ends with LF, CRLF, CR
 * or the end of the data. A field that begins with a quote goes to the next quote that is not
 * doubled, behind which comes a delimiter or the end of the record: anything else means that quotes
 * do not mean what they should, and fields could be taken for one another. A quote elsewhere is a
 * byte like any other, and so is NUL. Knows neither files nor columns.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fs/table/scan.h"

struct csv_field {
	char *s; /* into the scanned bytes, without the quotes around it */
	size_t len;
	bool quoted; /* so that "" is not nothing */
	bool doubled; /* quotes in it are still doubled: csv_field_settle makes them single */
};

struct csv_scan {
	char delimiter;
	char *at; /* the next record begins here */
	char *end; /* behind the last byte; SCAN_BLOCK readable bytes, of any value, follow */
	bool eof; /* no byte comes after `end` */
	bool surplus; /* the last record had more fields than room, empty ones not counted */
	/* private */
	char *block; /* the 64 bytes looked at */
	uint64_t special; /* those of them that are still to be looked at */
	char *skip; /* a byte that was dealt with together with the one before it */
};

enum csv_found {
	CSV_RECORD,
	CSV_MORE, /* the record does not end here: give more bytes and ask again */
	CSV_END, /* there is no further record */
	CSV_UNCLOSED, /* the data ends inside of quotes */
	CSV_BEHIND_QUOTE, /* a closing quote is followed by more of the field */
};

/* To be called when `at`, `end` or the bytes between them were changed. */
void csv_scan_moved(struct csv_scan *s);

/* Finds the record at s->at: up to `cap` fields, their number in *ret_len (at least 1). With
 * CSV_RECORD s->at moves behind it. */
enum csv_found csv_scan_record(
    struct csv_scan *s, struct csv_field *fields, size_t cap, size_t *ret_len);

/* Makes doubled quotes single, in place. */
void csv_field_settle(struct csv_field *f);

#endif
