# SPDX-License-Identifier: GPL-3.0-or-later
EXTRA_DIST += doc/status.md
dist_man_MANS += doc/arborist.8 doc/arborist-config.5
bashcompletiondir = $(datadir)/bash-completion/completions
dist_bashcompletion_DATA = doc/bash/arborist
