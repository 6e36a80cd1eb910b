/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a person may type: splitting, looking up, completing; positions and btree names. */
#include <stdlib.h>
#include <string.h>

#include "arborist/command/command.h"
#include "arborist/format/btree_id.h"
#include "arborist/session/find.h"
#include "fuzz.h"

size_t fuzz_seed(struct arb_random *r, uint8_t *buf)
{
	static const char *const piece[] = {
		"keys ", "goto ", "extents:0 ", "4096:8:U32_MAX ", "'a b' ", "\"x\\\"y\" ", "# no", "\\ ", "SPOS_MAX", "run check_topology:", "..", "\t", "0x",
		"help ", "policy ", "type=dirent ", "size>4K", "name~", "(", ")", "not ", " or ", "bucket=0:1..2 ", "pos!=", "inum<", "\xc3\xa9", "btrees",
	};
	size_t n = 0;

	for (unsigned i = arb_random_u64(r) % 8; i; i--) {
		const char *s = piece[arb_random_u64(r) % (sizeof(piece) / sizeof(piece[0]))];

		memcpy(buf + n, s, strlen(s));
		n += strlen(s);
	}
	return n;
}

static void free_list(char **list)
{
	for (char **s = list; s && *s; s++)
		free(*s);
	free(list);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const char *argv[COMMAND_ARGS_MAX];
	struct bpos pos;
	unsigned id;
	static const uint8_t value[64] = { 1 };
	struct find *find;
	int argc;
	ARB_BUF(line);
	ARB_BUF(storage);
	ARB_BUF(out);

	arb_buf_mem(&line, p, n);
	if (!command_split(arb_buf_str(&line), &storage, &argc, argv, COMMAND_ARGS_MAX, NULL)) {
		FUZZ_CHECK(argc >= 0 && argc <= COMMAND_ARGS_MAX);
		for (int i = 0; i < argc; i++) {
			command_find(argv[i]);
			command_nearest(argv[i]);
			btree_id_parse(argv[i], &id);
			if (bpos_parse(argv[i], &pos))
				bpos_to_text(&out, pos);
		}
	}
	if (!find_parse(arb_buf_str(&line), &find, NULL)) {
		for (id = 0; id < BTREE_ID_NR; id++)
			find_match(find, NULL, id, id % 3, (struct bkey_s){ { .p = BPOS(4096, 8, id), .type = id, .u64s = BKEY_U64s + 8 }, value });
		find_free(find);
	}
	free_list(command_completions(arb_buf_str(&line), strlen(arb_buf_str(&line))));
	return 0;
}
