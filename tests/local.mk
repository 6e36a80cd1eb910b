# SPDX-License-Identifier: GPL-3.0-or-later
# Every room of tests adds itself here: tests/ROOM/local.mk. Those of long tests stand first, so that none of them is begun last.
include tests/mutation/local.mk
include tests/finding/local.mk
include tests/command/local.mk
include tests/ui/local.mk
include tests/structure/local.mk
include tests/base/local.mk
include tests/format/local.mk
include tests/io/local.mk
include tests/overlay/local.mk
include tests/journal/local.mk
include tests/btree/local.mk
include tests/plan/local.mk
include tests/pass/local.mk
include tests/session/local.mk
include tests/image/local.mk
include tests/reference/local.mk
include tests/bench/local.mk
include tests/fuzz/local.mk
include tests/kernel/local.mk
include tests/f/local.mk
include tests/lesson/local.mk
include tests/po/local.mk
