# SPDX-License-Identifier: GPL-3.0-or-later
TESTS += tests/lesson/lessons.sh
EXTRA_DIST += tests/lesson/lessons.sh
