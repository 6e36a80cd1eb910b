# SPDX-License-Identifier: GPL-3.0-or-later
# Golden cases: one folder each, run by tests/run-golden. To add one: HACKING.md, "A golden case".
GOLDEN_CASES = \
	tests/f/accounting-counter/case.golden \
	tests/f/alloc-cached-sectors/case.golden \
	tests/f/alloc-data-type/case.golden \
	tests/f/alloc-gen/case.golden \
	tests/f/alloc-missing/case.golden \
	tests/f/alloc-stripe/case.golden \
	tests/f/alloc-surplus/case.golden \
	tests/f/bad-csum-moved/case.golden \
	tests/f/bitmap-bit/case.golden \
	tests/f/bitmap-gap-leaf/case.golden \
	tests/f/blacklisted-root/case.golden \
	tests/f/blacklisted-scan/case.golden \
	tests/f/bversion-future/case.golden \
	tests/f/clean-entry-lost/case.golden \
	tests/f/clean/case.golden \
	tests/f/crc64/case.golden \
	tests/f/derived-lost/case.golden \
	tests/f/devices/case.golden \
	tests/f/empty-interior/case.golden \
	tests/f/end-short/case.golden \
	tests/f/gap-interior/case.golden \
	tests/f/gap-interior-lost/case.golden \
	tests/f/gap-leaf/case.golden \
	tests/f/gap-leaf-lost/case.golden \
	tests/f/image-both-copies/case.golden \
	tests/f/image-combo-1/case.golden \
	tests/f/image-empty-interior/case.golden \
	tests/f/image-encrypted/case.golden \
	tests/f/image-end-short/case.golden \
	tests/f/image-gap-interior/case.golden \
	tests/f/image-gap-leaf/case.golden \
	tests/f/image-gap-leaf-lost/case.golden \
	tests/f/image-one-copy/case.golden \
	tests/f/image-overlap-next-full/case.golden \
	tests/f/image-overlap-prev-part/case.golden \
	tests/f/image-ptr-missing-stripe/case.golden \
	tests/f/image-root-lost/case.golden \
	tests/f/image-root-lost-alloc/case.golden \
	tests/f/image-root-no-child/case.golden \
	tests/f/image-sb-primary/case.golden \
	tests/f/image-small-dirty/case.golden \
	tests/f/image-stale-node/case.golden \
	tests/f/image-unclean-scan/case.golden \
	tests/f/image-stripe-count/case.golden \
	tests/f/image-unreadable-interior-4k/case.golden \
	tests/f/image-unreadable-leaf/case.golden \
	tests/f/image-unreadable-leaf-csum/case.golden \
	tests/f/image-unreadable-root/case.golden \
	tests/f/newer-node/case.golden \
	tests/f/node-twice/case.golden \
	tests/f/overlap-next-full/case.golden \
	tests/f/overlap-next-full-older/case.golden \
	tests/f/overlap-next-part/case.golden \
	tests/f/overlap-next-part-older/case.golden \
	tests/f/overlap-prev-full/case.golden \
	tests/f/overlap-prev-full-older/case.golden \
	tests/f/overlap-prev-part/case.golden \
	tests/f/overlap-prev-part-older/case.golden \
	tests/f/pair-alloc/case.golden \
	tests/f/ptr-free-bucket/case.golden \
	tests/f/ptr-gen-newer/case.golden \
	tests/f/ptr-invalid-dev/case.golden \
	tests/f/ptr-out-of-range/case.golden \
	tests/f/ptr-shared/case.golden \
	tests/f/ptr-stale/case.golden \
	tests/f/ptr-wrong-type/case.golden \
	tests/f/range-updated/case.golden \
	tests/f/root-entry-lost/case.golden \
	tests/f/reflink-refcount/case.golden \
	tests/f/rich/case.golden \
	tests/f/rich-unclean/case.golden \
	tests/f/root-lost-alloc/case.golden \
	tests/f/root-max/case.golden \
	tests/f/root-min/case.golden \
	tests/f/root-no-child/case.golden \
	tests/f/sb-outdated/case.golden \
	tests/f/sb-replicas/case.golden \
	tests/f/sectors-written/case.golden \
	tests/f/small-nodes/case.golden \
	tests/f/superblock-first/case.golden \
	tests/f/two-btrees/case.golden \
	tests/f/unclean/case.golden \
	tests/f/unclean-alloc-lost/case.golden \
	tests/f/unclean-gap/case.golden \
	tests/f/unreadable-interior/case.golden \
	tests/f/unreadable-leaf/case.golden \
	tests/f/unreadable-leaf-csum/case.golden \
	tests/f/unreadable-root/case.golden \
	tests/f/wrong-btree-id/case.golden \
	tests/f/wrong-level/case.golden \
	tests/f/wrong-min/case.golden \
	tests/f/wrong-seq/case.golden

TESTS += $(GOLDEN_CASES)
TEST_EXTENSIONS = .golden
GOLDEN_LOG_COMPILER = $(top_srcdir)/tests/run-golden
EXTRA_DIST += tests/run-golden tests/bless \
	$(GOLDEN_CASES) $(GOLDEN_CASES:case.golden=expect.1) $(GOLDEN_CASES:case.golden=expect.2)
