# SPDX-License-Identifier: GPL-3.0-or-later
PO_TESTS = tests/po/catalogues.sh tests/po/pseudo.sh
TESTS += $(PO_TESTS)
EXTRA_DIST += $(PO_TESTS) tests/po/lib.sh tests/po/pseudo.awk
