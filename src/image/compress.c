/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Compressed data without a compressor: a run of one byte, in each of the forms that bcachefs knows. A reader of the real thing gets
 * the run back.
 */
#include "builder.h"
#include <string.h>
#include "arborist/base/le.h"

struct bits {
	uint8_t	*p;
	size_t	nr;
};

static void put_bit(struct bits *b, unsigned bit)
{
	if (b->nr % 8 == 0)
		b->p[b->nr / 8] = 0;
	b->p[b->nr / 8] |= bit << b->nr % 8;
	b->nr++;
}

/* Huffman codes stand with their first bit first. */
static void put_code(struct bits *b, unsigned code, unsigned nr)
{
	while (nr--)
		put_bit(b, code >> nr & 1);
}

/* One literal, one match that overlaps itself, and the five literals a block has to end with. */
static size_t run_lz4(uint8_t byte, size_t n, uint8_t *out)
{
	size_t more = n - 1 - 5 - 4 - 15, at = 0;

	out[at++] = 0x1f;
	out[at++] = byte;
	out[at++] = 1;
	out[at++] = 0;
	for (; more >= 255; more -= 255)
		out[at++] = 255;
	out[at++] = more;
	out[at++] = 0x50;
	memset(out + at, byte, 5);
	return at + 5;
}

/* Deflate with the fixed codes: a literal, then lengths of 258 at distance 1. */
static size_t run_gzip(uint8_t byte, size_t n, uint8_t *out)
{
	struct bits b = { out, 0 };

	put_bit(&b, 1);
	put_bit(&b, 1);
	put_bit(&b, 0);
	for (size_t i = 0; i < 1 + (n - 1) % 258; i++)
		put_code(&b, 0x30 + byte, 8);
	for (size_t i = 0; i < (n - 1) / 258; i++) {
		put_code(&b, 0xc5, 8);
		put_code(&b, 0, 5);
	}
	put_code(&b, 0, 7);
	return (b.nr + 7) / 8;
}

/* A frame of one block that is a run, behind its length. */
static size_t run_zstd(uint8_t byte, size_t n, uint8_t *out)
{
	static const uint8_t head[] = { 0x28, 0xb5, 0x2f, 0xfd, 0xa0 };
	uint32_t block = 1 | 1 << 1 | (uint32_t)n << 3;

	memcpy(out + 4, head, sizeof(head));
	le32_put(out + 9, n);
	le32_put(out + 13, block);
	out[16] = byte;
	le32_put(out, 13);
	return 17;
}

size_t image_compress_run(unsigned type, uint8_t byte, size_t n, uint8_t *out)
{
	switch (type) {
	case COMPRESSION_lz4:	return run_lz4(byte, n, out);
	case COMPRESSION_gzip:	return run_gzip(byte, n, out);
	case COMPRESSION_zstd:	return run_zstd(byte, n, out);
	default:		return 0;
	}
}
