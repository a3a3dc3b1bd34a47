/*
 * A plugin is one const struct plugin in one file of src/plugins/, named in plugins/meson.build. A role it cannot play is NULL.
 * Authenticators declare media, not challenge types: every type of that medium works with them. This header is all that
 * plugins see of the client: it brings events, questions, hooks and options.
 */
#pragma once

#include "base/err.h"
#include "base/world.h"
#include "client/hook/run.h"
#include "client/opt/options.h"
#include "client/ui/event.h"
#include "client/ui/prompt.h"
#include "proto/challenge.h"

struct tree;

/* What a plugin gets: a part of the client. */
struct plugin_env {
	const struct world *world;
	struct ui *ui;
	struct options *opt; /* a plugin may add what it asked a person for, such as web roots, to be saved for renewals */
	const struct tree *tree;
};

/* One thing to publish. */
struct task {
	const struct challenge_type *type;
	struct proof proof;
	char *identifier; /* without "*." */
	char *token;
	/* the plugin's own between publish and withdraw */
	bool published;
	char *note; /* e.g. what the manual hook printed */
};

struct authenticator_ops {
	unsigned media; /* 1u << MEDIUM_HTTP | ... in no order */
	/* The order in which this plugin prefers media; MEDIUM_COUNT ends it. */
	enum medium preference[MEDIUM_COUNT + 1];
	/* Publishes all n at once; on error too, withdraw is called for all n afterwards. */
	struct err *(*publish)(void *state, struct task *tasks, size_t n);
	/* Undoes what was published, also half of it; goes on after a failure and reports the first. */
	struct err *(*withdraw)(void *state, struct task *tasks, size_t n);
	/* What people can do when these failed ("standalone: port 80 of this machine must be reachable ..."). */
	void (*hint)(const void *state, struct buf *out);
};

/* The files to install; NULL: there is none. */
struct deployment {
	const char *cert, *key, *chain, *fullchain;
};

struct installer_ops {
	struct err *(*names)(void *state, struct strlist *out);
	struct err *(*deploy)(void *state, const char *name, const struct deployment *files);
	struct err *(*rollback)(void *state, int64_t checkpoints); /* undoes the last ones; fewer there: all of them */
	struct err *(*restart)(void *state);
};

struct plugin {
	const char *name;        /* "webroot" */
	const char *description; /* one line */
	bool hidden;             /* only used by name (manual, null) */
	/* Checks that it can work here and makes its state. ERR_CONFIG: listed but unusable. */
	struct err *(*open)(void **state, const struct plugin_env *env);
	void (*close)(void *state);
	const struct authenticator_ops *authenticator;
	const struct installer_ops *installer;
};

extern const struct plugin *const plugins[]; /* generated, in name order */
extern const size_t plugin_count;
const struct plugin *plugin_by_name(const char *name);
