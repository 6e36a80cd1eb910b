# SPDX-License-Identifier: GPL-3.0-or-later
# Every room of tests adds itself here: tests/ROOM/local.mk
