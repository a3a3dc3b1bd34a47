/*
 * A plugin is one const struct plugin in one file of src/plugins/, named in plugins/meson.build. A role it cannot play is NULL.
 * Authenticators declare media, not challenge types: every type of that medium works with them. This header is all that
 * plugins see of the client: it brings events, questions, hooks and options.
 */
#pragma once

#include <pthread.h>

#include "base/err.h"
#include "base/world.h"
#include "client/hook/run.h"
#include "client/opt/options.h"
#include "client/ui/event.h"
#include "client/ui/prompt.h"
#include "proto/challenge.h"
#include "srv/bystander.h"
#include "srv/change.h"
#include "srv/checkpoint.h"
#include "srv/endpoint.h"
#include "srv/mention.h"
#include "srv/sites.h"
#include "srv/webserver.h"

struct tree;

/* Of all instances of one plugin in a run, which may be in several threads. */
struct plugin_common {
	pthread_mutex_t lock;
	void *data; /* the plugin's: made by the first instance */
	/* Frees it at the end of the run; NULL: the last instance has. */
	void (*release)(void *data);
};

/* What a plugin gets: a part of the client. */
struct plugin_env {
	const struct world *world;
	struct ui *ui;
	struct options *
		opt; /* a plugin may add what it asked a person for, such as web roots, to be saved for renewals */
	const struct tree *tree;
	struct checkpoints checkpoints; /* what was left by a killed run is undone before open() */
	struct plugin_common *common;
	/* Who has this plugin prove control goes on to a reload of its server: withdraw() may leave it to that. */
	bool reload_follows;
	/* Set by a plugin that has started its server to answer challenges: see plugins/started.h. */
	bool *started;
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
	unsigned media;            /* 1u << MEDIUM_HTTP | ... in no order */
	unsigned historical_media; /* of these it can do the historical types alone */
	/* Can work for several lineages at once. Else what it uses is there once: a port, scripts that know nothing of each other. */
	bool side_by_side;
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
	const struct strlist *names; /* of the certificate; NULL: not known */
};

enum enhancement { ENHANCE_HSTS, ENHANCE_REDIRECT, ENHANCE_STAPLE, ENHANCE_UIR, ENHANCEMENT_COUNT };

/*
 * --auto-hsts: a max-age that grows from renewal to renewal (certbot.md 13.10). Plans, as the other changes do; what is remembered
 * between runs is part of the plan.
 */
struct auto_hsts_ops {
	struct err *(*enable)(void *state, const struct strlist *names);
	/* Is it time for the next step anywhere? Asked at every `renew`, before anything is opened. */
	struct err *(*owed)(bool *out, const struct options *opt, time_t now);
	struct err *(*update)(void *state);
	/* After a real renewal of the certificate with this key: the last step, where the others are done. */
	struct err *(*renewed)(void *state, const char *key);
};

/*
 * An installer only plans: its configuration is in memory, deploy() and enhance() edit that. The client takes the plan, shows
 * it, and carries it out as one transaction (srv/transaction.h): checkpoint, write, test, reload, proof, or all of it undone.
 */
struct installer_ops {
	unsigned enhancements;                 /* it can do: 1u << ENHANCE_REDIRECT | ... */
	const struct auto_hsts_ops *auto_hsts; /* NULL: cannot */
	const char *
		unnamable; /* no path may have these where its configuration names files; NULL: any may */
	/* The names the server's configuration has, for `run` without -d. */
	struct err *(*names)(void *state, struct strlist *out);
	/*
	 * The sites that a wildcard covers, each with the names by which deploy() and enhance() find it again; and how a person is asked
	 * which of them it is for. Both NULL: never asked.
	 */
	struct err *(*covered)(void *state, const char *wildcard, struct sites *out);
	const char *question_of_sites;
	/* The names of the hosts that it edits are noted in beside. */
	struct err *(*deploy)(void *state, const char *name, const struct deployment *files,
			      struct bystanders *beside);
	/* The names of the hosts that show this file, as it is now, are noted. NULL: no host shows any. */
	struct err *(*showing)(void *state, const char *fullchain, struct bystanders *out);
	/* There already: fine, nothing is planned. ENHANCE_STAPLE needs files->chain. */
	struct err *(*enhance)(void *state, const char *name, enum enhancement what,
			       const struct deployment *files);
	/*
	 * Has another program the https port, which may pass connections on to the server? Then a redirect is planned when the certificate
	 * is served. NULL: never.
	 */
	bool (*behind_another)(void *state);
	/* What was planned since open() or the last reread(); lent until then. NULL: nothing. */
	struct err *(*plan)(void *state, const struct change **out);
	/* Where the configuration, as planned, serves this name by TLS, and with which fullchain (a path it names). */
	struct err *(*endpoints)(void *state, const char *name, struct endpoints *out);
	/* Adds the lines that name a file of a certificate, as the configuration is read. NULL: has none. */
	struct err *(*mentions)(void *state, const struct mentions *m);
	/* The plan was carried out, or files were put back: forget it and read what is there. */
	struct err *(*reread)(void *state);
};

struct plugin {
	const char *name;        /* "webroot" */
	const char *description; /* one line */
	bool hidden;             /* only used by name (manual, null) */
	/*
	 * Checks that it can work here and makes its state, one for both roles. ERR_MISSING: what it is for is not
	 * installed, so it is not offered; other errors: offered, but unusable.
	 */
	struct err *(*open)(void **state, const struct plugin_env *env);
	void (*close)(void *state);
	/* The server whose configuration it edits, as authenticator or installer; lent by state. NULL: edits none. */
	const struct webserver *(*server)(const void *state);
	/* The argv of that server's test by the options alone: a checkpoint is known by it, and it need not load. NULL: edits none. */
	void (*test)(struct strlist *argv, const struct options *opt);
	const struct authenticator_ops *authenticator;
	const struct installer_ops *installer;
};

extern const struct plugin *const plugins[]; /* generated, in name order */
extern const size_t plugin_count;
const struct plugin *plugin_by_name(const char *name);
