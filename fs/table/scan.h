#ifndef FS_TABLE_SCAN_H
#define FS_TABLE_SCAN_H

/*
 * Finds the bytes that mean something to CSV, 64 at a time. Knows no grammar.
 */

#include <stdint.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define SCAN_BLOCK 64

#ifdef __SSE2__
static inline uint64_t scan_16(const char *p, __m128i delimiter)
{
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
	__m128i lf = _mm_cmpeq_epi8(v, _mm_set1_epi8('\n'));
	__m128i cr = _mm_cmpeq_epi8(v, _mm_set1_epi8('\r'));
	__m128i quote = _mm_cmpeq_epi8(v, _mm_set1_epi8('"'));
	__m128i ends = _mm_or_si128(lf, _mm_cmpeq_epi8(v, delimiter));

	return (uint32_t)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, cr), ends));
}

/* Bit i: p[i] is the delimiter, a quote, CR or LF. Reads SCAN_BLOCK bytes. */
static inline uint64_t scan_block(const char *p, char delimiter)
{
	__m128i d = _mm_set1_epi8(delimiter);

	return scan_16(p, d) | scan_16(p + 16, d) << 16 | scan_16(p + 32, d) << 32 |
	    scan_16(p + 48, d) << 48;
}
#else
static inline uint64_t scan_block(const char *p, char delimiter)
{
	uint64_t found = 0;

	for (unsigned i = 0; i < SCAN_BLOCK; i++) {
		char c = p[i];

		found |= (uint64_t)(c == delimiter || c == '"' || c == '\r' || c == '\n') << i;
	}
	return found;
}
#endif

#endif
